"""What is measured on a class visualisation, one module each."""
