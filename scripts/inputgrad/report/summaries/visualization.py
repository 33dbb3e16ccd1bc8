"""What class visualisation reaches in each model: at the end, along the way, by its settings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from inputgrad.hashing import canonical_json
from inputgrad.report.summaries.codes import Start, Stretch, Trend, stretch, trend
from inputgrad.report.summaries.data import (
    Data,
    flag,
    last_snapshots,
    median_of,
    number,
    rate_of,
)
from inputgrad.statistics.estimates import Estimate

FROM_NOISE = "noise"
PLAIN = "practical"  # the method that is the practical work's rule
RESTRAINTS = ("blur_sigma", "shift")
ASIDES = ("classes", "snapshots", "init_img")  # what comparable runs may always differ in


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The image of a class after so many iterations, judged as printed; None: not measured.

    `change_*`: Spearman of where it differs from its photograph, with that one's saliency map and
    with a spot in the middle.
    """

    iteration: int
    score: float | None
    probability: float | None
    recognised: bool | None
    total_variation: float | None
    l2_from_start: float | None
    ssim_to_start: float | None
    change_map: float | None
    change_centre: float | None


@dataclass(frozen=True, slots=True)
class Ascent:
    """One class in one run and model, its snapshots by rising iteration.

    `start` is the picture that it starts from, by its image_id or its name, and None for noise.
    """

    model: str
    run: str
    method: str
    class_index: int
    eta: float
    weight: float
    start: str | None
    iterations: int
    snapshots: tuple[Snapshot, ...]

    @property
    def last(self) -> Snapshot:
        """The image at the end."""
        return self.snapshots[-1]


@dataclass(frozen=True, slots=True)
class VisualizationRow:
    """Classes of one run in one model at one iteration.

    `decides`: share of the classes whose score drops more where the most salient fifth is blurred
    than where the same mask lies elsewhere; `shifted` to `resized`: probability after that change.
    """

    model: str
    run: str
    start: Start
    eta: float
    weight: float
    iteration: int
    n: int
    recognised: Estimate
    probability: Estimate
    score: Estimate
    l2: Estimate
    total_variation: Estimate
    half_mass_share: Estimate
    lowest: Estimate
    highest: Estimate
    high_frequency_share: Estimate
    drop_decisive: Estimate
    drop_elsewhere: Estimate
    decides: Estimate
    shifted: Estimate
    blurred: Estimate
    jpeg: Estimate
    resized: Estimate

    @property
    def stretch(self) -> Stretch:
        """Whether min-max rescaling changes such a picture."""
        return stretch(self.lowest, self.highest)

    @property
    def resizing(self) -> Trend:
        """Where halving and enlarging the pictures takes the probability."""
        return trend(self.probability, self.resized, "percent")


@dataclass(frozen=True, slots=True)
class Settings:
    """Runs from noise of one model that differ in two parameters alone, at their end.

    `values` are those of the two, ascending, such as step size and weight. `rows` are over the
    classes that all these runs drew; `ascents` are one class, `class_index`, under each of them,
    both in the order of the values.
    """

    class_index: int
    values: tuple[tuple[float, float], ...]
    rows: tuple[VisualizationRow, ...]
    ascents: tuple[Ascent, ...]


def ascents(data: Data) -> Mapping[str, tuple[Ascent, ...]]:
    """Model -> all its ascents by run, in the order of the configuration, and by class."""
    runs = data.context.runs["class_visualization"]
    found: dict[str, tuple[Ascent, ...]] = {}
    for model in data.models:
        rows = data.of_model("class_visualization", model)
        rows = rows[rows["run"].isin(runs)].sort_values("iteration")
        every = [_ascent(model, group) for _, group in rows.groupby(["run", "class_index"])]
        found[model] = tuple(sorted(every, key=lambda a: (runs.index(a.run), a.class_index)))
    return found


