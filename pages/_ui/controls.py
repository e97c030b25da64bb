"""The sidebar that every page shares: model, image, class. And the look of maps."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

import xai_core as xai
from xai_core.figures import DIVERGING, SEQUENTIAL, Look
from xai_core.models import find_model

from . import cache, layout, navigation, state
from .fields import AUTO

KINDS = ("Samples", "Mosaic", "Upload")
FIT_HELP = (
    "Crop: the model's own centre crop. Squash: the whole picture, out of shape. "
    "Pad: the whole picture, with bars."
)


@dataclass(frozen=True)
class Subject:
    """What a page is about: all chosen in the sidebar. `scores` holds every class, most probable first."""

    model: str
    handle: xai.ModelHandle
    image: xai.ImageInput
    scores: tuple[xai.ClassScore, ...]
    target: xai.ClassScore
    versus: xai.ClassScore

    @property
    def predicted(self) -> xai.ClassScore:
        """The most probable class."""
        return self.scores[0]


def sidebar() -> Subject | None:
    """Draw the sidebar and return what is chosen; None, with the reason on the page, if it cannot be
    shown.
    """
    with st.sidebar:
        model = _model()
        image = _image()
        classes = st.container()
    if not cache.weights_here(model):
        layout.missing_weights(model)
        return None
    if isinstance(image, str):
        layout.missing_image(image)
        return None
    handle = cache.handle(model)
    scores = cache.classes(model, image)
    with classes:
        target, versus = _classes(scores)
    return Subject(model, handle, image, scores, target, versus)


def _model() -> str:
    here = cache.models_here()
    options = list(xai.MODELS)
    if state.get("model") not in options:
        options.append(state.get("model"))

    def label(key: str) -> str:
        name = xai.MODELS[key].label if key in xai.MODELS else key
        return name if key in here or key not in xai.MODELS else f"{name}, not on this machine"

    chosen = st.selectbox(
        "Model",
        options,
        format_func=label,
        key=state.bind("model"),
        accept_new_options=True,
        on_change=_forget_layers,
        help="Search, or type the name of any timm classifier.",
    )
    try:
        return state.keep("model", find_model(chosen).key)
    except xai.InputError as error:
        st.error(str(error))
        return state.get("model")


def _forget_layers() -> None:
    """Another network has other layers."""
    state.put(layer="", layers=())


def _image() -> xai.ImageInput | str:
    """The chosen picture, or the sentence that says why it cannot be shown."""
    key = state.get("image")
    st.session_state.setdefault("w.kind", _kind(key))
    if st.session_state.get("_kind_of") != key:  # a preset, a link or a click chose a picture of another kind
        st.session_state["_kind_of"] = key
        st.session_state["w.kind"] = _kind(key)
    kind = st.segmented_control("Image", KINDS, key="w.kind", required=True, width="stretch")
    {"Samples": _samples, "Mosaic": _mosaic, "Upload": _upload}[kind]()
    fit = st.segmented_control(
        "Fit", xai.types.FITS, key=state.bind("fit"), format_func=str.capitalize, required=True,
        width="stretch", help=FIT_HELP,
    )  # fmt: skip
    state.keep("fit", fit)
    image = _load(state.get("image"), fit)
    for note in image.notes if isinstance(image, xai.ImageInput) else ():
        st.caption(note)
    return image


def _kind(key: str) -> str:
    if key.startswith("upload:"):
        return "Upload"
    return "Mosaic" if "+" in key else "Samples"


def _load(key: str, fit: str) -> xai.ImageInput | str:
    if not key.startswith("upload:"):
        try:
            return cache.sample(key, fit)
        except xai.InputError as error:
            return str(error)
    name = key.removeprefix("upload:")
    uploaded = st.session_state.get("_upload")
    if uploaded is not None and uploaded.name == name:
        return uploaded.with_fit(fit)
    return (
        f"The link shows the uploaded picture {name!r}, and uploads do not travel in links. "
        "Upload it again on the left to see the same view."
    )


def _samples() -> None:
    keys = [key for key, sample in xai.samples().items() if sample.package]
    for start in range(0, len(keys), 5):
        for column, key in zip(st.columns(5, gap="xxsmall"), keys[start : start + 5], strict=False):
            with column:
                label = xai.samples()[key].label
                args = {"chosen": key == state.get("image")}
                layout.pick(f"sample-{key}", cache.thumbnail(key), label, _choose, (key,), **args)
    _photographs()


def _choose(key: str) -> None:
    """A new picture starts with its own predicted class."""
    state.put(image=key, target=AUTO, versus=AUTO)


def _photographs() -> None:
    keys = [key for key, sample in xai.samples().items() if not sample.package]
    current = state.get("image")

    def label(key: str) -> str:
        return xai.samples()[key].label + ("" if cache.sample_is_here(key) else ", to be fetched")

    index = keys.index(current) if current in keys else None
    chosen = st.selectbox(
        "Photograph", keys, index=index, format_func=label, placeholder="Ten photographs of ImageNet",
        label_visibility="collapsed",
    )  # fmt: skip
    if chosen is not None and chosen != current:
        _choose(chosen)
        st.rerun()


def _mosaic() -> None:
    keys = [key for key, sample in xai.samples().items() if sample.package or cache.sample_is_here(key)]
    current = state.get("image")
    chosen = st.multiselect(
        "Two or four pictures", keys, default=current.split("+") if "+" in current else ["chelsea", "coffee"],
        format_func=lambda key: xai.samples()[key].label, max_selections=4, label_visibility="collapsed",
    )  # fmt: skip
    if len(chosen) not in (2, 4):
        st.caption("Choose two or four pictures.")
    elif "+".join(chosen) != current:
        _choose("+".join(chosen))
        st.rerun()


def _upload() -> None:
    file = st.file_uploader(
        "Picture",
        label_visibility="collapsed",
        help="JPEG, PNG, WebP, BMP or TIFF, up to 20 MB. It stays in this session.",
    )
    if file is None or st.session_state.get("_upload_id") == file.file_id:
        return
    try:
        image = xai.load_image(file.getvalue(), name=file.name)
    except xai.InputError as error:
        st.error(str(error))
        return
    st.session_state["_upload"], st.session_state["_upload_id"] = image, file.file_id
    _choose(f"upload:{file.name}")
    st.rerun()


def _classes(scores: tuple[xai.ClassScore, ...]) -> tuple[xai.ClassScore, xai.ClassScore]:
    by_index = {score.index: score for score in scores}
    for name in ("target", "versus"):
        if state.get(name) != AUTO and state.get(name) not in by_index:
            state.complain(
                f"Class {state.get(name)} does not exist in this model, "
                f"which has classes 0 to {len(scores) - 1}."
            )
            state.put(**{name: AUTO})
    target = _class("Class", "target", scores, scores[0], "Predicted")
    runner_up = next(score for score in scores if score.index != target.index)
    return target, _class("Compare with", "versus", scores, runner_up, "Next best")


def _class(
    title: str, name: str, scores: tuple[xai.ClassScore, ...], default: xai.ClassScore, word: str
) -> xai.ClassScore:
    """A class to search by name or number: the default first, then the top five, then all by number."""
    by_index = {score.index: score for score in scores}
    top = [score.index for score in scores[:5]]

    def label(index: int) -> str:
        if index == AUTO:
            return f"{word}: {default.label}"
        percent = f", {layout.percent(by_index[index].probability)}" if index in top else ""
        return f"{index}  {by_index[index].label}{percent}"

    options = [AUTO, *top, *sorted(set(by_index) - set(top))]
    index = st.selectbox(
        title, options, key=state.bind(name), format_func=label, help="Search by name or number."
    )
    state.keep(name, index)
    return default if index == AUTO else by_index[index]


def link(page: str) -> None:
    """The address of this view, ready to copy. Opening it runs the page, so that it is never out of date."""
    with st.popover("Link to this view", icon=":material/link:", type="tertiary", on_change="rerun"):
        query = urlencode(state.query(page), safe="+:,/")
        address = (st.context.url or "").split("?")[0] + (f"?{query}" if query else "")
        st.code(address, language=None, wrap_lines=True)
        if state.get("image").startswith("upload:"):
            st.caption("The uploaded picture does not travel with the link.")


def look() -> Look:
    """Colour scale, opacity and cells: settings of figures, so moving one runs no network. Call it in a
    fragment.
    """
    with st.popover("Look", icon=":material/tune:", type="tertiary"):
        opacity = st.slider("Opacity of the map", 0, 100, key=state.bind("opacity"), format="%d %%")
        colours = st.selectbox("Colours", SEQUENTIAL, key=state.bind("colours"))
        signed = st.selectbox("Colours of signed maps", DIVERGING, key=state.bind("signed_colours"))
        cells = st.toggle("Show the layer's own cells", key=state.bind("cells"))
    state.keep("opacity", opacity)
    state.keep("colours", colours)
    state.keep("signed_colours", signed)
    state.keep("cells", cells)
    return Look(colours, signed, opacity / 100, not cells)


_run = threading.local()  # Streamlit runs a script in one thread from its first line to its last


@contextmanager
def about(subject: Subject) -> Iterator[None]:
    """For the length of the block, `subject()` is what the sidebar chose."""
    _run.subject = subject
    try:
        yield
    finally:
        del _run.subject


def subject() -> Subject:
    """What the sidebar chose in this run; for the pages."""
    if not hasattr(_run, "subject"):
        navigation.start_over()
    return _run.subject


def layer(handle: xai.ModelHandle, field: str) -> str:
    """A layer to choose: the suggested ones first, then every other in the order of the network."""
    by_key = {spec.key: spec for spec in handle.layers}
    options, home = layer_keys(handle), handle.layer(None).key
    st.session_state[f"w.{field}"] = state.get(field) or home
    chosen = st.selectbox(
        "Layer", options, key=f"w.{field}", format_func=lambda key: layer_label(by_key[key]),
        help="The last layer of each stage comes first.", on_change=_take_layer, args=(field, home),
    )  # fmt: skip
    _take_layer(field, home)
    return chosen


def _take_layer(field: str, home: str) -> None:
    chosen = st.session_state[f"w.{field}"]
    state.keep(field, "" if chosen == home else chosen)


def resolve_layers(handle: xai.ModelHandle, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The layers among `keys` that this model has, under their own names; the others are complained about."""
    found = []
    for key in keys:
        try:
            found.append(handle.layer(key).key)
        except xai.InputError as error:
            state.complain(str(error))
    return tuple(dict.fromkeys(found))


def layer_keys(handle: xai.ModelHandle) -> list[str]:
    """Keys of all layers, the suggested ones first, deepest on top."""
    suggested = [spec.key for spec in reversed(handle.layers) if spec.suggested]
    return suggested + [spec.key for spec in handle.layers if not spec.suggested]


def layer_label(spec: xai.LayerSpec) -> str:
    """A layer with the size of its map."""
    return f"{spec.key}, {spec.size[0]} × {spec.size[1]}"


def accent() -> str:
    """The theme's accent colour."""
    return "#7C9CF5" if st.context.theme.type == "dark" else "#2F5BD0"


def quiet() -> str:
    """A grey that stands back in either theme."""
    return "#4A525B" if st.context.theme.type == "dark" else "#C5CAD1"


def ink() -> str:
    """The theme's text colour."""
    return "#ECEEF0" if st.context.theme.type == "dark" else "#16191D"
