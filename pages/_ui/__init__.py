"""What the pages are made of, each room above those that it uses: state, results, widgets, compute, sidebar,
and a room for the parts of each page."""
