"""From anything to an `ImageInput`, and from that to what a network sees: reading, views, samples,
superpixels, corruptions."""
