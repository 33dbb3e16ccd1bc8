"""Saliency maps of a class score and what is measured on them."""
