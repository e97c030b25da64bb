"""The host's side: what the study asks, what its participants will see, and its two links."""

from __future__ import annotations

import dataclasses
import secrets
import time
from functools import partial
from urllib.parse import urlencode

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.trust_study import Picture, Study, questions
from xai_core.trust_study.design import DAY, LONGEST_TITLE, MOST_QUESTIONS

from .. import compute, state
from ..results import database, maps, networks
from ..results.flights import Job, Report
from ..state import brought
from ..widgets import families, layout
from ..widgets.methods import menu
from . import candidates as found_pictures
from . import data
from .candidates import Candidate

MEASURED = {"efficientnet_lite0": 88.3, "efficientnet_lite2": 90.5}  # top-1 on 1,000 ImageNet photographs
MADE = "_study_links"  # (participants' key, results' key) of the study that was made last


def show() -> None:
    """The form, and beside it the first question."""
    layout.say(
        "Two networks, one picture, two maps without names: which network seems more reliable? "
        "Ask your group, and see whether the maps lead it to the more accurate one."
    )
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        study, candidates = _form()
    with right:
        layout.heading("What participants see")
        if candidates:
            _preview(candidates[0])
        else:
            layout.blank("No picture yet that both networks get right")
    if study is not None:
        with left:
            _create(study, candidates)


def _form() -> tuple[Study | None, tuple[Candidate, ...]]:
    """The study as it stands in the form, or None with the reason on the page; and its pictures."""
    title = st.text_input("Title", "Which network would you trust?", max_chars=LONGEST_TITLE)
    models = _models()
    if models is None:
        st.info("Choose two networks.")
        return None, ()
    shares = _accuracies(models)
    listed = menu([networks.handle(model) for model in models])
    few = families.few(listed, state.get("judged_by"))
    methods = st.multiselect(
        "Methods", few, key=state.bind("judged_by"), format_func=listed.label, help=listed.help
    )
    families.browse(listed, methods, partial(families.toggle, "judged_by"), "judged-methods")
    state.keep("judged_by", tuple(methods))
    try:
        found = found_pictures.choose(models)
    except xai.InputError as error:
        st.error(in_markdown(error))
        return None, ()
    candidates = _kept(found)
    settings = _settings()
    accuracy = [
        given if given is not None else seen for given, seen in zip(shares, found.accuracy, strict=True)
    ]
    if None in accuracy:
        st.info("Say how accurate the two networks are: the more accurate one is the one to trust.")
        return None, candidates
    pictures = tuple(candidate.picture for candidate in candidates)
    try:
        return Study(title, models, tuple(accuracy), tuple(methods), pictures, **settings), candidates
    except xai.InputError as error:
        st.info(in_markdown(error))
        return None, candidates


def _models() -> tuple[str, str] | None:
    here = networks.models_here()
    options = list(
        dict.fromkeys([*brought.choices(), *(key for key in xai.MODELS if key in here), *state.get("judged")])
    )
    options = [key for key in options if not networks.refusal(key)]
    chosen = st.multiselect(
        "Two networks", options, key=state.bind("judged"), max_selections=2, format_func=_label
    )
    if len(chosen) != 2 or any(map(networks.refusal, chosen)) or not all(map(networks.weights_here, chosen)):
        return None
    return state.keep("judged", tuple(chosen))


def _label(model: str) -> str:
    return brought.name(model) if brought.is_brought(model) else xai.models.find_model(model).label


def _accuracies(models: tuple[str, str]) -> tuple[float | None, ...]:
    """What the host says about the two networks, as shares."""
    given = []
    for model, column in zip(models, st.columns(2), strict=True):
        percent = column.number_input(
            f"Accuracy of {in_markdown(xai.models.find_model(model).label)}, %",
            0.0,
            100.0,
            MEASURED.get(model),
            step=0.1,
            format="%.1f",
            key=f"accuracy-{model}",
            placeholder="measured on these pictures",
            help="Share of right answers on pictures that neither has seen. Left empty, it is measured on "
            "the pictures of this study.",
        )
        given.append(None if percent is None else percent / 100)
        column.caption(in_markdown(_source(model, percent)))
    return tuple(given)


def _source(model: str, percent: float | None) -> str:
    """Where an accuracy comes from."""
    if percent is None:
        return "Measured on the pictures of this study."
    if percent == MEASURED.get(model):
        return "Measured with this app: first answers on 1,000 photographs of ImageNet, one a class."
    return "As you give it: say to participants where it was measured."


