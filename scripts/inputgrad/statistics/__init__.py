"""Statistics for small, paired, censored, discrete data; each module holds one subject.

``estimates`` has the result types, ``medians``, ``rates`` and ``survival`` describe one sample,
``paired`` and ``correlation`` compare, ``families`` adjusts for many comparisons. Why each recipe
was chosen, and how well it holds: ``docs/statistics.md``.
"""
