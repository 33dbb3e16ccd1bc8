"""Attacks, one module each."""
