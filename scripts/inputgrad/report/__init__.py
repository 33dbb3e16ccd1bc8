"""From the summary to the finished report.

All prose is in `report_templates/<language>/`, the tables and figures around it in
`report_templates/skeleton/`; this package fills them in and prints them.
"""
