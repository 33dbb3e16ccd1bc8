"""What a model says of the images that were made for another one, one module each."""
