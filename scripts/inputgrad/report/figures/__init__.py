"""The report's figures, drawn from tables and exemplar arrays; no words but labels.

``data`` is what the figures are drawn from, ``catalogue`` names them, ``output`` writes them. Each
figure is one module with ``draw(data) -> Drawing | None``; None says that there is nothing to show.
To add one: a new module, its line in ``catalogue.FIGURES``, its labels in ``labels.LABELS``.
"""
