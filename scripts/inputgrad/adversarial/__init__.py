"""Adversarial images: small changes after which a chosen class is predicted."""
