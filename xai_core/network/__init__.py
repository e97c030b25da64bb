"""The network: the handle and its lock, hooks and captures, folding, scores, batches."""
