"""What cannot be used as a picture is refused in one sentence, before it costs time or memory."""

import io
import re
import struct
import subprocess
import sys
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

import xai_core as xai
from tests.conftest import ROOT

PIXELS = np.random.default_rng(0).integers(0, 256, (20, 31, 3), dtype=np.uint8)
PICTURE = Image.fromarray(PIXELS)
KINDS = "JPEG, PNG, WebP, BMP or TIFF"


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


def refusal(src, **options) -> str:
    """The sentence with which `src` is refused, checked to be one."""
    with pytest.raises(xai.InputError) as caught:
        xai.load_image(src, **options)
    message = str(caught.value)
    assert re.fullmatch(r"\S[^\n]*[^.\s]\.", message), message
    assert not re.search(r"\. [A-Z]", message), f"more than one sentence: {message}"
    return message


@pytest.mark.parametrize(
    "data",
    [b"hello, world", b"%PDF-1.7 " * 50, bytes(5000), b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"],
)
def test_no_picture(data):
    assert refusal(data, name="notes.txt") == f"notes.txt is not a picture; accepted are {KINDS} files."


def test_no_picture_in_a_fresh_process():
    """Which of Pillow's plugins are loaded depends on what ran before, so this one starts from nothing."""
    code = (
        "from xai_core.inputs.images import load_image\nfrom xai_core.types import InputError\n"
        "try:\n    load_image(b'hello')\nexcept InputError as e:\n    print(e)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"upload is not a picture; accepted are {KINDS} files."


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "PPM"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_truncated(kind, share):
    data = encoded(PICTURE, kind)
    state = re.sub(r"^cut\.(\w+) ", "", refusal(data[: int(len(data) * share)], name=f"cut.{kind.lower()}"))
    endings = ("is damaged or cut short", "is not a picture")
    assert state in [f"{ending}; accepted are {KINDS} files." for ending in endings]
    if kind in ("PNG", "JPEG", "TIFF") and share > 0.1:  # enough is left to know what it was
        assert state.startswith(endings[0])


def test_a_truncated_pil_image():
    data = encoded(PICTURE, "PNG")
    with Image.open(io.BytesIO(data[: len(data) // 2])) as picture:
        assert "damaged or cut short" in refusal(picture)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_flipped_bytes_never_raise_anything_else():
    rng = np.random.default_rng(1)
    for kind in ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "PPM"):
        good = encoded(PICTURE, kind)
        for _ in range(60):
            data = bytearray(good)
            for place in rng.integers(0, min(len(data), 300), 4):
                data[place] = rng.integers(256)
            try:
                image = xai.load_image(bytes(data))
            except xai.InputError:
                continue
            assert image.pixels.ndim == 3


def test_zero_bytes(tmp_path):
    (tmp_path / "empty.jpg").touch()
    message = f"empty.jpg is empty (0 bytes); accepted are {KINDS} files."
    assert refusal(tmp_path / "empty.jpg") == message
    assert refusal(b"", name="empty.jpg") == message


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 100), (100, 7)])
def test_too_small(width, height):
    message = f"x.png has {width} x {height} pixels; at least 8 on each side are needed."
    assert refusal(png_header(width, height), name="x.png") == message
    assert refusal(Image.new("RGB", (width, height)), name="x.png") == message
    assert refusal(np.zeros((height, width, 3), np.uint8)).startswith(
        f"The array has {width} x {height} pixels;"
    )


def test_8_pixels_on_a_side_are_enough():
    assert xai.load_image(np.zeros((8, 160, 3), np.uint8)).pixels.shape == (8, 160, 3)


def test_too_long():
    expected = "x has 170 x 8 pixels; at most 20 times as long as wide is accepted."
    assert refusal(png_header(170, 8), name="x") == expected
    assert refusal(Image.new("RGB", (170, 8)), name="x") == expected


@pytest.mark.parametrize(
    ("side", "says"),
    [
        (8_000, "x.png has 8000 x 8000 pixels; at most 25 megapixels are accepted."),
        (20_000, "x.png has 400 megapixels; at most 25 megapixels are accepted."),
        (2**31 - 1, "x.png has 4611686014132 megapixels; at most 25 megapixels are accepted."),
    ],
)
def test_too_large_is_refused_before_decoding(side, says):
    data = png_header(side, side)
    tracemalloc.start()
    start = time.perf_counter()
    try:
        assert refusal(data, name="x.png") == says
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - start < 1
    assert peak < 5_000_000


def test_too_large_a_real_file_is_refused_by_its_header():
    """A true 20000 x 20000 file: 400 megapixels pack into 50 kB, and decoding them would take seconds."""
    data = encoded(Image.new("1", (20_000, 20_000)), "TIFF", compression="group4")
    start = time.process_time()
    assert refusal(data).startswith("upload has 400 megapixels; at most 25 ")
    assert time.process_time() - start < 0.5


def test_100_mb(tmp_path):
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.truncate(100_000_000)  # sparse: it takes no room on the disk
    tracemalloc.start()
    try:
        assert refusal(path) == "huge.jpg has 100 MB; at most 20 MB are accepted."
        assert tracemalloc.get_traced_memory()[1] < 1_000_000, "the file must not be read"
    finally:
        tracemalloc.stop()
    assert refusal(bytes(20_000_001), name="huge.jpg").startswith("huge.jpg has 20 MB; at most 20 MB")


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="100"/>',
        b"<SVG></SVG>",
        b"<!-- " + b"x" * 1000 + b" --><svg/>",
    ],
)
def test_svg(data):
    expected = f"logo.svg is an SVG drawing; accepted are {KINDS} files, so export it as PNG first."
    assert refusal(data, name="logo.svg") == expected