def _kept(found: found_pictures.Found) -> tuple[Candidate, ...]:
    """The candidates less those that the host leaves out."""
    if not found.count:
        return ()
    by_key = {candidate.picture.key: candidate for candidate in found.candidates}
    with st.expander(f"Both networks are right about {len(by_key)} of {found.count:d} pictures"):
        left_out = st.multiselect(
            "Leave out",
            list(by_key),
            key="left-out",
            format_func=lambda key: f"{by_key[key].picture.name}: {by_key[key].picture.label}",
        )
    return tuple(candidate for key, candidate in by_key.items() if key not in left_out)


def _settings() -> dict[str, object]:
    number, guess = st.columns(2, vertical_alignment="bottom")
    count = number.number_input("Questions", 1, MOST_QUESTIONS, key=state.bind("questions"))
    guess_first = guess.toggle(
        "Guess first",
        key=state.bind("guess_first"),
        help="Before the maps of a picture, participants mark where they think a network looks.",
    )
    with st.popover("More", icon=":material/tune:", type="tertiary"):
        seed = st.number_input("Seed of the order", 0, 1_000_000, key=state.bind("study_seed"))
        days = st.number_input("Days until the links end", 1, 365, key=state.bind("days"))
    return {
        "count": int(state.keep("questions", count)),
        "guess_first": state.keep("guess_first", guess_first),
        "seed": int(state.keep("study_seed", seed)),
        "expires": time.time() + DAY * int(state.keep("days", days)),
    }


def _preview(candidate: Candidate) -> None:
    """The first picture with the first method, as participants will see it."""
    methods = state.get("judged_by")
    if not methods or xai.METHODS[methods[0]].long:
        layout.blank("The maps are made with the study")
        return
    with st.container(key="pair"):
        for column, model, name in zip(st.columns(2, gap="small"), state.get("judged"), "AB", strict=True):
            with column:
                layout.heading(name)
                try:
                    file = data.drawn(model, candidate.image, candidate.picture, methods[0])
                except xai.InputError as error:
                    layout.blank(str(error))
                    continue
                layout.picture(file, f"Map {name}")
    layout.caption(candidate.picture.label, "which seems more reliable?")


def _create(study: Study, candidates: tuple[Candidate, ...]) -> None:
    """The button, with what it costs; the maps are made first, so that no participant meets one that cannot
    be made."""
    images = {candidate.picture.key: candidate.image for candidate in candidates}
    pairs = list(dict.fromkeys((q.picture, q.method) for q in questions(study)))
    try:
        cost = f"{2 * len(pairs)} maps take"
        keys = compute.on_click(_job(study, pairs, images), "Create the study", "study", cost)
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    if keys is not None:
        st.session_state[MADE] = keys
        state.put(results=keys[1])
        st.rerun()


def _job(study: Study, pairs: list[tuple[Picture, str]], images: dict[str, xai.ImageInput]) -> Job:
    """Every map of the study, and then the study itself: the keys of its two links."""
    store = database.store()
    mine = st.session_state.setdefault("_host", secrets.token_hex(16))  # another host's study is another one

    def run(report: Report) -> tuple[str, str]:
        for place, (picture, method) in enumerate(pairs):
            for model in study.models:
                maps.explain(model, images[picture.key], [data.request(picture, method)])
            report.progress(2 * (place + 1), 2 * len(pairs))
        used = {picture.key for picture, _ in pairs} - set(xai.samples())
        return store.create(study, {key: xai.to_png(images[key]) for key in sorted(used)})

    settings = repr(dataclasses.replace(study, created=0.0, expires=0.0))

    def seconds() -> float:
        """Each method on the first picture, as often as there are pictures; none counts as known, since only
        that of the first picture may be."""
        picture = pairs[0][0]
        return sum(
            maps.seconds_of(model, images[picture.key], [data.request(picture, method)])
            * sum(other == method for _, other in pairs)
            for model in study.models
            for method in study.methods
        )

    return Job(("study", mine, settings), run, seconds, kept=False, unit="maps")


def links(results_key: str) -> None:
    """Both links, for who has just made the study: the keys are kept nowhere in the clear."""
    made = st.session_state.get(MADE)
    if made is None or made[1] != results_key:
        return
    address = (st.context.url or "").split("?")[0]
    with st.container(border=True):
        left, right = st.columns(2, gap="large")
        for column, name, query in (
            (left, "For participants", {"take": made[0]}),
            (right, "For the results", {"results": made[1]}),
        ):
            with column:
                layout.heading(name)
                st.code(f"{address}?{urlencode(query)}", language=None, wrap_lines=True)
        layout.note("Keep both: who has a link is let in, and the links cannot be shown again.")
