"""The parts of Neuron concepts: its fields, its presets, and what its tabs show."""
