"""The parts of Insertion and deletion: its fields, its presets, and what its tabs show."""
