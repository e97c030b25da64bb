"""The parts of Counterfactual: its fields, its presets, and what its tabs show."""
