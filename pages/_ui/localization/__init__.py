"""The parts of Localization: its fields, its presets, and what its tabs show."""
