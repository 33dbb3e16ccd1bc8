"""Q9: one class under every comparable step size (down) and weight of the penalty (across)."""

from __future__ import annotations

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.drawing import Drawing
from inputgrad.report.figures.settings_grid import settings_grid
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.summary import Summary


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """Last images of the leading model under the settings that the summary compares."""
    lead = summary.context.model_names[0]
    main = next((row for row in summary.visualizations if row.model == lead), None)
    return settings_grid(
        summary.settings.get(lead),
        summary,
        pictures,
        words,
        titles=(words["eta_value"], words["lambda_value"]),
        names=("eta", "lambda"),
        own=(main.eta, main.weight) if main else None,
    )
