"""Question 9: iterations, step size and weight of class visualisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries import codes
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.ingredients import Ingredients, ingredients
from inputgrad.report.summaries.key_number import KeyNumber, first_measured
from inputgrad.report.summaries.levers import Levers, levers
from inputgrad.report.summaries.named import share_named, surest
from inputgrad.report.summaries.recommendation import Advice, Recommendation, recommend
from inputgrad.report.summaries.visualization import (
    Settings,
    VisualizationRow,
    progress_rows,
    run_rows,
)
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.rates import rate

HALF = 0.5

Rows = Mapping[str, tuple[VisualizationRow, ...]]


@dataclass(frozen=True, slots=True)
class Longer:
    """Shares of the main run's pictures that are named: of the settings' classes, and of all."""

    like: Estimate
    all: Estimate

    @property
    def reached(self) -> codes.Reached:
        """How many of all its pictures are named."""
        return codes.reached(self.all)


@dataclass(frozen=True, slots=True)
class Answer:
    """By model: the main run along its snapshots, and every setting at its end.

    `by_eta` are the settings with the main run's weight, `by_weight` those with its step size.
    `runs` are those from noise that drew the main run's classes, the main run first. `named` and
    `surest` are by run and model: the share of pictures that other networks name, and how sure
    they are of the class; `own_named` is the share, over all settings, that their own network
    names. `halfway` is the first snapshot at which the median probability exceeds one half, or
    None. `levers` are what each of the three does. `advice` is on step size and weight,
    `restraints` are the blurs and shifts that were compared, `restrained` the advice on them.
    `ingredients` were taken out one at a time.
    """

    progress: Rows
    settings: Rows
    by_eta: Rows
    by_weight: Rows
    runs: Rows
    named: Mapping[tuple[str, str], Estimate]
    own_named: Mapping[str, Estimate]
    surest: Mapping[tuple[str, str], float | None]
    halfway: Mapping[str, int | None]
    levers: Mapping[str, Levers]
    advice: Mapping[str, Recommendation]
    longer: Mapping[str, Longer]
    restraints: Mapping[str, Settings]
    restrained: Mapping[str, Recommendation]
    ingredients: Ingredients | None

    @property
    def key(self) -> KeyNumber | None:
        """Share of the pictures of the best setting that others name, else of the main run."""
        for model, rows in self.progress.items():
            best = self.advice.get(model)
            runs = [one.run for one in (best, rows[-1]) if one is not None]
            shares = [self.named[run, model] for run in runs if (run, model) in self.named]
            settled = best is None or best.settled
            end = KeyNumber("probability", model, rows[-1].probability, settled)
            return first_measured(*(KeyNumber("named", model, s, settled) for s in shares), end)
        return None

    @property
    def shorter(self) -> Mapping[str, bool]:
        """Whether the settings end before the main run does, by model."""
        return {
            model: bool(rows) and rows[0].iteration < self.progress[model][-1].iteration
            for model, rows in self.settings.items()
        }

    @property
    def advised(self) -> Mapping[str, Recommendation]:
        """The advice that other networks' verdicts give, by model."""
        return {
            model: one
            for model, one in self.advice.items()
            if one.own_named is not None or one.advice is Advice.ALIKE
        }

    @property
    def progress_extents(self) -> Mapping[str, codes.Extent]:
        """How many snapshots each model has."""
        return _extents(self.progress)

    @property
    def extents(self) -> Mapping[str, codes.Extent]:
        """How many settings of step size and weight each model has."""
        return _extents(self.settings)

    @property
    def run_extents(self) -> Mapping[str, codes.Extent]:
        """How many runs of each model can be laid beside the main run."""
        return _extents(self.runs)

    @property
    def eta_extents(self) -> Mapping[str, codes.Extent]:
        """How many step sizes each model has at the main run's weight."""
        return _extents(self.by_eta)

    @property
    def weight_extents(self) -> Mapping[str, codes.Extent]:
        """How many weights each model has at the main run's step size."""
        return _extents(self.by_weight)

    @property
    def trends(self) -> Mapping[str, codes.Trend]:
        """Where the median score goes from the first snapshot to the last."""
        return {
            m: codes.trend(rows[0].score, rows[-1].score, "real")
            for m, rows in self.progress.items()
        }

    @property
    def half_reached(self) -> Mapping[str, codes.Occurrence]:
        """Whether the median probability exceeds one half in any snapshot."""
        return {m: codes.occurrence(at is not None) for m, at in self.halfway.items()}


