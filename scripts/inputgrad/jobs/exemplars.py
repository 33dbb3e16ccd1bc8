"""The photographs by which figures show runs: which ones, and their arrays.

They are chosen by a fixed rule from the tables (`tables.gathering.choose_exemplars`), for every run
that the configuration names for display. Their arrays are read where the batch's cells keep them,
and else computed for these photographs alone, by the cells' own code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from inputgrad.cells.cell import Cell
from inputgrad.cells.plan import Plan
from inputgrad.engine.records import Run
from inputgrad.jobs.complete import complete
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.keeping import FOR_FIGURES
from inputgrad.photographs.index import BatchImage
from inputgrad.tables.gathering import (
    BESIDE_COLUMNS,
    Exemplars,
    choose_beside,
    choose_exemplars,
)
from inputgrad.tables.schema import tables

SHOWN = ("saliency", "adversarial")
CHOSEN_BY = "chosen_by"
BESIDE = ("occlusion", "grad_cam")  # methods that figures put beside the main run
LIKENESS = "likeness"  # table that says which photographs are shown beside pictures of classes
ARRAYS = {"predictions": "photograph", "saliency": "map", "adversarial": "image"}


def choosing_columns(plan: Plan) -> dict[str, list[str]]:
    """Table -> the columns that decide which photographs are shown."""
    by = {technique: getattr(plan.config, technique).shown_by for technique in SHOWN}
    return {
        "predictions": ["image_id", "correct"],
        LIKENESS: list(BESIDE_COLUMNS),
        "saliency": ["image_id", "model", "run", by["saliency"]],
        "adversarial": list(
            dict.fromkeys(
                ["image_id", "model", "run", "target_policy", "success", by["adversarial"]]
            )
        ),
    }


def choose(plan: Plan, found: Mapping[str, pa.Table]) -> Exemplars:
    """Technique -> run that is shown -> its exemplars, by its rows for the first model.

    Of class visualisation those that are shown beside the pictures of the first run.
    """
    chosen = {
        technique: {
            run.name: _chosen(plan, technique, run, found) for run in shown_runs(plan, technique)
        }
        for technique in SHOWN
    }
    beside = found.get(LIKENESS)
    if beside is not None and len(beside):
        run, lead = plan.runs["class_visualization"][0].name, next(iter(plan.config.models))
        chosen["class_visualization"] = {run: choose_beside(beside, lead=lead, run=run)}
    return chosen


def shown_runs(plan: Plan, technique: str) -> list[Run]:
    """Runs that are displayed: those configured, by default the first."""
    named = getattr(plan.config, technique).shown or [plan.runs[technique][0].name]
    return [run for run in plan.runs[technique] if run.name in named]


def _chosen(plan: Plan, technique: str, run: Run, found: Mapping[str, pa.Table]) -> list[str]:
    rows, config = found[technique], plan.config
    wanted = {"model": next(iter(config.models)), "run": run.name}
    if technique == "adversarial":
        wanted["target_policy"] = config.adversarial.compared_policy
    for column, value in wanted.items():
        rows = rows.filter(pc.equal(rows[column], value))
    by = getattr(config, technique).shown_by
    higher = tables()[technique].columns[by].better == "higher"
    return choose_exemplars(
        rows, found["predictions"], by=by, higher_is_better=higher, n=config.images.exemplars
    )


def as_json(plan: Plan, found: Mapping[str, pa.Table]) -> str:
    """The exemplars as JSON, and the column by which those of a technique were chosen, if any."""
    exemplars = choose(plan, found)
    columns = {technique: getattr(plan.config, technique).shown_by for technique in SHOWN}
    chosen_by = {t: by for t, by in columns.items() if found[t][by].null_count < len(found[t])}
    return json.dumps({**exemplars, CHOSEN_BY: chosen_by}, indent=1) + "\n"


def from_json(text: str) -> Exemplars:
    """The exemplars that `as_json` wrote; none where another version wrote the text."""
    content: Any = json.loads(text)
    if not isinstance(content, dict):
        return {}
    return {technique: runs for technique, runs in content.items() if technique != CHOSEN_BY}


def image_ids(exemplars: Exemplars) -> list[str]:
    """Every photograph that is shown for some run, each once."""
    return sorted({i for runs in exemplars.values() for own in runs.values() for i in own})


def collect(dag: Dag, model: str, exemplars: Exemplars) -> dict[str, NDArray[Any]]:
    """Arrays of one model's exemplars, by name as the figures ask for them.

    `photograph/<image_id>`, `saliency/<run>/<image_id>`,
    `adversarial/<run>/<target_policy>/<image_id>`; what an attack left out is absent. Of measures
    that have something to look at, `<kind>/<run>/<name>`, where it is kept: `mosaic/<run>/maps`.
    """
    found: dict[str, NDArray[Any]] = {}
    for cell, image in wanted_cells(dag, model, exemplars):
        if not dag.store.has_arrays(cell):
            complete(dag.plan, dag.store, [cell], [image], keeping=FOR_FIGURES)
        array = dag.store.array(cell, f"{image.image_id}/{ARRAYS[cell.table]}")
        if array is not None:
            found[_name(cell, image.image_id)] = array
    return found | _measured(dag, model)


def _measured(dag: Dag, model: str) -> dict[str, NDArray[Any]]:
    """What measures of the shown maps have kept, each in the first batch where it has any."""
    shown = {run.name for run in shown_runs(dag.plan, "saliency")}
    kept: dict[tuple[str, str], Mapping[str, NDArray[Any]]] = {}
    for batch in dag.index().batches:
        for cell in dag.batch_cells("saliency", model, batch):
            if cell.run in shown and cell is not cell.base and not kept.get((cell.run, cell.name)):
                kept[cell.run, cell.name] = dag.store.arrays(cell)
    found: dict[str, NDArray[Any]] = {}
    for (run, _), arrays in kept.items():
        for name, array in arrays.items():
            _, kind, own = name.split("/")
            found[f"{kind}/{run}/{own}"] = array
    return found


def _name(cell: Cell, image_id: str) -> str:
    if cell.table == "predictions":
        return f"photograph/{image_id}"
    policy = [cell.recipe["target_policy"]] if "target_policy" in cell.recipe else []
    return "/".join([cell.table, cell.run, *policy, image_id])


def wanted_cells(dag: Dag, model: str, exemplars: Exemplars) -> Iterator[tuple[Cell, BatchImage]]:
    """The method's cells that hold the exemplars' arrays: a batch's where kept, else their own."""
    runs: dict[str, dict[str, list[str]]] = {"predictions": {"predict": image_ids(exemplars)}}
    runs |= {table: dict(own) for table, own in exemplars.items() if table in SHOWN}
    runs["saliency"] = _with_beside(dag.plan, runs.get("saliency", {}))
    if model == dag.models[0]:  # the one whose ascents from photographs are shown
        runs["saliency"] = _with_starts(dag, model, runs["saliency"])
    batches = {image.image_id: image.batch for image in dag.index().images}
    placed = {image.image_id: image for image in dag.located()}
    for table, by_run in runs.items():
        for run, own in by_run.items():
            for image_id in own:
                if image_id in placed:
                    image = placed[image_id]
                    whole = dag.batch_cells(table, model, batches[image_id])
                    alone = dag.cells_alone(table, model, image)
                    cell = _shown_cell(dag, table, run, whole)
                    if not dag.store.has_arrays(cell):
                        cell = _shown_cell(dag, table, run, alone)
                    yield cell, image


