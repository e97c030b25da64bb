"""The words that units are named with: a list with a category each, and an embedding of every word.

data/concepts.csv holds word and category; the thousand class names of ImageNet are among the words.
data/concepts.npz holds the words in the same order and their embeddings by the sentence model
all-MiniLM-L6-v2, float16 (M, 384), each of length 1; `make_embeddings` wrote it. No sentence model runs here.

Reimers and Gurevych, Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks, EMNLP 2019."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache

import numpy as np

from ..data import data_file
from ..types import InputError

TABLE, EMBEDDINGS = data_file("concepts.csv"), data_file("concepts.npz")
CATEGORIES = ("object", "animal", "person", "plant", "food", "scene", "part", "material", "colour", "texture")


@cache
def concepts() -> dict[str, str]:
    """Every word with its category."""
    with TABLE.open(encoding="utf-8") as file:
        return {row["word"]: row["category"] for row in csv.DictReader(file)}


def category(word: str) -> str:
    """The category of a word; "" for one that is not in the list."""
    return concepts().get(word, "")


def embeddings(words: Sequence[str]) -> np.ndarray:
    """float32 (len(words), 384), rows of length 1. Raises InputError for a word without a stored one."""
    rows, stored = _stored()
    unknown = [word for word in words if word.lower() not in rows]
    if unknown:
        raise InputError(
            f"There is no embedding of {unknown[0]!r}; the words of data/concepts.csv have one, "
            "and the back end openclip embeds any word."
        )
    found = stored[[rows[word.lower()] for word in words]].astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@cache
def _stored() -> tuple[dict[str, int], np.ndarray]:
    with EMBEDDINGS.open("rb") as stored, np.load(stored, allow_pickle=False) as file:
        return {str(word): row for row, word in enumerate(file["words"])}, file["embeddings"]
