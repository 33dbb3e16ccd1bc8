"""The numeric core: slots of constant shape, gradients, scores, random numbers, determinism."""
