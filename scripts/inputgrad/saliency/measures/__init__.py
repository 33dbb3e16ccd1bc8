"""What is measured on saliency maps, one module each."""
