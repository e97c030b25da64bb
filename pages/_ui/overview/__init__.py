"""The parts of Overview: its fields, its presets, and what its tabs show."""