def answer(evidence: Evidence) -> Answer:
    """Effect of iterations, step size and weight in every model."""
    mains = {row.model: row for row in evidence.visualizations}
    progress = {model: progress_rows(evidence.data, model) for model in mains}
    found = evidence.settings
    settings = {model: found[model].rows if model in found else () for model in mains}
    keys = [(run, model) for model in mains for run in evidence.recognitions]
    lacking = ingredients(evidence.data, evidence.recognitions)
    without = lacking.runs if lacking else ()
    several = {m: one for m, one in found.items() if m in mains and one.rows[1:]}
    restrained = {m: one for m, one in evidence.restraints.items() if m in mains and one.rows[1:]}
    by_eta = {
        m: tuple(r for r in rows if r.weight == mains[m].weight) for m, rows in settings.items()
    }
    by_weight = {m: tuple(r for r in rows if r.eta == mains[m].eta) for m, rows in settings.items()}
    advice = {
        model: recommend(evidence.recognitions, model, one, (mains[model].eta, mains[model].weight))
        for model, one in several.items()
    }
    return Answer(
        progress,
        settings,
        by_eta,
        by_weight,
        {model: run_rows(evidence.data, model, without=without) for model in mains},
        {key: share_named(evidence.recognitions, *key) for key in keys},
        _own_named(settings),
        {key: surest(evidence.recognitions, *key) for key in keys},
        {model: _halfway(rows) for model, rows in progress.items()},
        {m: levers(m, iterations=progress[m], eta=by_eta[m], weight=by_weight[m]) for m in mains},
        advice,
        _longer(evidence, progress, several, advice),
        restrained,
        {
            model: recommend(evidence.recognitions, model, one, _restraints_of(evidence, one))
            for model, one in restrained.items()
        },
        lacking,
    )


def _longer(
    evidence: Evidence,
    progress: Rows,
    settings: Mapping[str, Settings],
    advice: Mapping[str, Recommendation],
) -> Mapping[str, Longer]:
    """How often a main run is named that goes on for longer than its settings.

    Only where some of the settings' classes are, and nothing is under any of those settings.
    """
    found, judged = {}, evidence.recognitions
    for model, one in settings.items():
        last = progress[model][-1]
        if one.rows[0].iteration < last.iteration and advice[model].reached == codes.Reached.NONE:
            like = share_named(judged, last.run, model, like=one.rows[0].run)
            found[model] = Longer(like, share_named(judged, last.run, model))
    return {model: both for model, both in found.items() if both.like.estimate}


def _restraints_of(evidence: Evidence, settings: Settings) -> tuple[float, float] | None:
    """Blur and shift of the first run of the method that was compared."""
    chosen = evidence.data.context.settings["class_visualization"]
    method = settings.ascents[0].method
    first = next(run for run in chosen.values() if run["method"] == method)
    return float(first["blur_sigma"]), float(first["shift"])


def _own_named(settings: Rows) -> Mapping[str, Estimate]:
    """Share of the pictures of all settings that their own network names, where that is known."""
    found = {model: [row.recognised for row in rows] for model, rows in settings.items()}
    pooled = {m: (sum(s.count for s in own), sum(s.n for s in own)) for m, own in found.items()}
    return {model: rate(count, n) for model, (count, n) in pooled.items() if n}


def _extents(rows: Rows) -> Mapping[str, codes.Extent]:
    return {model: codes.extent(found) for model, found in rows.items()}


def _halfway(rows: tuple[VisualizationRow, ...]) -> int | None:
    above = (row.iteration for row in rows if (row.probability.estimate or 0.0) > HALF)
    return next(above, None)
