"""The parts of Trust check: its fields, its presets, and what its tabs show."""
