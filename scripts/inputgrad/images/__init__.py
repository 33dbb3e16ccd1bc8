"""Images as values: decoding, tensors, distances between two images, measures of a map."""
