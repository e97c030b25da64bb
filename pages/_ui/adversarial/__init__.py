"""The parts of Adversarial: its fields, its presets, and what its tabs show."""
