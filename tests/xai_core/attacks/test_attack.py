"""What holds for every attack: its bounds, whole values, the verdict, seeds, refusals, threads, cancel."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import xai_core as xai
from tests.conftest import ROOT

from .hand import GRID, handle, picture

OWN = handle(4)
pictures = st.builds(
    picture, st.integers(0, 10_000), st.integers(0, 255).filter(lambda v: v < 250), st.integers(251, 256)
)
epsilons = st.one_of(st.integers(0, 255), st.floats(0, 255, allow_nan=False))


def valid(found):
    """An 8-bit picture of the input's size, its verdict what the network says of exactly these pixels."""
    assert found.image.pixels.dtype == np.uint8
    assert found.image.pixels.shape == found.original.pixels.shape
    assert found.after == xai.predict(OWN, found.image, 1)[0]
    assert found.before == xai.predict(OWN, found.original, 1)[0]
    wanted = found.target is not None
    assert found.success == (
        found.after.index == found.target if wanted else found.after.index != found.label
    )


@settings(max_examples=60, deadline=None)
@given(pictures, epsilons, st.sampled_from(["fgsm", "pgd"]), st.integers(0, 99))
def test_no_value_moves_further_than_epsilon(image, epsilon, method, seed):
    extra = {"steps": 3} if method == "pgd" else {}
    found = xai.attack(OWN, image, method, epsilon=epsilon, seed=seed, **extra)
    assert np.abs(found.noise).max() <= epsilon
    valid(found)


@settings(max_examples=60, deadline=None)
@given(pictures, epsilons, st.integers(1, 5), st.integers(0, 99))
def test_the_change_stays_in_the_ball(image, epsilon, steps, seed):
    found = xai.attack(OWN, image, "pgd_l2", epsilon=epsilon, steps=steps, seed=seed)
    assert np.sqrt((found.noise.astype(float) ** 2).mean()) <= epsilon + 1e-9
    valid(found)


@settings(max_examples=15, deadline=None)
@given(pictures, st.integers(1, 5), st.integers(0, 99))
def test_few_pixels_change(image, count, seed):
    found = xai.attack(OWN, image, "one_pixel", count=count, population=10, generations=2, seed=seed)
    assert len(found.changed) <= count
    valid(found)


@settings(max_examples=30, deadline=None)
@given(pictures, st.integers(0, 3), st.sampled_from(["fgsm", "pgd", "pgd_l2"]))
def test_towards_a_class(image, target, method):
    if xai.predict(OWN, image, 1)[0].index == target:
        with pytest.raises(xai.InputError, match=f"target is {target}"):
            xai.attack(OWN, image, method, target=target)
        return
    valid(xai.attack(OWN, image, method, target=target, epsilon=60))


@pytest.mark.parametrize("method", xai.ATTACKS)
def test_the_same_seed_gives_the_same_picture(method):
    small = {"population": 20, "generations": 3} if method == "one_pixel" else {"epsilon": 6}
    runs = [xai.attack(OWN, picture(9), method, seed=seed, **small) for seed in (1, 1, 2)]
    assert runs[0].image == runs[1].image
    assert runs[0].forwards == runs[1].forwards
    if method in ("pgd_l2", "one_pixel"):  # FGSM draws nothing, PGD on a linear net ends in the box's corner
        assert runs[0].image != runs[2].image


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"method": "cw"}, "There is no attack 'cw'; the attacks are fgsm, pgd, pgd_l2, one_pixel."),
        ({"method": "fgsm", "target": 4}, "target is 4; linear accepts a whole number from 0 to 3."),
        ({"method": "fgsm", "epsilon": 300}, "epsilon of fgsm is 300"),
        ({"method": "pgd", "steps": 0}, "steps of pgd is 0"),
        ({"method": "pgd", "step": 3}, "'step'"),
        ({"method": "pgd", "seed": 0.5}, "seed is 0.5; a whole number is accepted."),
    ],
)
def test_refusals(arguments, said):
    with pytest.raises(xai.InputError) as refused:
        xai.attack(OWN, picture(), **arguments)
    assert said in str(refused.value)


@pytest.mark.parametrize("method", xai.ATTACKS)
def test_a_cancelled_attack_leaves_nothing(method):
    asked = []

    def cancelled():
        asked.append(1)
        return len(asked) > 1

    own = handle(3)
    with pytest.raises(xai.Cancelled):
        xai.attack(own, picture(), method, cancelled=(lambda: True) if method == "fgsm" else cancelled)
    with own.session() as net:
        assert all(p.grad is None and not p.requires_grad for p in net.parameters())
    assert xai.attack(own, picture(), "fgsm").image == xai.attack(handle(3), picture(), "fgsm").image


def test_progress_reaches_its_end():
    seen = []
    xai.attack(
        OWN, picture(), "pgd", steps=5, restarts=2, progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(n, 10) for n in range(1, 11)]


def test_eight_threads_get_their_own_results():
    jobs = [(seed % 5, method, seed) for seed in range(12) for method in ("fgsm", "pgd", "pgd_l2")]

    def work(job):
        number, method, seed = job
        return xai.attack(OWN, picture(number), method, epsilon=5, seed=seed).image.sha256

    alone = [work(job) for job in jobs]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, jobs)) == alone


def test_every_attack_has_a_file_and_a_test():
    files = {path.stem for path in (ROOT / "xai_core" / "attacks").glob("*.py") if path.stem[0] != "_"}
    assert files == set(xai.ATTACKS)
    for key in files:
        assert (ROOT / "tests" / "xai_core" / "attacks" / f"test_{key}.py").is_file()


def test_a_real_network_is_fooled_and_says_so_again(lite0, chelsea):
    found = xai.attack(lite0, chelsea, "pgd", epsilon=8, steps=10, target=684)
    assert found.success
    assert found.after.label == "ocarina"
    again = xai.load_image(xai.to_png(found.image))
    assert again == found.image
    assert xai.predict(lite0, again, 1)[0] == found.after
    assert np.abs(found.noise).max() <= 8
    assert xai.predict(lite0, chelsea, 1)[0] == found.before
    assert xai.estimate_attack(lite0, "pgd", {"steps": 40}) > xai.estimate_attack(lite0, "pgd", {"steps": 2})


def test_the_grid_of_the_picture_is_the_models():
    tall = xai.ImageInput(np.zeros((40, 20, 3), np.uint8), "crop", "tall")
    assert xai.attack(OWN, tall, "fgsm").image.pixels.shape[:2] == GRID.size
