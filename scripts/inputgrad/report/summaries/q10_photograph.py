"""Question 10: class visualisation that starts from a photograph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inputgrad.report.summaries.codes import Standing, Trend, trend
from inputgrad.report.summaries.data import Data
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.key_number import KeyNumber, first_measured
from inputgrad.report.summaries.named import Named, Witness, named, witness
from inputgrad.report.summaries.recognition import Recognised
from inputgrad.report.summaries.visualization import Ascent
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.medians import median


@dataclass(frozen=True, slots=True)
class PhotographRow:
    """One class in one model, from one picture; `noise_*`: the end of the main run from noise.

    `file` is its base name, or how the run names a picture that is not of the sample; then its
    label is not known. `l2` and `ssim` tell the end from the start, and `change_*` where they
    differ: rank correlation over coarse cells with the start's saliency map, and with a spot in
    the middle. `*_start` are None where no snapshot shows the picture itself; None: not measured.
    """

    model: str
    run: str
    class_index: int
    file: str
    photograph_label: int | None
    iterations: int
    probability_start: float | None
    probability_end: float | None
    recognised: bool | None
    variation_start: float | None
    variation_end: float | None
    l2: float | None
    ssim: float | None
    named: Named | None
    witness: Witness | None
    change_map: float | None
    change_centre: float | None
    noise_probability: float | None
    noise_variation: float | None

    @property
    def own_class(self) -> bool:
        """Whether the ascent goes toward the photograph's label."""
        return self.photograph_label == self.class_index

    @property
    def left_class(self) -> int | None:
        """The photograph's label, where it is known and the ascent goes toward another class."""
        return None if self.own_class else self.photograph_label


@dataclass(frozen=True, slots=True)
class ModelRow:
    """Medians over the photographs of one model that went toward their own class, or over all.

    Over all only where none did. `variation` and `noise_variation` are of the same classes where
    there are such. `witness`: what another network says of them; None where none was asked, or of
    others as well.
    """

    model: str
    n: int
    own_class: bool
    witness: Recognised | None
    start: Estimate
    end: Estimate
    variation: Estimate
    ssim: Estimate
    change_map: Estimate
    change_centre: Estimate
    noise_probability: Estimate
    noise_variation: Estimate

    @property
    def trend(self) -> Trend:
        """Where the median probability goes from the photograph to the end."""
        return trend(self.start, self.end, "percent")

    @property
    def place(self) -> Trend:
        """RISES: the change lies more where the photograph's map does than a spot in the middle."""
        return trend(self.change_centre, self.change_map, "real")

    @property
    def witnessed(self) -> Standing:
        """For more or fewer pictures than half of them it rises in another network."""
        if self.witness is None or not self.witness.surer.n:
            return Standing.NOT_MEASURED
        surer, n = self.witness.surer.count, self.witness.surer.n
        if 2 * surer == n:
            return Standing.MEETING
        return Standing.ABOVE if 2 * surer > n else Standing.BELOW


@dataclass(frozen=True, slots=True)
class Answer:
    """Every run that starts from a photograph, by model and class, and by model."""

    rows: tuple[PhotographRow, ...]
    models: tuple[ModelRow, ...]

    @property
    def key(self) -> KeyNumber | None:
        """How probable the class is at the end, in the first model where that was measured."""
        found = (KeyNumber("probability", row.model, row.end) for row in self.models)
        return first_measured(*found)

    @property
    def own_class_runs(self) -> int:
        """Rows that go toward the photograph's own class."""
        return sum(row.own_class for row in self.rows)

    @property
    def iterations(self) -> int | None:
        """How many each of them makes, where all make as many."""
        numbers = {row.iterations for row in self.rows}
        return numbers.pop() if len(numbers) == 1 else None

    @property
    def to_another(self) -> tuple[PhotographRow, ...]:
        """Rows that go toward another class than the photograph's, as far as both are known."""
        known = (row for row in self.rows if row.probability_end is not None)
        return tuple(row for row in known if row.left_class is not None)


def answer(evidence: Evidence) -> Answer:
    """Runs from a photograph in every model."""
    by_model = {model: _rows(evidence, model) for model in evidence.data.models}
    return Answer(
        tuple(row for rows in by_model.values() for row in rows),
        tuple(_model_row(evidence, model, rows) for model, rows in by_model.items() if rows),
    )


def _model_row(evidence: Evidence, model: str, every: list[PhotographRow]) -> ModelRow:
    own = [row for row in every if row.own_class]
    rows = own or every
    both = [row for row in rows if None not in (row.variation_end, row.noise_variation)] or rows
    placed = [row for row in rows if None not in (row.change_map, row.change_centre)]
    return ModelRow(
        model=model,
        n=len(rows),
        own_class=bool(own),
        witness=_witness(evidence, model, own, every),
        start=_median(row.probability_start for row in rows),
        end=_median(row.probability_end for row in rows),
        variation=_median(row.variation_end for row in both),
        ssim=_median(row.ssim for row in rows),
        change_map=_median(row.change_map for row in placed),
        change_centre=_median(row.change_centre for row in placed),
        noise_probability=_median(row.noise_probability for row in rows),
        noise_variation=_median(row.noise_variation for row in both),
    )


def _witness(
    evidence: Evidence, model: str, own: list[PhotographRow], every: list[PhotographRow]
) -> Recognised | None:
    """The first other network that judged a run whose photographs all went to their own class."""
    mixed = {row.run for row in every if not row.own_class}
    judged = (
        seen
        for run in dict.fromkeys(row.run for row in own)
        if run not in mixed and run in evidence.recognitions
        for seen in evidence.recognitions[run].between
        if seen.source == model
    )
    return next(judged, None)


def _median(values: Iterable[float | None]) -> Estimate:
    return median([value for value in values if value is not None])


def _rows(evidence: Evidence, model: str) -> list[PhotographRow]:
    main = {a.class_index: a for a in evidence.drawn[model] if a.start is None}
    return [
        _row(evidence, ascent, ascent.start, main.get(ascent.class_index))
        for ascent in evidence.ascents[model]
        if ascent.start is not None
    ]


def _row(evidence: Evidence, ascent: Ascent, start: str, noise: Ascent | None) -> PhotographRow:
    file, label = _photograph(evidence.data, start)
    first, last = ascent.snapshots[0], ascent.last
    start_kept = first.iteration == 0
    return PhotographRow(
        model=ascent.model,
        run=ascent.run,
        class_index=ascent.class_index,
        file=file,
        photograph_label=label,
        iterations=last.iteration,
        probability_start=first.probability if start_kept else None,
        probability_end=last.probability,
        recognised=last.recognised,
        variation_start=first.total_variation if start_kept else None,
        variation_end=last.total_variation,
        l2=last.l2_from_start,
        ssim=last.ssim_to_start,
        named=named(evidence.recognitions, ascent),
        witness=witness(evidence.recognitions, ascent),
        change_map=last.change_map,
        change_centre=last.change_centre,
        noise_probability=None if noise is None else noise.last.probability,
        noise_variation=None if noise is None else noise.last.total_variation,
    )


def _photograph(data: Data, image_id: str) -> tuple[str, int | None]:
    """File name and label of a photograph; the name as given where it is not of the sample."""
    photographs = data.tables["photographs"].set_index("image_id")
    if image_id not in photographs.index:
        return image_id, None
    row = photographs.loc[image_id]
    return str(row["file"]), int(row["label"])
