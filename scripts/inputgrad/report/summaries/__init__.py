"""Numbers and verdict codes of the report, one module per question: no prose, no torch.

`summary` puts them together, `context` holds what the tables do not say, `evidence` what several
questions share.
"""
