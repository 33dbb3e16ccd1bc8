"""From the summary to the finished report.

All prose lives in `report_templates/<language>/`; this package fills it in and prints it.
"""
