"""How good concept maps are on the sample photographs, and how often TCAV's test is wrong.

    python -m tests.benchmarks.concept_maps [--draws 200]

For each sample photograph that a package ships: the variance that six concepts explain, the same where the
channels are shuffled, how far random starts find the same concepts, and whether the network answers the same
from the concepts alone. Then how often a random set of vectors passes at p < 0.05: by the test over sets,
which the app uses, and by the published one over runs. Last, how many of 15 drawn concepts pass for the
photographs' classes."""

from __future__ import annotations

import argparse

import numpy as np

import xai_core as xai
from xai_core import concepts
from xai_core.concepts.activation_vectors import LEVEL, Space, by_runs, run, score_concepts
from xai_core.concepts.crops import random_crops
from xai_core.concepts.drawn_concepts import SURFACES

SETS, RUNS, SIZE, POOL, WIDTH, PICTURES = 40, 5, 15, 150, 40, 40


def factorizations(handle: xai.ModelHandle, images: dict[str, xai.ImageInput]) -> None:
    """A line for each photograph and method."""
    for method in (xai.craft, xai.deep_feature_factorization):
        print(
            f"\n{method.__name__}: picture, explained, shuffled, stability, answer, from the concepts alone"
        )
        for name, image in images.items():
            found = method(handle, [image], concepts=6, crops=100)
            shown = concepts.concept_importance(handle, image, found.layer, found.basis)
            answer, alone = shown.answer[0], shown.rebuilt[0]
            print(
                f"{name:12} {found.explained:.2f} {found.chance:.2f} {found.stability.mean():.2f} "
                f"{answer.label} ({answer.probability:.2f}), {alone.label} ({alone.probability:.2f})"
            )


def false_alarms(draws: int) -> None:
    """How often each test finds a random set."""
    passed = np.zeros(2)
    half = (SIZE + POOL) // 2
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        activations = rng.normal(size=(SIZE + POOL, WIDTH))
        space = Space.of(activations, rng.normal(size=(PICTURES, WIDTH)) + 0.3)
        found = score_concepts(space, {"": range(SIZE)}, range(SIZE, SIZE + POOL), SETS, RUNS, seed)
        pools = range(SIZE, half), range(half, SIZE + POOL)
        single = [run(space, *(rng.choice(p, SIZE, replace=False) for p in pools)).score for _ in range(SETS)]
        passed += found.concepts[0].p < LEVEL, by_runs(found.concepts[0].runs, single) < LEVEL
    print(f"\nRandom sets that pass: over sets {passed[0] / draws:.3f}, over runs {passed[1] / draws:.3f}")


def drawn(handle: xai.ModelHandle, images: dict[str, xai.ImageInput]) -> None:
    """How many drawn concepts beat the control, corrected for all that are tested together."""
    names = SURFACES[:15]
    given = {name: concepts.concept_pictures(name, 20) for name in names}
    random = concepts.random_pictures(names[0], 120)
    for name, image in images.items():
        target = xai.predict(handle, image, top=1)[0]
        views = [crop.image for crop in random_crops(handle, [image], 30, 0.7)]
        found = xai.tcav(handle, views, given, random, target.index)
        beat = [f"{one.name} {one.score:.2f}" for one in found.concepts if one.beats_control]
        plain = sum(one.p < LEVEL for one in found.concepts)
        print(f"{name:12} {target.label}: {', '.join(beat) or 'none'}; {plain} of {len(names)} uncorrected")


def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=200)
    draws = parser.parse_args().draws
    handle = xai.load_model("efficientnet_lite0")
    images = {key: xai.load_sample(key) for key, sample in xai.samples().items() if sample.package}
    factorizations(handle, images)
    false_alarms(draws)
    drawn(handle, images)


if __name__ == "__main__":
    main()
