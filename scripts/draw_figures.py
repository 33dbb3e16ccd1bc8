"""Rule draw_figures."""
