"""The parts of Trust study: its fields, its presets, and what its tabs show."""
