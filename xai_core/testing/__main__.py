"""`python -m xai_core.testing` is `saliency-lab check`."""

import sys

from .command import main

if __name__ == "__main__":
    sys.exit(main())
