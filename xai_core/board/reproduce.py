"""Compute every map of an exported pinboard again, and compare.

usage: python reproduce.py [FOLDER]

FOLDER is where the ZIP was unpacked; without it, the folder of this file. xai_core must be importable:
install Saliency Lab, or put its folder into PYTHONPATH. For each map the largest difference to the exported
one is printed, and that as a share of the map's largest size. The exit status is 0 if all maps came out
again, 1 if a share is above 1e-5 or the weights or a picture are not those of the export, and 2 if nothing
could be compared."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

try:
    import numpy as np
    from PIL import Image

    from xai_core.engine.explain import explain
    from xai_core.inputs.images import load_image
    from xai_core.methods import METHODS
    from xai_core.models import load_model
    from xai_core.network.handle import ModelHandle
    from xai_core.types import InputError
except ModuleNotFoundError as missing:
    print(
        f"The package {missing.name} cannot be imported by {sys.executable}.\n"
        "Run this with the Python of Saliency Lab, or from its folder:\n"
        f"  PYTHONPATH=/path/to/saliency-lab python {Path(__file__).name} [FOLDER]",
        file=sys.stderr,
    )
    sys.exit(2)

TOLERANCE = 1e-5
NOTHING = 2  # the exit status where nothing could be compared


def main(folder: Path) -> int:
    """The exit status; prints a line for each map."""
    try:
        pins = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["pins"]
    except (OSError, ValueError, KeyError, TypeError):
        print(
            f"There is no manifest.json of a pinboard in {folder}: unpack the whole ZIP, and name its folder."
        )
        return NOTHING
    wanted = [pin for pin in pins if pin["kind"] == "map"]
    failed, models = 0, {}
    for pin in wanted:
        good = False
        try:
            if pin["model"] not in models:
                models = {pin["model"]: load_model(pin["model"])}
            difference, share = compare(folder, pin, models[pin["model"]])
        except (InputError, OSError) as error:
            verdict = f"NOT COMPARED: {error}"
        else:
            good = share <= TOLERANCE
            verdict = f"max difference {difference:.3g} ({share:.3g} of the largest)"
            verdict += "" if good else ": DIFFERS"
        failed += not good
        print(f"{pin['heatmap']}  {verdict}")
    print(f"{len(wanted) - failed} of {len(wanted)} maps reproduced to {TOLERANCE:g}")
    return 1 if failed else 0


def compare(folder: Path, pin: dict[str, Any], handle: ModelHandle) -> tuple[float, float]:
    """(largest difference, the same as a share of the exported map's largest size)."""
    if handle.weights_sha256 != pin["weights_sha256"]:
        raise InputError(f"the weights of {pin['model']} here are not those of the export.")
    if pin.get("identity") and handle.identity != pin["identity"]:  # exports of earlier versions have none
        raise InputError(
            f"{pin['model']} has the weights of the export here, but another input grid, precision, "
            "activation or list of classes."
        )
    with Image.open(folder / pin["image"]) as file:
        image = load_image(file)
    if image.sha256 != pin["image_sha256"]:
        raise InputError(f"{pin['image']} is not the picture of the export.")
    given = np.load(folder / pin["heatmap"], allow_pickle=False)
    method = METHODS.get(pin["method"])
    params = method.recorded(pin["params"]) if method is not None else pin["params"]
    e = explain(handle, image, pin["method"], pin["target"], pin["layer"], pin["seed"], **params)
    if e.heatmap.shape != given.shape:
        raise InputError(f"the map has {e.heatmap.shape} cells here and {given.shape} in the export.")
    difference = float(np.abs(e.heatmap.astype(np.float64) - given).max())
    return difference, difference / max(float(np.abs(given).max()), 1e-30)


def call(arguments: list[str]) -> int:
    """The exit status of the command line."""
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print(__doc__)
        return 0 if set(arguments) & {"-h", "--help"} else NOTHING
    return main(Path(arguments[0]) if arguments else Path(__file__).parent)


if __name__ == "__main__":
    sys.exit(call(sys.argv[1:]))
