"""Class visualisation: images that a network takes for the purest example of a class."""
