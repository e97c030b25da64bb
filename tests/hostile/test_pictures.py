"""No picture's file, taken or refused, costs more than 300 MB and two seconds."""

from __future__ import annotations

import io
import struct
import threading
import zlib

import numpy as np
import pytest
from PIL import Image

import xai_core as xai
from xai_core.inputs import decoding

from .measured import PEAK_MB, SECONDS, costs

pytestmark = pytest.mark.hostile
BEFORE = """
import numpy as np
from xai_core.inputs.images import load_image, to_png
from xai_core.types import ImageInput
load_image(to_png(ImageInput(np.zeros((20, 31, 3), np.uint8))))
def read(path):
    return open(path, "rb").read()
"""


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def blocks(height: int, width: int, channels: int = 3) -> np.ndarray:
    """Squares of 8 pixels of random colours."""
    small = np.random.default_rng(0).integers(
        0, 256, (height // 8 + 1, width // 8 + 1, channels), dtype=np.uint8
    )
    return np.kron(small, np.ones((8, 8, 1), np.uint8))[:height, :width]


def picture(height: int, width: int, channels: int = 3) -> Image.Image:
    return Image.fromarray(blocks(height, width, channels).squeeze())


def png(width: int, height: int, depth: int, kind: int, row: bytes) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b"")


def tiff(width: int, height: int, samples: int, bits: int, body: bytes, pages: int = 1, **tags: int) -> bytes:
    """A deflated TIFF; `pages` directories that all show the same strip."""
    entries = {256: width, 257: height, 259: 8, 262: 2 if samples > 2 else 1, 277: samples, 278: height}
    entries |= {258: bits, 273: 8, 279: len(body)} | {int(tag[1:]): value for tag, value in tags.items()}
    if samples > 3:
        entries[338] = 2
    size, parts = 2 + 12 * len(entries) + 4, [b"II*\0" + struct.pack("<I", 8 + len(body)), body]
    for page in range(pages):
        here = 8 + len(body) + page * size
        parts.append(struct.pack("<H", len(entries)))
        parts += [struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(entries.items())]
        parts.append(struct.pack("<I", here + size if page + 1 < pages else 0))
    return b"".join(parts)


def webp(side: int) -> bytes:
    """34 bytes that claim a square of that side."""
    sides = struct.pack("<I", (side - 1) | (side - 1) << 14)
    return b"RIFF" + struct.pack("<I", 26) + b"WEBPVP8L" + struct.pack("<I", 13) + b"\x2f" + sides + bytes(8)


