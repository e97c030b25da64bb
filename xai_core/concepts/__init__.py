"""What units have learned: names for them from a set of pictures."""
