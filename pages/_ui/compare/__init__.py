"""The parts of Compare methods: its fields, its presets, and what its tabs show."""
