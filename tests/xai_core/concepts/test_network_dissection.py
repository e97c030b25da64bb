"""Network Dissection against a literal count on whole arrays, and on units that are known detectors."""

import numpy as np
import pytest
import torch
from PIL import Image

import xai_core as xai
from tests.xai_core.concepts.conftest import Detectors, handle_of
from xai_core.concepts import interpretable
from xai_core.concepts.colours import colour_masks
from xai_core.concepts.masks import mask_folder
from xai_core.concepts.network_dissection import Quantiles
from xai_core.concepts.textures import TEXTURES, textured
from xai_core.network.batches import CPU_BATCH
from xai_core.types import ImageInput


def maps_of(handle, images):
    with handle.session() as net, torch.no_grad():
        found = []
        net.units.register_forward_hook(lambda _m, _i, output: found.append(output))
        net(torch.cat([handle.preprocess(image) for image in images]))
    return found[0]


def test_the_red_unit_and_the_stripe_unit_get_their_names():
    handle = handle_of(Detectors(), (224, 224))
    samples = [xai.load_sample(key) for key in ("coffee", "chelsea", "astronaut", "flower")]
    table = xai.dissect(handle, samples, ["units"], "network_dissection").set_index("unit")
    assert list(table.columns) == ["layer", "description", "similarity", "category", "runner_ups", "backend"]
    assert table.loc[0, ["description", "category"]].tolist() == ["red", "colour"]
    assert table.loc[1, ["description", "category"]].tolist() == ["vertical stripes", "texture"]
    assert (table.loc[2, "description"], table.loc[2, "runner_ups"]) == ("", ""), "a unit that never answers"
    assert np.isnan(table.loc[2, "similarity"])
    assert table.attrs["measure"] == "iou"
    table = table.reset_index()
    assert interpretable(table).tolist() == (table["similarity"] > 0.04).tolist() == [True, True, False]


def test_the_iou_is_the_literal_one(pictures):
    handle = handle_of(Detectors(), (48, 40))  # small enough for a grid of the input's own size
    table = xai.dissect(handle, pictures, ["units"], "network_dissection", concepts=["pink", "red", "brown"])
    maps = maps_of(handle, pictures)[:, 0].numpy()
    values = np.sort(maps.ravel())[::-1]
    active = maps > values[int(0.005 * values.size)]
    ious = {}
    for name in ("pink", "red", "brown"):
        masks = np.stack([colour_masks(handle.view(image))[name] for image in pictures])
        ious[name] = (active & masks).sum() / (active | masks).sum()
    row = table.iloc[0]
    assert row["similarity"] == pytest.approx(max(ious.values()), rel=1e-6)
    assert [row["description"], *row["runner_ups"].split("; ")] == sorted(ious, key=lambda n: -ious[n])


@pytest.mark.parametrize("share", [0.005, 0.2])
def test_the_threshold_is_the_exact_quantile_over_all_batches(detectors, pictures, share):
    quantiles = Quantiles(detectors, ["units"], len(pictures), share)
    for start in range(0, 20, 3):
        quantiles.take(pictures[start : start + 3])
    maps = maps_of(detectors, pictures).transpose(0, 1).flatten(1).numpy()
    found = quantiles.thresholds()["units"].numpy()
    count = int(share * maps.shape[1])
    for unit in range(3):
        assert found[unit] == sorted(maps[unit], reverse=True)[count]
        assert (maps[unit] > found[unit]).sum() <= count, "fewer where values are equal"


@pytest.mark.peers
def test_a_folder_of_masks_names_a_unit(tmp_path, pictures):
    """The unit for red answers where the folder's masks say "glow"; the file's picture is not square."""
    home = tmp_path / "glow"
    home.mkdir()
    for number in range(6):
        pixels = np.full((64, 48, 3), 90, np.uint8)
        pixels[10 + number : 26, 5:20] = (250, 20, 20)
        Image.fromarray(pixels).save(home / f"{number}.png")
        Image.fromarray((pixels[..., 0] == 250).astype(np.uint8) * 255).save(home / f"{number}.mask.png")
    handle = handle_of(Detectors(), (64, 48))
    grey = [ImageInput(np.full((64, 48, 3), v, np.uint8), "squash") for v in range(0, 250, 25)]
    table = xai.dissect(handle, grey, ["units"], "network_dissection", concepts=tmp_path)
    assert table.loc[0, "description"] == "glow"
    assert table.loc[0, "category"] == "object"


def test_a_second_look_runs_nothing_and_is_the_same(detectors, pictures):
    first = xai.dissect(detectors, pictures, ["units"], "network_dissection", concepts=["red", "grid"])
    before = detectors.ledger.passes
    second = xai.dissect(detectors, pictures, ["units"], "network_dissection", concepts=["red", "grid"])
    assert detectors.ledger.passes == before == 2 * (20 + 10)
    assert first.equals(second)


def test_progress_counts_both_walks_and_cancelling_leaves_nothing(detectors, pictures, own_cache):
    seen = []
    words = ["red", "grid"]
    asked = iter([False] * 25 + [True])
    with pytest.raises(xai.Cancelled):
        xai.dissect(
            detectors,
            pictures,
            ["units"],
            "network_dissection",
            concepts=words,
            cancelled=lambda: next(asked),
        )
    with detectors.session() as net:
        assert not net.units._forward_hooks
    assert not own_cache.exists()
    xai.dissect(
        detectors,
        pictures,
        ["units"],
        "network_dissection",
        concepts=words,
        progress=lambda *now: seen.append(now),
    )
    assert seen[0] == (CPU_BATCH, 60)
    assert seen[-1] == (60, 60)


def test_what_is_refused(detectors, pictures, tmp_path):
    with pytest.raises(xai.InputError, match="'output' has no place in the picture"):
        xai.dissect(detectors, pictures, ["output"], "network_dissection")
    with pytest.raises(xai.InputError, match="can be walked over only once"):
        xai.dissect(detectors, iter(pictures), ["units"], "network_dissection")
    with pytest.raises(xai.InputError, match="no masks for 'dog'; there are masks for black, white"):
        xai.dissect(detectors, pictures, ["units"], "network_dissection", concepts=["red", "dog"])
    with pytest.raises(xai.InputError, match="holds no concepts"):
        mask_folder(tmp_path)
    (tmp_path / "dog").mkdir()
    Image.new("RGB", (9, 9)).save(tmp_path / "dog" / "a.png")
    with pytest.raises(xai.InputError, match=r"a\.mask\.png is expected beside it"):
        mask_folder(tmp_path)
    Image.new("L", (9, 8)).save(tmp_path / "dog" / "a.mask.png")
    with pytest.raises(xai.InputError, match="9 x 8 pixels; its picture's 9 x 9"):
        mask_folder(tmp_path).loaders[0]()


@pytest.mark.parametrize("name", TEXTURES)
def test_a_made_texture_is_the_same_always_and_fills_its_mask_alone(name):
    one, again, other = textured(name, 3), textured(name, 3), textured(name, 4)
    assert one.image == again.image
    assert one.image != other.image
    mask = one.masks[name]
    assert mask.shape == one.image.pixels.shape[:2]
    assert 0.08 < mask.mean() < 0.7
    grain, texture = (one.image.pixels[m].std(0).max() for m in (~mask, mask))
    assert grain < 5 < 10 < texture
