"""The parts of Clever Hans: its fields, settings, the plane of maps, a cluster, and the affected pictures."""
