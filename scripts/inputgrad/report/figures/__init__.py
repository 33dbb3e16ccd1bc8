"""The report's figures, drawn from the summary and the exemplars' pictures; no word of their own.

``catalogue`` names them, ``output`` writes them, ``arrays`` has the pictures, ``words`` and
``labels`` the language. Each figure is one module with ``draw(summary, pictures, words) -> Drawing
| None``; None says that there is nothing to show. A figure shows what the summary says and computes
nothing itself: it reads no table, takes no median and chooses no runs. To add one: a new module,
its line in ``catalogue.FIGURES``, its labels in ``figures.toml`` of every language.
"""
