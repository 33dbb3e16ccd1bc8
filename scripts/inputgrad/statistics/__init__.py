"""Statistics for small, paired, censored, discrete data; each module holds one subject.

``estimates`` has the result types, ``medians``, ``rates``, ``survival`` and ``bootstrap`` describe
one sample, ``paired``, ``correlation`` and ``agreement`` compare, ``families`` adjusts for many
comparisons. Why each recipe was chosen, and how well it holds: ``docs/statistics.md``.
"""
