"""The command `python -m xai_core.metrics.study`, the first name of `lime_study`."""

from __future__ import annotations

import sys

from .lime_study import main

if __name__ == "__main__":
    sys.exit(main(prog="python -m xai_core.metrics.study"))
