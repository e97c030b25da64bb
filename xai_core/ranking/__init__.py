"""Which method is better on a person's own pictures: tests, rank intervals, what cannot be told apart."""
