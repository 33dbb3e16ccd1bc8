"""What attacks are trained by, once, before they attack: one module for each."""
