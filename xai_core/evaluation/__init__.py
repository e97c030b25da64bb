"""Methods over data sets: a table, measured here or on Ray, resumed after any interruption."""
