"""`python -m xai_core.ranking` is `saliency-lab rank`."""

import sys

from .command import main

if __name__ == "__main__":
    sys.exit(main())
