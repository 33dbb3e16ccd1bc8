"""What an ascent changes instead of pixels, and the image that it stands for; one module each."""
