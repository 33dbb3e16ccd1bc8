"""Commands of `python -m inputgrad`: one module each, with `HELP`, `add_arguments` and `run`."""
