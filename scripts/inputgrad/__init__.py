"""inputgrad: what a frozen image classifier sees, through the gradient of a class score."""
