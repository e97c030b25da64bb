"""Anything -> a checked picture: every odd file is converted to the right pixels, and says what was done."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

import xai_core as xai

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (20, 31, 3), dtype=np.uint8)
PICTURE = Image.fromarray(PIXELS)


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


# --- plain pictures


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "WEBP"])
def test_lossless_files_give_their_own_pixels(kind):
    image = xai.load_image(encoded(PICTURE, kind, **({"lossless": True} if kind == "WEBP" else {})))
    np.testing.assert_array_equal(image.pixels, PIXELS)
    assert image.pixels.dtype == np.uint8
    assert (image.notes, image.name, image.fit) == ((), "upload", "crop")


def test_jpeg_gives_what_pillow_decodes():
    data = encoded(PICTURE, "JPEG")
    np.testing.assert_array_equal(xai.load_image(data).pixels, np.asarray(Image.open(io.BytesIO(data))))


def test_path_string_bytes_picture_and_array_are_the_same_image(tmp_path):
    path = tmp_path / "my cat é.png"
    PICTURE.save(path)
    sources = [path, str(path), path.read_bytes(), bytearray(path.read_bytes()), PICTURE, PIXELS]
    images = [xai.load_image(source, fit="pad") for source in sources]
    assert len({image.sha256 for image in images}) == 1
    assert [i.name for i in images] == ["my cat é.png"] * 2 + ["upload"] * 2 + ["image", "array"]
    assert xai.load_image(path, name="Cat").name == "Cat"


def test_an_image_input_only_changes_its_fit():
    image = xai.load_image(PIXELS, name="a")
    assert xai.load_image(image) is image
    assert (xai.load_image(image, "squash").fit, xai.load_image(image, "squash").name) == ("squash", "a")


def test_the_callers_array_is_copied():
    pixels = PIXELS.copy()
    image = xai.load_image(pixels)
    pixels[:] = 0
    np.testing.assert_array_equal(image.pixels, PIXELS)


@pytest.mark.parametrize("mode", ["L", "1"])
def test_greys_are_repeated_over_the_channels(mode):
    grey = PICTURE.convert(mode)
    image = xai.load_image(encoded(grey, "PNG"))
    assert image.notes == ()
    for channel in range(3):
        np.testing.assert_array_equal(image.pixels[..., channel], np.asarray(grey.convert("L")))


# --- odd pictures, converted


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_greys_are_scaled(kind):
    grey = np.linspace(0, 65535, 20 * 31).round().astype(np.uint16).reshape(20, 31)
    image = xai.load_image(encoded(Image.fromarray(grey), kind))
    expected = np.array([[round(v / 65535 * 255) for v in row] for row in grey.tolist()])
    np.testing.assert_array_equal(image.pixels[..., 0], expected)
    np.testing.assert_array_equal(image.pixels[..., 2], expected)
    assert (image.pixels.min(), image.pixels.max()) == (0, 255)
    assert image.notes == ("Scaled from 16 to 8 bits a pixel.",)


def test_16_bit_colours_are_scaled():
    rows = b"".join(b"\0" + (row.astype(">u2") * 257).tobytes() for row in PIXELS)
    header = struct.pack(">IIBBBBB", 31, 20, 16, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(d)) + name + d + struct.pack(">I", zlib.crc32(name + d)) for name, d in chunks
    )
    image = xai.load_image(data)
    np.testing.assert_array_equal(image.pixels, PIXELS)
    assert image.notes == ("Scaled from 16 to 8 bits a pixel.",)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(kind):
    inks = np.zeros((16, 24, 4), np.uint8)
    inks[:, :12] = (0, 255, 255, 0)  # magenta and yellow ink give red
    inks[:, 12:] = (255, 0, 0, 0)  # cyan ink gives cyan
    options = {"quality": 100} if kind == "JPEG" else {}
    image = xai.load_image(encoded(Image.fromarray(inks, "CMYK"), kind, **options))
    np.testing.assert_allclose(image.pixels[8, 4], (255, 0, 0), atol=3)
    np.testing.assert_allclose(image.pixels[8, 20], (0, 255, 255), atol=3)
    assert image.notes == ("Converted from CMYK to RGB.",)


def test_a_transparent_palette_is_laid_on_white():
    indices = np.tile(np.array([0, 1, 2], np.uint8), (16, 8))
    picture = Image.fromarray(indices, "P")
    picture.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image = xai.load_image(encoded(picture, "PNG", transparency=1))
    assert image.pixels[0, :3].tolist() == [[255, 0, 0], [255, 255, 255], [0, 0, 255]]
    assert image.notes == ("Transparent parts are laid on white.",)
    opaque = xai.load_image(encoded(picture, "PNG"))
    assert opaque.pixels[0, :3].tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    assert opaque.notes == ()


def test_half_transparent_pixels_are_mixed_with_white():
    rgba = np.zeros((16, 24, 4), np.uint8)
    rgba[..., 0], rgba[..., 3] = 200, 51  # a fifth of (200, 0, 0) and four fifths of white
    image = xai.load_image(encoded(Image.fromarray(rgba), "PNG"))
    assert image.pixels[3, 3].tolist() == [244, 204, 204]
    assert image.notes == ("Transparent parts are laid on white.",)


def test_an_alpha_channel_that_hides_nothing_is_not_worth_a_note():
    rgba = np.dstack([PIXELS, np.full(PIXELS.shape[:2], 255, np.uint8)])
    image = xai.load_image(encoded(Image.fromarray(rgba), "PNG"))
    np.testing.assert_array_equal(image.pixels, PIXELS)
    assert image.notes == ()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_frame_is_taken(kind):
    colours = [(0, 0, 0), (255, 255, 255), (255, 0, 0)]
    frames = [Image.new("RGB", (30, 20), colour) for colour in colours]
    image = xai.load_image(encoded(frames[0], kind, save_all=True, append_images=frames[1:]))
    assert image.pixels.shape == (20, 30, 3)
    assert not image.pixels.any()
    assert image.notes == ("Only the first frame is used.",)


def test_a_phones_second_picture_is_not_an_animation():
    image = xai.load_image(encoded(PICTURE, "MPO", save_all=True, append_images=[PICTURE]))
    assert image.pixels.shape == PIXELS.shape
    assert image.notes == ()


# what must be done to the stored pixels to see them upright (EXIF 2.3, tag 274)
UPRIGHT = {
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
    8: lambda p: np.rot90(p),
}


@pytest.mark.parametrize("orientation", range(10))
def test_exif_orientation(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = xai.load_image(encoded(PICTURE, "PNG", exif=exif))
    turned = orientation in UPRIGHT
    np.testing.assert_array_equal(image.pixels, UPRIGHT[orientation](PIXELS) if turned else PIXELS)
    assert image.notes == (("Turned upright as its EXIF orientation says.",) if turned else ())


# --- a picture saved and loaded again


@pytest.mark.parametrize("fit", ["crop", "squash", "pad"])
def test_a_saved_picture_is_loaded_as_the_same(fit, tmp_path):
    image = xai.ImageInput(PIXELS, fit, "saved")
    file = tmp_path / "saved.png"
    file.write_bytes(xai.to_png(image))
    assert xai.load_image(file) == image
    assert xai.load_image(xai.to_png(image)) == image
    assert xai.load_image(Image.open(file)) == image
    assert xai.load_image(file, fit="crop").fit == "crop", "who asks for a fit gets it"
    assert xai.load_image(image) == image


def test_a_fit_that_is_none_is_not_believed():
    from PIL import PngImagePlugin

    text = PngImagePlugin.PngInfo()
    text.add_text("saliency-lab-fit", "stretch")
    assert xai.load_image(encoded(PICTURE, "PNG", pnginfo=text)).fit == "crop"