def _with_beside(plan: Plan, shown: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The runs that are shown, and those of `BESIDE` for the exemplars of the first of them.

    Figures put them beside its maps: what blanking each part costs, and Grad-CAM layer by layer.
    """
    first = next(iter(shown.values()), [])
    beside = [run.name for run in plan.runs["saliency"] if run.method in BESIDE]
    return {name: list(dict.fromkeys([*shown.get(name, []), *first])) for name in beside} | {
        name: own for name, own in shown.items() if name not in beside
    }


def _with_starts(dag: Dag, model: str, shown: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The runs that are shown, the first also for the photographs that ascents start from."""
    groups = (cell for group in dag.groups for cell in dag.group_cells(model, group))
    starts = [str(start) for cell in groups if cell is cell.base for _, start in cell.items]
    first = shown_runs(dag.plan, "saliency")[0].name
    return {**shown, first: list(dict.fromkeys([*shown.get(first, []), *starts]))}


def _shown_cell(dag: Dag, table: str, run: str, cells: Iterable[Cell]) -> Cell:
    """The method's cell of a run; of an attack that of the compared policy."""
    own = [cell for cell in cells if cell is cell.base and cell.run == run]
    if table == "adversarial":
        policy = dag.config.adversarial.compared_policy
        own = [cell for cell in own if cell.recipe["target_policy"] == policy]
    return own[0]
