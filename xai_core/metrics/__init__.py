"""Numbers about maps: agreement, curves, complexity. Pure functions over arrays, plus a scorer where they ask
the network.
"""
