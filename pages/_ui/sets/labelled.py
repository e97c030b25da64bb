"""The labelled pictures that a page works over: made ones that are always here, CIFAR-10, or a folder."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from xai_core.datasets import Dataset, cifar10
from xai_core.escaping import in_markdown

from .. import compute, state
from ..results import downloads, pictures
from ..state import visitors
from ..state.subject import Subject
from ..widgets import choose, layout
from . import made_for

NAMES = {
    "corruptions": "Corrupted samples",
    "mosaics": "Mosaics",
    "cifar10": "CIFAR-10",
    "shapes": "Drawn shapes",
    "shape_pairs": "Drawn pairs",
    "folder": "Folder",
}
FIRST = {"right_wrong": 24, "localization": 4}  # pictures that are shown first; maps take longer
FOLDER_HELP = (
    "On the machine that runs the app: one subfolder a class, names that begin with WordNet ids, pictures "
    "with VOC annotations beside them, a COCO JSON, or the box list of ChestX-ray14."
)
LAYOUTS = {
    "One subfolder a class, named as the model's class or by a WordNet id": "photos/tiger cat/a.jpg\n"
    "photos/espresso/b.jpg\nphotos/n02056570/c.jpg",
    "Names that begin with WordNet ids": "photos/n02123159_12.jpg\nphotos/n07920052_3.jpg",
    "Boxes: VOC annotations beside the pictures, a COCO JSON, or the box list of ChestX-ray14": (
        "set/images/a.jpg   set/annots/a.xml\ninstances.json\nBBox_List_2017.csv"
    ),
    "Class map (under Dataset), where names are not the model's own: name = class, by name or number": (
        "kangaroo = wallaby\ncat = 281"
    ),
}
MAP_HELP = "Which class of the model a name of the dataset is, for example kangaroo = wallaby, cat = 281."


def open_set(subject: Subject, field: str) -> Dataset | None:
    """The dataset chosen with `field` among those that fit the network, or None, with the reason on the
    page."""
    offered = made_for.sources(subject.model, field)
    if state.get(field) == "folder" and "folder" not in offered:  # a preset may choose it
        state.complain(visitors.CLOSED)
    if state.get(field) not in offered:
        state.put(**{field: offered[0]})
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        kind = choose.one_of("Pictures", {key: NAMES[key] for key in offered}, field)
        if kind == "folder":
            place = st.text_input(
                "Folder or file",
                key=state.bind("labelled"),
                width=420,
                help=FOLDER_HELP,
                placeholder="/data/validation",
            )
            state.keep("labelled", place.strip())
        _settings(kind)
    if kind == "cifar10" and not cifar10.is_here():
        _missing_cifar()
        return None
    source = state.get("labelled") if kind == "folder" else kind
    if not source:
        layouts()
        return None
    try:
        opened = pictures.folder if kind == "folder" else pictures.dataset
        return opened(source, subject.model, read_map(state.get("class_map")), state.get("limit"))
    except xai.InputError as error:
        st.error(in_markdown(error))
        return None


def layouts() -> None:
    """What a folder of labelled pictures may look like, with examples."""
    st.info("Name a folder of labelled pictures. These layouts are read:")
    for title, example in LAYOUTS.items():
        st.markdown(f"**{in_markdown(title)}**")
        st.code(example, language=None)


def _missing_cifar() -> None:
    """What is missing, its size, and a button that fetches it. Where it belongs is told at one person's own
    machine alone."""
    mine = visitors.one_person()
    st.subheader(f"CIFAR-10 is not on this {'machine' if mine else 'server'}")
    if mine:
        st.write(
            f"Put the file `{cifar10.ARCHIVE}`, {cifar10.MEGABYTES:g} MB, into "
            f"{in_markdown(cifar10.data_folder())}, download it, or choose a folder with one subfolder a "
            "class."
        )
    else:
        st.write(f"It can be downloaded, {cifar10.MEGABYTES:g} MB, once for everybody who uses this server.")
    refused = downloads.refused(cifar10.MEGABYTES)
    if refused:
        st.info(in_markdown(refused))
        return
    try:
        fetched = compute.on_click(downloads.cifar(), f"Download {cifar10.MEGABYTES} MB", "cifar10")
    except xai.InputError as error:
        st.error(in_markdown(error))
    else:
        if fetched is not None:
            st.rerun()


def _settings(kind: str) -> None:
    with st.popover("Dataset", icon=":material/tune:"):
        limit = st.number_input(
            "At most this many pictures (0: all)",
            0,
            1_000_000,
            step=50,
            key=state.bind("limit"),
            help="Fewer than all are taken evenly spaced.",
        )
        state.keep("limit", int(limit))
        if kind == "folder":
            text = st.text_area("Class map", key=state.bind("class_map"), help=MAP_HELP, height=100)
            state.keep("class_map", text)


def read_map(text: str) -> tuple[tuple[str, str], ...]:
    """Pairs from "name = class", one a line or separated by commas. Raises InputError."""
    pairs = []
    for part in text.replace("\n", ",").split(","):
        name, equals, value = part.partition("=")
        if not part.strip():
            continue
        if not equals or not name.strip() or not value.strip():
            raise xai.InputError(
                f"The class map has {part.strip()!r}; pairs such as kangaroo = wallaby are accepted."
            )
        pairs.append((name.strip(), value.strip()))
    return tuple(pairs)


def left_out(data: Dataset, errors: list[tuple[str, str]]) -> None:
    """What of the dataset could not be used, in one folded line."""
    for note in data.notes:
        st.caption(in_markdown(note))
    if errors:
        count = len(errors)
        with st.expander("1 picture cannot be read" if count == 1 else f"{count:d} pictures cannot be read"):
            layout.table(dict(errors))
