"""The sidebar that every page shares: model, picture and class."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.models import find_model

from .. import state
from ..results import answers, following, networks
from ..sets import made_for
from ..state import brought, visitors
from ..state.shared import AUTO, DEFAULT_MODEL
from ..state.subject import Subject
from ..widgets import choose, layout
from . import bring, fitting, link, missing
from .picture import choose_picture, picture

Scores = tuple[xai.ClassScore, ...]


def sidebar() -> Subject | None:
    """Draw the sidebar and return what is chosen; None, with the reason on the page, if it cannot be shown.
    Who is led by a presenter sees what that one has chosen, without widgets."""
    link.take_keeper()
    looks_on = following.led()
    with st.sidebar:
        model, image = _shown() if looks_on else _choices()
        classes = st.container()
    refused = networks.refusal(model)
    if refused:
        with _instead():
            missing.too_large(refused)
        return None
    if not networks.weights_here(model):
        with _instead():
            missing.weights(model)
        return None
    if isinstance(image, str):
        with _instead():
            missing.picture(image)
        return None
    try:
        handle = networks.handle(model)
    except xai.InputError as error:
        with _instead():
            refused = networks.refusal(model)  # only now is the size of its pictures known
            missing.too_large(refused) if refused else missing.damaged(model, error)
        return None
    scores = answers.classes(model, image)
    with classes:
        target, versus = _classes(scores, _looked_up if looks_on else _class)
        if looks_on:
            _facts(handle, image, target, versus)
    return Subject(model, handle, image, scores, target, versus)


def _choices() -> tuple[str, xai.ImageInput | str]:
    """The widgets of model and picture."""
    model = _model()
    bring.button()
    _removal(model)
    fitting.take(model)
    return model, choose_picture(made_for.drawn(model))


def _shown() -> tuple[str, xai.ImageInput | str]:
    """Model and picture of who is led, who chooses nothing: a page without these widgets is drawn sooner, on
    the server and on his device."""
    brought.meet(state.get("model"))
    model = _known(state.get("model"))
    fitting.take(model)
    return model, picture()


def _facts(
    handle: xai.ModelHandle, image: xai.ImageInput, target: xai.ClassScore, versus: xai.ClassScore
) -> None:
    """What the presenter has chosen, for who is led."""
    layout.table(
        {
            "Network": handle.spec.label,
            "Picture": image.name,
            "Class": target.label,
            "Compared with": versus.label,
        }
    )
    layout.note(
        'The presenter chooses what you see. To choose for yourself, press "Explore by yourself" above.'
    )


def _instead() -> AbstractContextManager[object]:
    """Where what takes the place of a page stands: it has no title, which would keep it clear of the menu."""
    return st.container(key="missing")


def _model() -> str:
    here = networks.models_here()
    brought.meet(state.get("model"))
    own = brought.choices()
    options = [*own, *xai.MODELS]
    if state.get("model") not in options:
        options.append(state.get("model"))

    def label(key: str) -> str:
        if key in own:
            return f"{brought.name(key)}, own"
        name = xai.MODELS[key].label if key in xai.MODELS else key
        where = "machine" if visitors.one_person() else "server"
        return name if key in here or key not in xai.MODELS else f"{name}, not on this {where}"

    chosen = st.selectbox(
        "Model",
        options,
        format_func=label,
        key=state.bind("model"),
        accept_new_options=True,
        on_change=_forget_layers,
        help="Search, or type the name of any timm classifier.",
    )
    return _known(chosen)


def _known(chosen: str) -> str:
    """The key of that model; where there is none, a sentence and the default."""
    try:
        return state.keep("model", find_model(chosen).key)
    except xai.InputError as error:  # no such name, or an own model that was removed
        st.error(f"{in_markdown(error)} The default is shown instead.")
        state.put_quietly("model", DEFAULT_MODEL)
        return DEFAULT_MODEL


def _removal(model: str) -> None:
    """The way to remove a model that this visitor brought."""
    if brought.may_remove(model):
        st.button(
            "Remove this model",
            key="remove-model",
            type="tertiary",
            icon=":material/close:",
            help="Deletes it from this server. Links to it then lead nowhere.",
            on_click=_remove,
            args=(model,),
        )


def _remove(model: str) -> None:
    try:
        brought.remove(model)
    except xai.InputError as error:
        state.complain(str(error))
    state.put(model=DEFAULT_MODEL, layer="", layers=(), target=AUTO, versus=AUTO)


def _forget_layers() -> None:
    """Another network has other layers."""
    state.put(layer="", layers=())


def _classes(scores: Scores, choose_one: Callable[..., xai.ClassScore]) -> tuple[xai.ClassScore, ...]:
    """The class and the one that it is compared with."""
    by_index = {score.index: score for score in scores}
    for name in ("target", "versus"):
        if state.get(name) != AUTO and state.get(name) not in by_index:
            state.complain(
                f"Class {state.get(name)} does not exist in this model, "
                f"which has classes 0 to {len(scores) - 1}."
            )
            state.put(**{name: AUTO})
    target = choose_one("Class", "target", scores, scores[0], "Predicted")
    runner_up = next(score for score in scores if score.index != target.index)
    if state.get("versus") == target.index:  # a class compared with itself says nothing
        state.put(versus=AUTO)
    return target, choose_one("Compare with", "versus", scores, runner_up, "Next best")


def _looked_up(_title: str, name: str, scores: Scores, default: xai.ClassScore, _word: str) -> xai.ClassScore:
    """The class of the state, or the default."""
    index = state.get(name)
    return default if index == AUTO else next(score for score in scores if score.index == index)


def _class(title: str, name: str, scores: Scores, default: xai.ClassScore, word: str) -> xai.ClassScore:
    """A class to search by name or number: the default first, then the top five, then all by number."""
    by_index = {score.index: score for score in scores}
    top = [score.index for score in scores[:5]]

    def label(index: int) -> str:
        if index == AUTO:
            return f"{word}: {default.label}"
        percent = f", {layout.percent(by_index[index].probability)}" if index in top else ""
        return f"{index}  {by_index[index].label}{percent}"

    options = [AUTO, *top, *sorted(set(by_index) - set(top))]
    named = {score.index: score.label for score in scores}
    index = choose.a_class(title, name, options, label, named, help="Search by name or number.")
    return default if index == AUTO else by_index[index]
