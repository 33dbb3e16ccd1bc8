"""Question 8: class visualisation, shown and explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries.codes import Reached, Standing, reached, standing
from inputgrad.report.summaries.data import median_of
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.key_number import KeyNumber, first_measured
from inputgrad.report.summaries.likeness import Likeness
from inputgrad.report.summaries.named import Named, named, share_among_first, share_named
from inputgrad.report.summaries.visualization import VisualizationRow, last_row, plain_run
from inputgrad.statistics.estimates import Estimate

VARIATION = "total_variation"


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class at the end of the main run in one model; None: not measured."""

    class_index: int
    score: float | None
    probability: float | None
    recognised: bool | None
    named: Named | None


@dataclass(frozen=True, slots=True)
class PlainRule:
    """A run by the practical work's own rule, beside the main run of the first network.

    `named` is the share of its cases, a picture and another network, in which the class is named;
    `row` are its pictures at the end.
    """

    row: VisualizationRow
    named: Estimate

    @property
    def reached(self) -> Reached:
        """In how many of the cases other networks name the class."""
        return reached(self.named)


@dataclass(frozen=True, slots=True)
class Answer:
    """The main run at its end by model, and by model and class.

    `named`: model -> share of pairs (picture of the model, other network) that are recognised,
    `among_five`: in which the class is among the first five.
    `photographs`: model -> the sample's total variation as it takes it. `likenesses`: pictures of
    the first network beside photographs, in every network, its own view first. `plain`: the
    practical work's own rule in the first network, where it is another run.
    """

    rows: tuple[VisualizationRow, ...]
    classes: Mapping[str, tuple[ClassRow, ...]]
    named: Mapping[str, Estimate]
    among_five: Mapping[str, Estimate]
    photographs: Mapping[str, Estimate]
    likenesses: tuple[Likeness, ...]
    plain: PlainRule | None

    @property
    def key(self) -> KeyNumber | None:
        """Share of the first model's pictures that others name, else that it names itself."""
        if not self.rows:
            return None
        row = self.rows[0]
        return first_measured(
            KeyNumber("named", row.model, self.named[row.model]),
            KeyNumber("recognised", row.model, row.recognised),
        )

    @property
    def roughness(self) -> Mapping[str, Standing]:
        """The variation of each model's pictures beside that of the photographs."""
        return {
            row.model: standing(row.total_variation, self.photographs[row.model])
            for row in self.rows
        }

    @property
    def judged(self) -> tuple[str, ...]:
        """Models whose pictures another network has judged."""
        return tuple(model for model, share in self.named.items() if share.n)

    @property
    def verdicts(self) -> Mapping[str, Reached]:
        """How many pictures of a model other networks name."""
        return {model: reached(share) for model, share in self.named.items()}


def answer(evidence: Evidence) -> Answer:
    """Visualised classes in every model."""
    rows, found = evidence.visualizations, evidence.recognitions
    return Answer(
        rows,
        {row.model: _classes(evidence, row.model) for row in rows},
        {row.model: share_named(found, row.run, row.model) for row in rows},
        {row.model: share_among_first(found, row.run, row.model) for row in rows},
        {
            row.model: median_of(evidence.data.of_model("predictions", row.model), VARIATION)
            for row in rows
        },
        _lead_first(evidence),
        _plain(evidence, rows[0].model) if rows else None,
    )


def _plain(evidence: Evidence, model: str) -> PlainRule | None:
    main = evidence.data.context.main_runs["class_visualization"]
    run = plain_run(evidence.ascents[model], main)
    if run is None:
        return None
    row = last_row(evidence.data, model, run)
    return PlainRule(row, share_named(evidence.recognitions, run, model))


def _lead_first(evidence: Evidence) -> tuple[Likeness, ...]:
    lead = evidence.visualizations[0].model if evidence.visualizations else None
    found = [one for one in evidence.likenesses if one.source == lead]
    return tuple(sorted(found, key=lambda one: not one.own))


def _classes(evidence: Evidence, model: str) -> tuple[ClassRow, ...]:
    return tuple(
        ClassRow(
            a.class_index,
            a.last.score,
            a.last.probability,
            a.last.recognised,
            named(evidence.recognitions, a),
        )
        for a in evidence.drawn[model]
    )
