"""The only caches, and the only way from a page to a network."""
