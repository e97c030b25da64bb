"""Sets of pictures to choose: plain ones, and labelled ones."""
