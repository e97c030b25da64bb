"""Adversarial: a picture before and after an attack, and whether the map saw it."""

from __future__ import annotations

import numpy as np
import streamlit as st

import xai_core as xai
from pages._ui import compute, state
from pages._ui.adversarial import before_after, pixel, strength, verdict
from pages._ui.adversarial.presets import PRESETS
from pages._ui.results import answers, jobs
from pages._ui.results.carried import Carried
from pages._ui.sidebar import chip
from pages._ui.state import tray
from pages._ui.state.entries import Entry
from pages._ui.state.shared import AUTO
from pages._ui.state.subject import Subject
from pages._ui.widgets import choose, frames, layout, links, look, parameters, presets
from pages._ui.widgets.pins import pin_chart
from xai_core.escaping import in_markdown
from xai_core.figures import amplified, encode, enlarged, ringed, top_classes

PARTS = {"picture": "Before and after", "strength": "Strength", "pixel": "One pixel"}
AGAIN = "_attack_again"  # the key of the attacked picture that is to be attacked once more
FEW = 20  # changed pixels that are ringed


def show(subject: Subject) -> None:
    """The page."""
    presets.head("Adversarial attacks", PRESETS)
    attacked = chip.shown()
    if attacked is not None and _attacked_already(attacked):
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        part = choose.one_of("Part", PARTS, "attack_part", titled=False)
        entry = _attack(part)
        towards = _towards(subject)
        _settings(subject, entry)
    {"picture": _picture, "strength": strength.show, "pixel": pixel.show}[part](subject, entry, towards)


def _attack(part: str) -> Entry:
    """The attack, with the parameters that it has."""
    entry = state.get("attack")
    if part == "pixel" and entry.method != "one_pixel":
        entry = Entry("one_pixel")
        state.put_quietly("attack", entry)
    options = ["one_pixel"] if part == "pixel" else list(xai.ATTACKS)
    chosen = st.selectbox(
        "Attack",
        options,
        index=options.index(entry.method),
        width=150,
        key=f"attack.{part}.{entry.method}",
        format_func=lambda key: xai.ATTACKS[key].label,
    )
    if chosen != entry.method:
        state.put(attack=Entry(chosen))
        st.rerun()
    return entry


def _settings(subject: Subject, entry: Entry) -> None:
    with st.popover("Settings", icon=":material/tune:"):
        edited = parameters.edit(subject.handle, entry, f"attack.{hash((entry.method, entry.params))}")
        seed = st.number_input("Seed", 0, 1_000_000, key=state.bind("seed"), help="Of the random start.")
        state.keep("seed", seed)
    if edited != entry:
        state.put(attack=edited)
        st.rerun()


def _towards(subject: Subject) -> int | None:
    """The class that the attack is to reach; None for any other than the predicted one."""
    labels = {score.index: score.label for score in subject.scores}
    if state.get("towards") not in (AUTO, *labels):
        state.complain(f"Class {state.get('towards')} does not exist in this model.")
        state.put(towards=AUTO)
    options = [AUTO, *sorted(set(labels) - {subject.predicted.index})]
    if state.get("towards") == subject.predicted.index:
        options.insert(1, subject.predicted.index)

    def label(index: int) -> str:
        return "Any other class" if index == AUTO else f"{index}  {labels[index]}"

    chosen = choose.a_class("Becomes", "towards", options, label, labels, width=230)
    return None if chosen == AUTO else chosen


def _picture(subject: Subject, entry: Entry, towards: int | None) -> None:
    if towards == subject.predicted.index:
        st.info(
            f"The picture is {in_markdown(subject.predicted.label)} already: choose another class for it to "
            "become."
        )
        return
    job = jobs.attack(subject.model, subject.image, entry.method, entry.params, towards, state.get("seed"))
    (found,) = compute.results(subject, [job], f"{entry.label()}: at most", "attack", compute.FIRST_LOOK)
    if found is None:
        frames.tiles(3, frames.WAITING)
        return
    name = xai.ATTACKS[found.attack].label
    layout.say(verdict.answer(name, found.before, found.after, found.success))
    _three(subject, found)
    before_after.show(subject, found)


def _three(subject: Subject, found: xai.PerturbedImage) -> None:
    """The picture before, the noise, the picture after, with what the network says of both."""
    before, noise, after = st.columns(3, gap="medium")
    seen, factor = amplified(found.noise)
    few = found.changed if len(found.changed) <= FEW else found.changed[:0]

    def drawn(pixels: np.ndarray) -> bytes:
        return encode(ringed(enlarged(pixels), few, pixels.shape[:2]))

    with before:
        layout.heading("Before")
        layout.picture(drawn(found.original.pixels), f"{subject.image.name} before the attack", "before")
        _answers(subject, subject.image, found.label, "before")
    with noise:
        layout.heading(f"Noise × {factor}")
        layout.picture(
            drawn(seen), f"The change by {xai.ATTACKS[found.attack].label}, times {factor}", "noise"
        )
        count = len(found.changed)
        layout.numbers(
            largest_change=f"{int(abs(found.noise).max())} of 255",
            root_mean_square=f"{float((found.noise.astype(float) ** 2).mean() ** 0.5):.2g}",
            pixels_changed=f"{count:,}",
        )
        layout.numbers(forward_passes=f"{found.forwards:,}", time=layout.duration(found.seconds))
        layout.about_spec(xai.ATTACKS[found.attack])
    with after:
        layout.heading("After")
        layout.picture(
            drawn(found.image.pixels),
            f"{subject.image.name} after {xai.ATTACKS[found.attack].label}",
            "after",
        )
        _answers(subject, found.image, found.after.index, "after")
        with st.container(horizontal=True):
            name = f"{found.original.name}_{found.attack}.png".replace("/", "-")
            st.download_button(
                "PNG",
                xai.to_png(found.image),
                name,
                "image/png",
                on_click="ignore",
                icon=":material/image:",
                help="Upload it again and the network gives the same answer.",
            )
            words = "Shows the attacked picture on Overview, and then on every page."
            if st.button("Explore this picture", type="tertiary", help=in_markdown(words)):
                _explore(found, name)


def _explore(found: xai.PerturbedImage, name: str) -> None:
    """The attacked picture becomes the one that all pages show, where the server has room for it. The fit
    stays as it was chosen, for the way back."""
    made = f"{found.before.label} to {found.after.label}"
    one = tray.Brought(name, xai.to_png(found.image), made, origin=state.get("image"))
    try:
        tray.add(one)
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    state.put(image=one.key, target=AUTO, versus=AUTO)
    links.go_to("overview")


def _attacked_already(found: Carried) -> bool:
    """Say that this picture comes from an attack; whether it is to be attacked all the same."""
    key = state.get("image")
    if st.session_state.get(AGAIN) == key:
        return False
    layout.say(f"This picture was attacked already: {found.made}.")
    with st.container(horizontal=True, vertical_alignment="center"):
        chip.back(found, "page")
        st.button("Attack it again", type="tertiary", on_click=st.session_state.update, args=({AGAIN: key},))
    return True


def _answers(subject: Subject, image: xai.ImageInput, chosen: int, key: str) -> None:
    scores = answers.classes(subject.model, image)[:4]
    layout.class_bars(scores, chosen)
    drawn = (scores, chosen, look.accent(), look.quiet(), look.ink(), 200)
    pin_chart(lambda: top_classes(*drawn), f"Top classes {key}, {image.name}", f"answers-{key}")
