"""Saliency methods, one module each."""
