"""What an ascent changes instead of pixels, and the image that it represents; one module each."""
