"""What changes on a small server: one with less than 3 GB of memory, or with XAI_SMALL=1.

One network is kept at a time and none larger than `NETWORK_MB`, results and uploads take less memory, no
model can be brought, and nothing is computed ahead. Sizes of batches stay, since they decide the last bit of
a result."""

from __future__ import annotations

import os

from xai_core.machine import SMALL, is_small, memory

NETWORK_MB = 150  # of a network's weights
NETWORK_SIDE = 300  # pixels of its pictures: what a pass keeps grows with their area
UPLOAD_MB = 20  # of any file
RESULTS_MB, SMALL_RESULTS_MB = 320, 60
TRAY_MB, SMALL_TRAY_MB = 40, 20
UPLOADS_MB, SMALL_UPLOADS_MB = 1_300, 100  # 600 MB of a model are a half of it
FREED_MB, SMALL_FREED_MB = (256, 32), (8, 1)  # of freed memory that is not handed back: all, and a piece


def upload_mb(most: int) -> int:
    """Megabytes that a file may have, where a larger server takes `most`."""
    return min(most, UPLOAD_MB) if is_small() else most


def results_bytes() -> int:
    """Bytes that all results in memory may take: XAI_RESULTS_MB, else 320 MB, on a small server 60 MB."""
    named = os.environ.get("XAI_RESULTS_MB", "")
    given = int(named) if named.isdecimal() else SMALL_RESULTS_MB if is_small() else RESULTS_MB
    return given * 1_000_000


def tray_bytes() -> int:
    """Bytes of the pictures that a visitor's session holds."""
    return (SMALL_TRAY_MB if is_small() else TRAY_MB) * 1_000_000


def uploads_bytes() -> int:
    """Bytes that the files in all visitors' uploaders may take, and as many those in their sessions:
    XAI_UPLOADS_MB, else 1.3 GB and at most a quarter of the memory, and 100 MB on a small server."""
    named = os.environ.get("XAI_UPLOADS_MB", "")
    if named.isdecimal():
        return int(named) * 1_000_000
    if is_small():
        return SMALL_UPLOADS_MB * 1_000_000
    return min(UPLOADS_MB * 1_000_000, memory() // 4 or UPLOADS_MB * 1_000_000)


def freed_bytes() -> tuple[int, int]:
    """Bytes of freed memory that the process keeps for its next pass, and of the largest piece in it."""
    kept, piece = SMALL_FREED_MB if is_small() else FREED_MB
    return kept << 20, piece << 20


def has() -> str:
    """What the server has, for a sentence."""
    known = memory()
    if 0 < known < SMALL:
        return f"this small server has {known / 1e9:.1f} GB of memory"
    return "this server is run as a small one"


def no_models() -> str:
    """Why no model can be brought, or "" where it can."""
    return f"Models cannot be brought here: {has()}." if is_small() else ""


def refusal(label: str, megabytes: float | None, side: int | None = None) -> str:
    """Why a small server does not run a network of that name, with so many megabytes of weights (None:
    unknown) and pictures of so many pixels; "" where it does."""
    if not is_small():
        return ""
    if megabytes is not None and megabytes > NETWORK_MB:
        return (
            f"{label} has {megabytes:.0f} MB of weights; {has()} and runs networks of up to {NETWORK_MB} MB."
        )
    if side is not None and side > NETWORK_SIDE:
        return (
            f"{label} takes pictures of {side} pixels; {has()} and runs networks for up to {NETWORK_SIDE} "
            "pixels."
        )
    return ""


def about() -> str:
    """What a small server changes, in two sentences; "" on any other."""
    if not is_small():
        return ""
    return (
        f"yes: {has()}. One network of up to {NETWORK_MB} MB is kept at a time, files may have {UPLOAD_MB} "
        "MB, no model can be brought, and nothing is computed ahead. Results are the same as elsewhere."
    )
