"""`python -m xai_core.known_truth` is `saliency-lab range`."""

import sys

from .command import main

if __name__ == "__main__":
    sys.exit(main())