def scans(count: int) -> bytes:
    """A progressive JPEG whose last scan is repeated."""
    data = encoded(picture(4992, 4992), "JPEG", quality=60, progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + data[-2:]


def run_lengths(size: int) -> bytes:
    body = bytes([1, 7]) * (size // 2)
    header = struct.pack("<IiiHHIIiiII", 40, 700, 700, 1, 8, 1, len(body), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(body), 0, 0, 1078) + header + bytes(1024) + body


TAKEN = {
    "a phone's JPEG": lambda: encoded(picture(6936, 9248), "JPEG", quality=90),
    "a JPEG just too small to halve": lambda: encoded(picture(4094, 4094), "JPEG", subsampling=0),
    "a progressive JPEG": lambda: encoded(picture(4992, 4992), "JPEG", subsampling=0, progressive=True),
    "transparent": lambda: encoded(picture(4992, 4992, 4), "PNG", compress_level=1),
    "a transparent palette": lambda: encoded(picture(4992, 4992, 1).convert("P"), "PNG", transparency=3),
    "16-bit greys": lambda: png(4992, 4992, 16, 0, bytes(1 + 2 * 4992)),
    "16-bit colours, transparent": lambda: png(4992, 4992, 16, 6, bytes(1 + 8 * 4992)),
    "as saved by the app": lambda: xai.to_png(xai.ImageInput(blocks(4992, 4992))),
    "60 scans": lambda: scans(50),
    "150,000 pages": lambda: tiff(64, 64, 1, 8, zlib.compress(bytes(4096)), 150_000),
    "one strip": lambda: tiff(4992, 4992, 3, 8, zlib.compress(bytes(3 * 4992**2))),
    "one strip of 16-bit colours": lambda: tiff(4992, 4992, 3, 16, zlib.compress(bytes(6 * 4992**2))),
    "a WebP": lambda: encoded(picture(3400, 3500, 4), "WEBP", lossless=True, quality=0, method=0),
    "a GIF of two frames": lambda: encoded(
        picture(4992, 4992, 1), "GIF", save_all=True, append_images=[picture(4992, 4992, 1).rotate(90)]
    ),
}
REFUSED = {
    "34 bytes": (lambda: webp(7000), "upload has 7000 x 7000 pixels; at most 12 megapixels are accepted."),
    "a large PNG": (
        lambda: png(7000, 7000, 8, 2, bytes(1 + 3 * 7000)),
        "upload has 7000 x 7000 pixels; at most 25 megapixels are accepted.",
    ),
    "a progressive phone": (
        lambda: encoded(picture(6000, 8000), "JPEG", progressive=True, quality=50),
        "upload has 8000 x 6000 pixels; at most 25 megapixels are accepted of a progressive JPEG.",
    ),
    "100 scans": (lambda: scans(100), " scans; at most 64 are accepted."),
    "run lengths": (
        lambda: run_lengths(19_000_000),
        "upload has 19 MB; at most 2 MB are accepted of a BMP file",
    ),
    "text": (
        lambda: b"P3 700 700 255\n" + b"1 " * 1_470_000,
        "at most 2 MB are accepted of a PPM file of this kind.",
    ),
    "77 greys": (
        lambda: b"P6 800 800 77\n" + bytes(1_920_000),
        "at most 0.5 megapixels are accepted of a PPM file",
    ),
    "one large strip": (
        lambda: tiff(4992, 4992, 4, 16, zlib.compress(bytes(8 * 4992**2))),
        "upload has a strip of 199 MB; at most 150 MB are accepted of a strip.",
    ),
    "one large tile": (
        lambda: tiff(
            64, 64, 3, 8, zlib.compress(bytes(3 * 64**2)), t322=16_000, t323=16_000, t324=8, t325=30
        ),
        "upload has a tile of 768 MB; at most 150 MB are accepted of a tile.",
    ),
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What each case costs, the file included."""
    place, calls = tmp_path_factory.mktemp("pictures"), {}
    for number, case in enumerate([*TAKEN, *REFUSED]):
        file = place / str(number)
        file.write_bytes(TAKEN[case]() if case in TAKEN else REFUSED[case][0]())
        assert file.stat().st_size < 20_000_000
        calls[case] = f"load_image(read({str(file)!r})).pixels.shape"
    return costs(BEFORE, calls)


@pytest.mark.parametrize("case", [*TAKEN, *REFUSED])
def test_no_file_costs_much(case, measured):
    found, sentence = measured[case], None if case in TAKEN else REFUSED[case][1]
    if sentence is None:
        assert found.said.startswith("("), found.said
    else:
        assert sentence in found.said
    assert found.megabytes < PEAK_MB, found
    assert found.seconds < SECONDS, found


def test_a_phones_picture_keeps_what_it_shows():
    """Decoded at reduced size, it differs little from the whole picture shrunk by averaging."""
    whole = blocks(4800, 6400)
    image = xai.load_image(encoded(Image.fromarray(whole), "JPEG", quality=95))
    assert image.pixels.shape == (1536, 2048, 3)
    assert image.notes == ("Shrunk from 6400 x 4800 to 2048 x 1536 pixels.",)
    expected = np.asarray(Image.fromarray(whole).resize((2048, 1536), Image.Resampling.BOX), dtype=int)
    assert np.abs(image.pixels - expected).mean() < 8


def test_up_to_2048_pixels_nothing_changes():
    rows = blocks(1024, 2048)
    assert np.array_equal(xai.load_image(encoded(Image.fromarray(rows), "PNG")).pixels, rows)
    long = xai.load_image(encoded(Image.fromarray(blocks(1024, 2049)), "PNG"))
    assert long.pixels.shape == (1024, 2048, 3)
    assert long == xai.load_image(blocks(1024, 2049)), "a file and an array are shrunk alike"


def test_a_shrunk_picture_is_turned_after_that():
    exif = Image.Exif()
    exif[0x0112] = 6
    image = xai.load_image(encoded(Image.fromarray(blocks(112, 2148)), "JPEG", exif=exif))
    assert image.pixels.shape == (2048, 107, 3)
    assert image.notes[0] == "Shrunk from 112 x 2148 to 107 x 2048 pixels."


def test_what_the_app_saved_keeps_every_pixel():
    image = xai.ImageInput(blocks(2100, 2200), "pad")
    assert xai.load_image(xai.to_png(image)) == image


def test_one_picture_is_decoded_at_a_time(monkeypatch):
    at_once, most, guard = 0, 0, threading.Lock()
    real = decoding.upright_rgb

    def watched(*given):
        nonlocal at_once, most
        with guard:
            at_once += 1
            most = max(most, at_once)
        try:
            threading.Event().wait(0.05)
            return real(*given)
        finally:
            with guard:
                at_once -= 1

    monkeypatch.setattr(decoding, "upright_rgb", watched)
    data = encoded(picture(64, 96), "PNG")
    threads = [threading.Thread(target=xai.load_image, args=(data,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_boxes_of_a_shrunk_picture_stay_in_their_place(tmp_path):
    from xai_core.datasets import Example
    from xai_core.types import Box

    exif = Image.Exif()
    exif[0x0112] = 6
    file = tmp_path / "wide.jpg"
    file.write_bytes(encoded(picture(1024, 4096), "JPEG", exif=exif))  # upright 1,024 wide, 4,096 high
    image = Example("a", str(file), "x", (0,), (Box("x", 512, 1024, 1024, 4096),)).image()
    assert image.pixels.shape == (2048, 512, 3)
    assert image.boxes == (Box("x", 256, 512, 512, 2048),)