def visualization_rows(data: Data) -> tuple[VisualizationRow, ...]:
    """The main run at its end in every model, in the order of the configuration."""
    found = ((m, last_snapshots(data.main("class_visualization", m))) for m in data.models)
    return tuple(_row(model, rows) for model, rows in found if len(rows))


def progress_rows(data: Data, model: str) -> tuple[VisualizationRow, ...]:
    """The main run by snapshot, from the start to the end."""
    rows = data.main("class_visualization", model)
    return tuple(_row(model, group) for _, group in rows.groupby("iteration"))


def plain_run(drawn: Iterable[Ascent], main: str) -> str | None:
    """The first run but the main one that climbs from noise by the practical work's own rule."""
    found = (a.run for a in drawn if a.method == PLAIN and a.start is None and a.run != main)
    return next(found, None)


def settings(data: Data, model: str, drawn: tuple[Ascent, ...]) -> Settings | None:
    """The step sizes and weights of a model that can be compared, or None."""
    return _comparable(data, model, drawn, ("eta", "lambda"), lambda a: (a.eta, a.weight))


def restraints(data: Data, model: str, drawn: tuple[Ascent, ...]) -> Settings | None:
    """The blurs and shifts of a model that can be compared, or None."""
    chosen = data.context.settings["class_visualization"]

    def values(ascent: Ascent) -> tuple[float, float] | None:
        blur, shift = (chosen[ascent.run].get(name) for name in RESTRAINTS)
        return None if blur is None or shift is None else (float(blur), float(shift))

    return _comparable(data, model, drawn, RESTRAINTS, values)


def _comparable(
    data: Data,
    model: str,
    drawn: tuple[Ascent, ...],
    varied: tuple[str, str],
    values: Callable[[Ascent], tuple[float, float] | None],
) -> Settings | None:
    """Runs that differ in two parameters alone, or None where nothing started from noise.

    Comparable are runs that are otherwise alike and drew one class; the largest such set is taken,
    before equally large ones that of the main run and of the first class. Where two runs have the
    same values, the first one counts.
    """
    sets: dict[tuple[str, int], dict[tuple[float, float], Ascent]] = {}
    for ascent in drawn:
        if ascent.start is None and (own := values(ascent)) is not None:
            alike = sets.setdefault((_fixed(data, ascent, varied), ascent.class_index), {})
            alike.setdefault(own, ascent)
    if not sets:
        return None
    main = data.context.main_runs["class_visualization"]

    def order(key: tuple[str, int]) -> tuple[int, bool, int]:
        chosen = sets[key]
        return -len(chosen), all(a.run != main for a in chosen.values()), key[1]

    best = min(sets, key=order)
    found = tuple(sorted(sets[best]))
    chosen = [sets[best][own] for own in found]
    rows = _rows_of(data, model, [ascent.run for ascent in chosen])
    return Settings(best[1], found, rows, tuple(chosen))


def run_rows(
    data: Data, model: str, *, without: Collection[str] = ()
) -> tuple[VisualizationRow, ...]:
    """The runs from noise that drew every class of the main run, each at its end on these classes.

    Those of `without` are left out, but for the main run. In the order of the configuration, so the
    main run comes first; none where it has no rows.
    """
    rows = last_snapshots(data.of_model("class_visualization", model))
    rows = rows[rows["init"].eq(FROM_NOISE)]
    main = data.context.main_runs["class_visualization"]
    rows = rows[~rows["run"].isin(set(without) - {main})]
    classes = set(rows.loc[rows["run"].eq(main), "class_index"])
    alike = rows[rows["class_index"].isin(classes)]
    drew = {run: found for run, found in alike.groupby("run") if len(found) == len(classes)}
    return tuple(
        _row(model, drew[run]) for run in data.context.runs["class_visualization"] if run in drew
    )


def last_row(data: Data, model: str, run: str) -> VisualizationRow:
    """All classes of one run (one or more) at their end."""
    return _row(model, last_snapshots(data.of_run("class_visualization", model, run)))


