"""The parts of Checks: its fields and presets, the choices, the job, and the verdict with its pictures."""
