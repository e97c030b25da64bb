"""ROAD: the imputed picture against pytorch-grad-cam's, and what it says of good and bad maps."""

import numpy as np
import pytest
import torch

import xai_core as xai
from xai_core.metrics.road import PERCENTS, imputed, road


def test_the_imputed_picture_is_that_of_pytorch_grad_cam(lite0, chelsea):
    library = pytest.importorskip("pytorch_grad_cam.metrics.road")
    x = lite0.preprocess(chelsea)[:, :, ::4, ::4].contiguous()
    hidden = np.random.default_rng(0).random(x.shape[2:]) < 0.4
    ours = imputed(x, hidden, 0.0, torch.Generator())
    theirs = library.NoisyLinearImputer(noise=0.0)(x[0], torch.from_numpy(~hidden).float())
    difference = float((ours[0] - theirs).abs().max())
    print(f"largest difference to pytorch-grad-cam's imputer: {difference:.2g}")
    assert difference < 1e-4


def test_a_constant_picture_is_its_own_imputation():
    x = torch.full((1, 3, 9, 7), 0.3)
    hidden = np.zeros((9, 7), bool)
    hidden[2:7, 1:6] = True
    hidden[0, 0] = True
    torch.testing.assert_close(imputed(x, hidden, 0.0, torch.Generator()), x)
    assert torch.equal(imputed(x, np.zeros((9, 7), bool), 0.5, torch.Generator()), x)


@pytest.mark.peers
def test_a_sound_map_and_its_opposite(lite0, dog_cat):
    good = xai.explain(lite0, dog_cat, "grad_cam", target=243, relu=False)
    bad = xai.explain(lite0, dog_cat, "grad_cam", target=243, relu=False, counterfactual=True)
    one, other = road(lite0, dog_cat, good), road(lite0, dog_cat, bad)
    assert one.combined > 0.02
    assert other.combined == pytest.approx(-one.combined, abs=0.02)
    assert one.most_first.shape == (4,)
    assert one.whole == pytest.approx(good.probability, abs=1e-4)
    again = road(lite0, dog_cat, good, percents=PERCENTS[:1])
    assert again.most_first[0] == pytest.approx(one.most_first[0], abs=1e-6)
    with pytest.raises(xai.InputError, match="percents is"):
        road(lite0, dog_cat, good, percents=(0, 50))
