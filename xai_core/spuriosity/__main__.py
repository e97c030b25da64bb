"""`python -m xai_core.spuriosity` is `saliency-lab spuriosity`."""

import sys

from .command import main

if __name__ == "__main__":
    sys.exit(main())
