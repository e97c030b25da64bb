"""The parts of LIME and CAM: its fields, its presets, and what its tabs show."""
