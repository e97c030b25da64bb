"""Perturbed pictures through the folded network, and incremental inference."""
