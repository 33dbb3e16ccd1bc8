"""Question 11: class visualisation of another network."""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.report.summaries.codes import Extent, Reached, Standing, extent, reached, standing
from inputgrad.report.summaries.comparisons import PrimaryComparison, Tally
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.key_number import KeyNumber, first_measured
from inputgrad.report.summaries.picture_contrasts import Contrasts, picture_contrasts
from inputgrad.report.summaries.recognition import Recognised, Recognition
from inputgrad.report.summaries.visualization import PLAIN, VisualizationRow, plain_run


@dataclass(frozen=True, slots=True)
class Answer:
    """The main run at its end by model, every pair of models compared, and who recognises what."""

    rows: tuple[VisualizationRow, ...]
    comparisons: tuple[PrimaryComparison, ...]
    tally: Tally
    recognition: Recognition | None
    contrasts: Contrasts | None

    @property
    def pair(self) -> Recognised | None:
        """The first model's pictures before the first other one; None where none was judged."""
        return next(iter(self.recognition.between), None) if self.recognition else None

    @property
    def key(self) -> KeyNumber | None:
        """Share of these pictures in which the other model names the class."""
        if self.pair is None:
            return None
        settled = self.beside_floor is Standing.ABOVE
        return first_measured(KeyNumber("named", self.pair.source, self.pair.top1, settled))

    @property
    def beside_floor(self) -> Standing:
        """That share beside the share of the starts."""
        if self.pair is None:
            return Standing.NOT_MEASURED
        return standing(self.pair.top1, self.pair.floor_top1)

    @property
    def surer(self) -> Reached:
        """In how many of these pictures the class is more probable than in their starts."""
        return Reached.NOT_MEASURED if self.pair is None else reached(self.pair.surer)

    @property
    def saturated(self) -> bool:
        """Whether nothing that is compared can tell the models apart, being at its top in all."""
        return bool(self.comparisons) and all(row.saturated for row in self.comparisons)

    @property
    def extent(self) -> Extent:
        """How many networks have visualisations."""
        return extent(self.rows)


def answer(evidence: Evidence) -> Answer:
    """Visualised classes of the models side by side."""
    return Answer(
        evidence.visualizations,
        evidence.comparisons.of("class_visualization"),
        evidence.comparisons.tally("class_visualization"),
        evidence.recognitions.get(evidence.data.context.main_runs["class_visualization"]),
        picture_contrasts(evidence.data, _plain(evidence)),
    )


def _plain(evidence: Evidence) -> str | None:
    """The run of the practical work's own rule, where the main run is by another one."""
    context = evidence.data.context
    main = context.main_runs["class_visualization"]
    if context.settings["class_visualization"][main]["method"] == PLAIN:
        return None
    drawn = (ascent for model in context.model_names for ascent in evidence.ascents[model])
    return plain_run(drawn, main)
