"""What hides a region: exact fills, and nothing else of the picture changed."""

import numpy as np
import torch

from tests.xai_core.attacks.hand import picture
from xai_core.inputs.superpixels import gaussian_blur
from xai_core.metrics.fillers import BLUR, GREY, Filler, hidden, hiding_seconds


def test_what_hides_a_region():
    pixels = torch.from_numpy(picture(3).pixels.copy()).permute(2, 0, 1)[None].double()
    mask = torch.zeros(2, 4, 6, dtype=torch.bool)
    mask[0, :2] = True
    grey, blurred = Filler(pixels, "grey")(mask), Filler(pixels, "blur")(mask)
    assert (grey[0, :, :2] == GREY).all()
    torch.testing.assert_close(blurred[0, :, :2], gaussian_blur(pixels, BLUR).round()[0, :, :2])
    for found in (grey, blurred):
        torch.testing.assert_close(found[0, :, 2:], pixels[0, :, 2:])
        torch.testing.assert_close(found[1], pixels[0])


def test_inpainting_continues_what_surrounds_the_hole():
    """A ramp is its own smoothest continuation."""
    ramp = np.linspace(20, 230, 40)[None, :, None].repeat(40, 0).repeat(3, 2).round().astype(np.uint8)
    mask = np.zeros((40, 40), bool)
    mask[14:24, 16:22] = True
    found = hidden(ramp, mask, "inpaint")
    assert np.abs(found.astype(int) - ramp)[mask].max() <= 3
    np.testing.assert_array_equal(found[~mask], ramp[~mask])
    assert (hidden(ramp, np.ones((40, 40), bool), "inpaint") == GREY).all()


def test_large_pictures_are_inpainted_too(lite0, chelsea):
    view = lite0.view(chelsea)
    mask = np.zeros(view.shape[:2], bool)
    mask[80:150, 60:160] = True
    found = hidden(view, mask, "inpaint")
    np.testing.assert_array_equal(found[~mask], view[~mask])
    assert found[mask].std() < view[mask].std()
    assert hiding_seconds(lite0, chelsea, "inpaint") > 0
    assert hiding_seconds(lite0, chelsea, "grey") == 0
