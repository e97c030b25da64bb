"""What the pages are made of, each room above those that it uses: state, results, widgets, compute, sidebar,
and a room for the parts of each page."""

import xai_core  # noqa: F401  first: it sets how OpenMP's threads wait, which torch reads when it is imported
