"""The pictures of a new study: where they come from, and which of them both models get right."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from PIL import Image

import xai_core as xai
from xai_core.datasets import Example
from xai_core.escaping import in_markdown
from xai_core.trust_study import Picture, eligible

from .. import state
from ..results import answers, pictures
from ..results.pictures import MAX_MB
from ..sets import labelled
from ..state import visitors
from .data import FIT

NAMES = {"samples": "Samples", "corruptions": "Corrupted samples", "folder": "Folder", "upload": "Upload"}
MOST = 24  # pictures that are looked at
LONGEST_SIDE = 800  # pixels of a picture that is kept with the study
UPLOAD_HELP = "The class that both networks give is taken for right: leave out pictures where it is not."


@dataclass(frozen=True)
class Candidate:
    """A picture that both models get right."""

    picture: Picture
    image: xai.ImageInput


@dataclass(frozen=True)
class Found:
    """The candidates, how many pictures were looked at, and each model's share of right answers there (None
    where no class is known)."""

    candidates: tuple[Candidate, ...]
    count: int
    accuracy: tuple[float | None, float | None]


def choose(models: tuple[str, str]) -> Found:
    """The widgets that choose pictures, and what both models make of them."""
    kind = st.segmented_control(
        "Pictures",
        list(visitors.offered(NAMES)),
        key=state.bind("judged_on"),
        format_func=NAMES.get,
        required=True,
    )
    state.keep("judged_on", kind)
    if kind == "upload":
        return _uploaded(models)
    return _labelled(models, _examples(kind, models[0]))


def _examples(kind: str, model: str) -> tuple[Example, ...]:
    if kind == "samples":
        return tuple(
            Example(sample.label, key, sample.label, sample.classes)
            for key, sample in xai.samples().items()
            if sample.classes and (sample.package or pictures.sample_is_here(key))
        )
    source = kind
    if kind == "folder":
        source = st.text_input(
            "Folder or file",
            key=state.bind("labelled"),
            help=labelled.FOLDER_HELP,
            placeholder="/data/validation",
        )
        state.keep("labelled", source.strip())
    if not source:
        return ()
    try:
        opened = pictures.folder if kind == "folder" else pictures.dataset
        return opened(source, model, labelled.read_map(state.get("class_map")), MOST).examples
    except xai.InputError as error:
        st.error(in_markdown(error))
        return ()


def _labelled(models: tuple[str, str], examples: tuple[Example, ...]) -> Found:
    candidates, right, read = [], [0, 0], 0
    bar = st.empty()
    for number, example in enumerate(examples):
        sample = example.source in xai.samples() and not example.corruption
        try:
            image = pictures.example(example) if sample else _small(pictures.example(example))
        except xai.InputError as error:
            st.error(in_markdown(error))
            continue
        if number % 10 == 5:
            bar.progress(number / len(examples), f"Asking both networks: {number} of {len(examples)}")
        given = tuple(answers.classes(model, image) for model in models)
        read += 1
        right = [n + (scores[0].index in example.targets) for n, scores in zip(right, given, strict=True)]
        key = example.source if sample else image.sha256
        picture = eligible(given, key, example.name, example.targets)
        if picture is not None:
            candidates.append(Candidate(picture, image))
    bar.empty()
    shares = tuple(n / read for n in right) if read else (None, None)
    return Found(tuple(candidates), read, shares)


def _uploaded(models: tuple[str, str]) -> Found:
    files = st.file_uploader(
        "Upload pictures",
        accept_multiple_files=True,
        max_upload_size=MAX_MB,
        label_visibility="collapsed",
        help=UPLOAD_HELP,
    )
    candidates = []
    for file in files:
        try:
            image = _small(pictures.from_upload(file.file_id, file.getvalue(), FIT, file.name))
        except xai.InputError as error:
            st.error(in_markdown(error))
            continue
        given = tuple(answers.classes(model, image) for model in models)
        picture = eligible(given, image.sha256, file.name, (given[0][0].index,))
        if picture is not None:
            candidates.append(Candidate(picture, image))
    return Found(tuple(candidates), len(files), (None, None))


def _small(image: xai.ImageInput) -> xai.ImageInput:
    """The picture as it will be kept: what the models answer to it is asked of this one."""
    height, width = image.pixels.shape[:2]
    factor = LONGEST_SIDE / max(height, width)
    if factor >= 1:
        return image
    size = (max(8, round(width * factor)), max(8, round(height * factor)))
    return xai.load_image(
        Image.fromarray(image.pixels).resize(size, Image.Resampling.LANCZOS), FIT, image.name
    )