def test_no_such_file(tmp_path):
    assert refusal("/no/such/cat.jpg") == "There is no file '/no/such/cat.jpg'."
    assert refusal(tmp_path) == f"There is no file '{tmp_path}'."
    assert refusal("") == "There is no file ''."
    assert refusal("nul\0byte") == "There is no file 'nul\\x00byte'."
    assert "cannot be read" in refusal("a" * 5000)


@pytest.mark.parametrize("value", [None, 3, 2.5, [[1, 2]], {"a": 1}, io.BytesIO(b"")])
def test_wrong_type(value):
    expected = f"A {type(value).__name__} is no picture; accepted are a path, bytes, a PIL image or a uint8 "
    assert refusal(value) == expected + "(H, W, 3) array."


@pytest.mark.parametrize(
    "array",
    [
        PIXELS[..., 0],
        np.dstack([PIXELS, PIXELS[..., 0]]),
        PIXELS / 255,
        PIXELS.astype(np.int64),
        PIXELS.transpose(2, 0, 1),
        PIXELS[None],
        np.array(0.5),
    ],
    ids=["grey", "rgba", "float", "int64", "channels first", "batch", "scalar"],
)
def test_wrong_array(array):
    expected = f"The array is {array.dtype} {array.shape}; a uint8 array of shape (H, W, 3) is accepted."
    assert refusal(array) == expected


def test_wrong_greys():
    grey = np.zeros((20, 30), np.int32)
    grey[3, 4] = 70_000
    assert refusal(Image.fromarray(grey)) == "The grey values run from 0 to 70000; 0 to 65535 are accepted."
    floats = Image.fromarray(np.full((20, 30), 0.5, np.float32))
    assert refusal(encoded(floats, "TIFF"), name="a.tif") == (
        "a.tif holds floating-point greys; 8 or 16 bits a pixel are accepted."
    )


def test_unknown_fit():
    for source in (PIXELS, xai.load_image(PIXELS), "missing"):
        assert refusal(source, fit="stretch") == "fit is 'stretch'; accepted are crop, squash, pad."
