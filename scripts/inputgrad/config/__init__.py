"""The configuration: its schema, settings of methods, sweeps, and the manual made from them."""
