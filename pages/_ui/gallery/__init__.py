"""The parts of the CAM gallery: its fields, its presets, and what its tabs show."""
