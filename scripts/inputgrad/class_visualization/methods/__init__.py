"""Methods of class visualisation, one module each."""
