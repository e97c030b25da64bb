"""The parts of Live meeting: its fields, the bar that stands above every page, and what the page shows."""