def _fixed(data: Data, ascent: Ascent, varied: tuple[str, str]) -> str:
    """All that comparable ascents have in common, as one text."""
    chosen = data.context.settings["class_visualization"][ascent.run]
    others = {name: value for name, value in chosen.items() if name not in ASIDES + varied}
    return canonical_json([ascent.method, ascent.iterations, others])


def _rows_of(data: Data, model: str, runs: list[str]) -> tuple[VisualizationRow, ...]:
    """One row for each run at its end, over the classes that all of them drew."""
    rows = last_snapshots(data.of_model("class_visualization", model))
    rows = rows[rows["run"].isin(runs) & rows["init"].eq(FROM_NOISE)]
    common = rows.groupby("class_index")["run"].transform("nunique") == len(runs)
    return tuple(_row(model, rows[common & (rows["run"] == run)]) for run in runs)


def _row(model: str, rows: pd.DataFrame) -> VisualizationRow:
    """Summary of the rows (one or more) of one run and iteration in one model."""
    first = rows.iloc[0]
    return VisualizationRow(
        model=model,
        run=str(first["run"]),
        start=Start.NOISE if first["init"] == FROM_NOISE else Start.PHOTOGRAPH,
        eta=float(first["eta"]),
        weight=float(first["lambda"]),
        iteration=int(first["iteration"]),
        n=len(rows),
        recognised=rate_of(rows.assign(hit=_recognised(rows)), "hit"),
        probability=median_of(rows, "probability"),
        score=median_of(rows, "score"),
        l2=median_of(rows, "l2"),
        total_variation=median_of(rows, "total_variation"),
        half_mass_share=median_of(rows, "half_mass_share"),
        lowest=median_of(rows, "lowest"),
        highest=median_of(rows, "highest"),
        high_frequency_share=median_of(rows, "high_frequency_share"),
        drop_decisive=median_of(rows, "drop_decisive"),
        drop_elsewhere=median_of(rows, "drop_elsewhere"),
        decides=rate_of(rows.assign(hit=_decides(rows)), "hit"),
        shifted=median_of(rows, "probability_shifted"),
        blurred=median_of(rows, "probability_blurred"),
        jpeg=median_of(rows, "probability_jpeg"),
        resized=median_of(rows, "probability_resized"),
    )


def _ascent(model: str, rows: pd.DataFrame) -> Ascent:
    """From the rows of one run and class by rising iteration."""
    first = rows.iloc[0]
    columns = (
        rows["iteration"], rows["score"], rows["probability"], _recognised(rows),
        rows["total_variation"], rows["l2_from_start"], rows["ssim_to_start"],
        rows["change_map_spearman"], rows["change_centre_spearman"],
    )  # fmt: skip
    return Ascent(
        model=model,
        run=str(first["run"]),
        method=str(first["method"]),
        class_index=int(first["class_index"]),
        eta=float(first["eta"]),
        weight=float(first["lambda"]),
        start=None if first["init"] == FROM_NOISE else str(first["init"]),
        iterations=int(rows["iterations"].iloc[-1]),
        snapshots=tuple(
            Snapshot(int(i), number(s), number(p), flag(hit), *map(number, others))
            for i, s, p, hit, *others in zip(*columns, strict=True)
        ),
    )


def _recognised(rows: pd.DataFrame) -> pd.Series:
    """Whether the network predicts the class that the image was made for; null: not measured."""
    hits = rows["prediction"].eq(rows["class_index"]).astype("boolean")
    return hits.where(rows["prediction"].notna())


def _decides(rows: pd.DataFrame) -> pd.Series:
    """Whether the decisive fifth matters more than the same mask elsewhere; null: not measured."""
    drops = rows[["drop_decisive", "drop_elsewhere"]].astype(float)
    more = drops["drop_decisive"].gt(drops["drop_elsewhere"]).astype("boolean")
    return more.where(drops.notna().all(axis=1))
