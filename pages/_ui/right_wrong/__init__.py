"""The parts of Right and wrong: its fields, its presets, and what its tabs show."""
