"""Rule render_report."""
