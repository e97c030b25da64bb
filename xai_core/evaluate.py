"""The command `python -m xai_core.evaluate`; see `xai_core.evaluation.evaluate`."""

from __future__ import annotations

import sys

from .evaluation.evaluate import *  # noqa: F403
from .evaluation.evaluate import main

if __name__ == "__main__":
    sys.exit(main())
