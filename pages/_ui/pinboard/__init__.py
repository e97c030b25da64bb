"""The parts of the Pinboard: its fields, its presets, and what its tabs show."""
