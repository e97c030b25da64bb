"""A picture on a model's input grid: bit for bit what torchvision and timm make of it; boxes follow."""

import numpy as np
import pytest
import torch
from PIL import Image

import xai_core as xai
from xai_core.inputs.views import InputGrid, view_boxes, view_pixels

RNG = np.random.default_rng(0)
GRID = InputGrid((40, 60), 50, "bilinear", (0.5, 0.25, 1.0), (0.5, 0.5, 0.5))  # not square, on purpose
SHAPES = [(301, 450), (450, 301), (224, 224), (256, 257), (40, 333), (17, 23), (600, 256)]


def real_photographs(shared_data) -> list[xai.ImageInput]:
    folder = shared_data / "images"
    files = [*sorted((folder / "assignment4").iterdir()), *sorted((folder / "shap_imagenet50").iterdir())[:4]]
    images = [xai.load_image(path) for path in files]
    assert sum(image.pixels.shape[0] != image.pixels.shape[1] for image in images) > 8
    return images


def synthetic(height: int, width: int) -> xai.ImageInput:
    return xai.load_image(RNG.integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def peers(lite0):
    """Key -> (handle, the model's own preprocessing from a PIL image)."""
    import timm
    from torchvision.models import ResNet50_Weights

    timm_data = timm.data.resolve_model_data_config(timm.create_model("tf_efficientnet_lite0"))
    return {
        "resnet50": (
            xai.load_model("resnet50", "cpu", weights="random"),
            ResNet50_Weights.IMAGENET1K_V1.transforms(),
        ),
        "resnet50_v2": (
            xai.load_model("resnet50_v2", "cpu", weights="random"),
            ResNet50_Weights.IMAGENET1K_V2.transforms(),
        ),
        "efficientnet_lite0": (lite0, timm.data.create_transform(**timm_data, is_training=False)),
    }


@pytest.mark.parametrize("key", ["resnet50", "resnet50_v2", "efficientnet_lite0"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_crop_is_the_models_own_preprocessing(key, shape, peers):
    handle, transform = peers[key]
    image = synthetic(*shape)
    assert torch.equal(handle.preprocess(image)[0], transform(Image.fromarray(image.pixels)))


@pytest.mark.parametrize("key", ["resnet50", "resnet50_v2", "efficientnet_lite0"])
def test_crop_of_real_photographs_is_the_models_own_preprocessing(key, peers, shared_data):
    handle, transform = peers[key]
    for image in real_photographs(shared_data):
        assert torch.equal(handle.preprocess(image)[0], transform(Image.fromarray(image.pixels))), image.name


@pytest.mark.parametrize("key", ["resnet50", "resnet50_v2", "efficientnet_lite0"])
def test_view_pixels_are_what_is_normalised(key, peers, chelsea):
    handle, transform = peers[key]
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (handle.grid.mean, handle.grid.std))
    undone = (transform(Image.fromarray(chelsea.pixels)) * std + mean) * 255
    np.testing.assert_array_equal(
        handle.view(chelsea), undone.permute(1, 2, 0).round().numpy().astype(np.uint8)
    )


def test_resnet50_generations_have_their_own_preprocessing(peers):
    assert (peers["resnet50"][0].grid.resize, peers["resnet50_v2"][0].grid.resize) == (256, 232)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_squash_gives_up_the_aspect_ratio(shape):
    image = synthetic(*shape).with_fit("squash")
    expected = Image.fromarray(image.pixels).resize((60, 40), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(view_pixels(image, GRID), np.asarray(expected))


@pytest.mark.parametrize(
    ("shape", "inner"),
    [
        ((20, 30), (slice(0, 40), slice(0, 60))),  # the grid's own shape: no bars
        ((20, 60), (slice(10, 30), slice(0, 60))),  # wide: bars above and below
        ((80, 40), (slice(0, 40), slice(20, 40))),  # tall: bars left and right
    ],
)
def test_pad_shows_the_whole_picture_between_bars_of_the_mean(shape, inner):
    image = synthetic(*shape).with_fit("pad")
    size = (inner[1].stop - inner[1].start, inner[0].stop - inner[0].start)
    expected = np.empty((40, 60, 3), np.uint8)
    expected[:] = (128, 64, 255)  # 255 * (0.5, 0.25, 1), half to even
    expected[inner] = np.asarray(Image.fromarray(image.pixels).resize(size, Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(view_pixels(image, GRID), expected)


def test_crop_of_a_picture_of_the_resized_size_is_its_middle():
    image = synthetic(50, 81)
    np.testing.assert_array_equal(view_pixels(image, GRID), image.pixels[5:45, 10:70])


@pytest.mark.parametrize("fit", ["crop", "squash", "pad"])
@pytest.mark.parametrize("shape", [(31, 90), (90, 31), (8, 160)], ids=str)
def test_every_view_has_the_grids_shape_at_every_scale(fit, shape):
    image = synthetic(*shape).with_fit(fit)
    for scale in (1, 2, 3):
        assert view_pixels(image, GRID, scale).shape == (40 * scale, 60 * scale, 3)
        assert view_pixels(image, GRID, scale).dtype == np.uint8


def boxed(shape: tuple[int, int], fit: str, *boxes: tuple[float, float, float, float]) -> xai.ImageInput:
    made = tuple(xai.Box(str(number), *box) for number, box in enumerate(boxes))
    return xai.ImageInput(np.zeros((*shape, 3), np.uint8), fit, boxes=made)


def corners(image: xai.ImageInput, scale: int = 1) -> list[tuple]:
    return [(box.label, box.x0, box.y0, box.x1, box.y1) for box in view_boxes(image, GRID, scale)]


def test_boxes_under_squash():
    image = boxed((80, 30), "squash", (3, 8, 15, 40))  # x is doubled, y is halved
    assert corners(image) == [("0", 6, 4, 30, 20)]
    assert corners(image, 3) == [("0", 18, 12, 90, 60)]


def test_boxes_under_pad():
    wide = boxed((20, 60), "pad", (6, 5, 30, 20))  # scale 1, 10 rows of bar above
    assert corners(wide) == [("0", 6, 15, 30, 30)]
    tall = boxed((80, 40), "pad", (0, 0, 40, 80), (10, 20, 20, 60))  # halved, 20 columns of bar on the left
    assert corners(tall) == [("0", 20, 0, 40, 40), ("1", 25, 10, 30, 30)]
    assert corners(tall, 2) == [("0", 40, 0, 80, 80), ("1", 50, 20, 60, 60)]


def test_boxes_under_crop_are_cut_at_the_edge_or_left_out():
    # (100, 162) is halved to (50, 81); of that the view starts at row 5 and column 10
    image = boxed((100, 162), "crop", (40, 30, 80, 60), (0, 0, 162, 100), (0, 0, 20, 10), (150, 20, 162, 60))
    assert corners(image) == [("0", 10, 10, 30, 25), ("1", 0, 0, 60, 40)]


@pytest.mark.parametrize("fit", ["crop", "squash", "pad"])
@pytest.mark.parametrize("shape", [(200, 450), (450, 200), (301, 299)], ids=str)
def test_a_box_stands_where_its_pixels_are(fit, shape):
    """The picture is black but for its box, so the view is bright exactly inside the mapped box."""
    height, width = shape
    x0, y0, x1, y1 = width * 0.45, height * 0.4, width * 0.6, height * 0.7
    x0, y0, x1, y1 = (round(v) for v in (x0, y0, x1, y1))
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[y0:y1, x0:x1] = 255
    grid = InputGrid((90, 120), 110, "bilinear", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    image = xai.ImageInput(pixels, fit, boxes=(xai.Box("a", x0, y0, x1, y1),))
    (box,) = view_boxes(image, grid)
    bright = np.argwhere(view_pixels(image, grid)[..., 0] > 127)
    (top, left), (bottom, right) = bright.min(0), bright.max(0) + 1
    np.testing.assert_allclose((box.x0, box.y0, box.x1, box.y1), (left, top, right, bottom), atol=0.75)


def test_the_cat_of_a_mosaic_keeps_its_half(lite0):
    image = xai.mosaic(["chelsea", "coffee"])
    assert [(b.x0, b.y0, b.x1, b.y1) for b in view_boxes(image.with_fit("squash"), lite0.grid)] == [
        (0, 0, 112, 224),
        (112, 0, 224, 224),
    ]
    # 512 -> 256, of which the middle 224 are seen
    assert [(b.x0, b.x1) for b in view_boxes(image, lite0.grid)] == [(0, 112), (112, 224)]
