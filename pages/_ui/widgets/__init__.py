"""Parts that several pages use. They draw what they are given and run no network."""
