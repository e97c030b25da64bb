"""The command `python -m xai_core.metrics.study`, under its first name; see `lime_study`."""

from __future__ import annotations

import sys

from .lime_study import main

if __name__ == "__main__":
    sys.exit(main())
