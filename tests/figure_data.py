"""Plausible tables and noise for pictures, as the pipeline would hand them to the figures."""

from __future__ import annotations

import dataclasses
import functools
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from inputgrad.photographs.classes import imagenet_classes
from inputgrad.places import TEMPLATES
from inputgrad.report.figures.arrays import Exemplars, Pictures
from inputgrad.report.figures.labels import load_labels
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.context import Context, ModelFacts
from inputgrad.report.summaries.summary import Summary, summarize
from inputgrad.tables import schema as tables
from synthetic_likeness import likeness_rows
from synthetic_recognition import recognition_rows
from synthetic_survival import survival_rows
from synthetic_tables import SETTINGS
from synthetic_transfer import transfer_rows

SIDE, SNAPSHOTS, BUDGET = 24, (0, 10, 20), 60
GRID_SIDE = 4  # of the cells of a map
GRID = {"main": (5.0, 0.001), "hot": (50.0, 0.001), "heavy": (5.0, 0.01)}
BLURRED = "blurred"  # differs from the main run in its blur alone
BESIDE: dict[str, dict[str, str]] = {  # runs of every material
    **{run: {"method": run} for run in ("occlusion", "random")},
    **{f"cam_{layer}": {"method": "grad_cam", "layer": layer} for layer in ("early", "last")},
}
QUESTIONS = ("map", "noisy", "runner_up", "other")
QUESTION_RHOS = (0.61, 0.72, 0.34)  # under noise, for the runner-up, for another class
MOSAIC_SHARES = (0.25, 0.5, np.nan, 0.75)
CONTROL = {"run": "random", "method": "random", "single_deletion": 0.01, "grid_pointing": 0.25}
WORDS = Words(load_labels(TEMPLATES, "en"), imagenet_classes().name)


@dataclasses.dataclass(frozen=True)
class Material:
    """Tables with their context, and pictures."""

    tables: Mapping[str, pd.DataFrame]
    context: Context
    pictures: Pictures

    @functools.cached_property
    def summary(self) -> Summary:
        return summarize(self.tables, context=self.context)


def photograph_rows(rng: np.random.Generator, image_id: str, model: str) -> dict[str, dict]:
    label = int(rng.integers(1000))
    key = {"image_id": image_id, "model": model, "label": label, "prediction": label}
    shares = {
        name: float(rng.uniform(0.1, 0.45))
        for name in (
            *("half_mass_share", "gini", "stability_spearman", "class_sensitivity"),
            *("runner_up_sensitivity", "single_deletion", "grid_pointing"),
        )
    }
    box = {"box_share": 0.25, "box_top": 2, "box_left": 4, "box_bottom": 14, "box_right": 16}
    measures = {"zero_gradient": False, "gradient_l2": 1.0, "score": 9.0}
    correct = {"correct": True, "confidence_label": 0.9}
    return {
        "predictions": key | correct | {"contrast": float(rng.uniform(0.05, 0.3))},
        "saliency": key | shares | box | measures | {"method": "gradient"},
    }


def cell_rows(image_id: str, model: str, run: str) -> list[dict[str, Any]]:
    """Shares of a map over a coarse grid, from a generator of their own."""
    seed = zlib.crc32(f"{image_id} {model}".encode())
    shares = np.random.default_rng(seed).random((GRID_SIDE, GRID_SIDE))
    keys = {"image_id": image_id, "model": model, "run": run}
    return [
        keys | {"cell_row": r, "cell_column": c, "cell_share": share}
        for (r, c), share in np.ndenumerate(shares / shares.sum())
    ]


def mosaic_arrays(rng: np.random.Generator, run: str) -> dict[str, Any]:
    return {
        f"mosaic/{run}/picture": rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8),
        f"mosaic/{run}/maps": rng.random((4, SIDE, SIDE), np.float32),
        f"mosaic/{run}/labels": np.array([1, 3, 130, 963]),
        f"mosaic/{run}/shares": np.array(MOSAIC_SHARES),
    }


def question_arrays(rng: np.random.Generator, run: str) -> dict[str, Any]:
    maps = rng.random((4, SIDE, SIDE), np.float32)
    return {
        f"questions/{run}/picture": rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8),
        **{f"questions/{run}/{n}": m for n, m in zip(QUESTIONS, maps, strict=True)},
        f"questions/{run}/classes": np.array([1, 3, 130]),
        f"questions/{run}/rhos": np.array(QUESTION_RHOS[1:]),
        f"questions/{run}/noisy_rho": np.array(QUESTION_RHOS[:1]),
    }


def attack_row(
    rng: np.random.Generator, image_id: str, model: str, run: str, eta: float
) -> dict[str, Any]:
    iterations = int(rng.integers(2, BUDGET + 1))
    reached = iterations < BUDGET
    return {
        "image_id": image_id, "model": model, "run": run, "target_policy": "random",
        "method": "ascent", "eta": eta, "budget": BUDGET, "label": 1, "prediction": 1,
        "attacked": True, "target": 7, "iterations": iterations, "censored": not reached,
        "predicted_iterations": float(rng.uniform(0.4, 30)), "success": reached,
        "success_png": reached and eta > 0.1, "changed_png": reached,
        "l2": 1.25 + eta, "gradient_evaluations": iterations, "rms_255": float(rng.uniform(0.2, 3)),
        "l2_png": 1.25, "confidence_label_before": 0.91, "confidence_target_after": 0.999,
        "control_changed": False, "zero_gradients": 0, "lowest": 0.25, "highest": 0.75,
    }  # fmt: skip


def ascent_rows(model: str, run: str, class_index: int, init: str) -> list[dict[str, Any]]:
    eta, weight = GRID.get(run, (5.0, 0.001))
    key = {"class_index": class_index, "model": model, "run": run, "method": "practical"}
    key |= {"eta": eta, "lambda": weight, "init": init, "iterations": SNAPSHOTS[-1]}
    return [
        key
        | {"iteration": i, "score": 0.5 * i, "probability": i / SNAPSHOTS[-1], "prediction": 1}
        | {"l2": 300.0, "total_variation": 0.1}
        for i in SNAPSHOTS
    ]


def synthetic(
    *,
    models: int = 2,
    images: int = 12,
    exemplars: int = 3,
    etas: tuple[float, ...] = (0.1, 0.25),
    maps: tuple[str, ...] = ("plain",),
    targets: tuple[str, ...] = ("random",),
    shown: int = 1,
) -> Material:
    """Plausible tables and noise for pictures; of the attacks, the first `shown` have exemplars."""
    rng = np.random.default_rng(0)
    names = tuple(f"network_{i}" for i in range(models))
    ids = [f"{i:016x}" for i in range(images)]
    attacks = [f"step{eta:g}" for eta in etas]
    runs = {
        "saliency": (*maps, *BESIDE),
        "adversarial": tuple(attacks),
        "class_visualization": (*GRID, BLURRED, "from_photograph"),
    }
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in tables.tables()}
    rows["photographs"] = [
        {"image_id": i, "label": 1, "file": f"{i}.jpg", "source": "bundled"} for i in ids
    ]
    arrays: dict[str, dict[str, Any]] = {name: {} for name in names}
    visuals: dict[str, dict[str, Any]] = {name: {} for name in names}
    for model in names:
        for image_id in ids:
            found = photograph_rows(rng, image_id, model)
            rows["predictions"].append(found["predictions"])
            rows["saliency"] += [found["saliency"] | {"run": run} for run in maps]
            rows["saliency_cells"] += cell_rows(image_id, model, maps[0])
            few = {name: found["saliency"][name] for name in ("image_id", "model", "label")}
            rows["saliency"] += [few | {"run": "occlusion", "method": "occlusion"}]
            rows["saliency"] += [few | CONTROL]
            for run, eta in zip(attacks, etas, strict=True):
                row = attack_row(rng, image_id, model, run, eta)
                rows["adversarial"] += [row | {"target_policy": policy} for policy in targets]
                keys = {"image_id": image_id, "model": model, "run": run}
                rows["attack_scores"] += [
                    keys | {"target_policy": policy, "label": 1, "iteration": step}
                    | {"score_label": 9.0 - step, "score_target": 3.0 * step, "score_rival": 5.0}
                    for policy in targets
                    for step in range(4)
                ]  # fmt: skip
                rows["attack_top_five"] += [
                    keys | {"target_policy": policy, "label": 1, "place": place}
                    | {"class_before": place, "probability_before": 0.5 / place}
                    | {"class_after": 9 - place, "probability_after": 0.4 / place}
                    for policy in targets
                    for place in range(1, 6)
                ]  # fmt: skip
        for image_id in ids[:exemplars]:
            pixels = rng.integers(0, 255, (2, SIDE, SIDE, 3), dtype=np.uint8)
            arrays[model][f"photograph/{image_id}"] = pixels[0]
            for run in attacks:
                for policy in targets:
                    arrays[model][f"adversarial/{run}/{policy}/{image_id}"] = pixels[1]
            for run in (*maps, "occlusion", "cam_early", "cam_last"):
                arrays[model][f"saliency/{run}/{image_id}"] = rng.random((SIDE, SIDE), np.float32)
        for run in maps if ids else ():
            arrays[model] |= mosaic_arrays(rng, run) | question_arrays(rng, run)
        for run in (*GRID, BLURRED, "from_photograph"):
            init = ids[0] if run == "from_photograph" and ids else "noise"
            for class_index in (3, 130, 963):
                rows["class_visualization"] += ascent_rows(model, run, class_index, init)
                shape = (len(SNAPSHOTS), SIDE, SIDE, 3)
                prefix = f"{run}/{class_index}"
                visuals[model][f"{prefix}/snapshots"] = rng.integers(0, 255, shape, dtype=np.uint8)
                visuals[model][f"{prefix}/map"] = rng.random((SIDE, SIDE), np.float32)
    drawn = dict.fromkeys(runs["class_visualization"], (3, 130, 963))
    rows["recognition"] = recognition_rows(names, drawn)
    rows["likeness"] = likeness_rows(names, (3, 130, 963), [(i, 1) for i in ids], run="main")
    rows["transfer"] = transfer_rows(
        names, [(i, 1) for i in ids], run=attacks[0], policies=targets, stops=(0, 10)
    )
    rows["attack_survival"] = survival_rows(
        names, [(i, 1) for i in ids], runs=attacks[:2], policies=targets
    )
    chosen = tuple(ids[:exemplars])
    return Material(
        {table: tables.to_table(table, found).to_pandas() for table, found in rows.items()},
        Context(
            title="Figures",
            seed=0,
            models=tuple(ModelFacts(name, name, "package") for name in names),
            runs=runs,
            settings={t: dict.fromkeys(names, SETTINGS[t]) for t, names in runs.items()}
            | {
                "saliency": dict.fromkeys(maps, SETTINGS["saliency"]) | BESIDE,
                "class_visualization": dict.fromkeys(
                    runs["class_visualization"], SETTINGS["class_visualization"]
                )
                | {BLURRED: SETTINGS["class_visualization"] | {"blur_sigma": 1.0}},
            },
            targets=targets,
            sources=("bundled",),
            noise_sd=0.02,
            box_quantile=0.95,
            questions=tuple(range(1, 12)),
        ),
        Pictures(
            Exemplars(
                {
                    "saliency": dict.fromkeys(maps, chosen),
                    "adversarial": dict.fromkeys(attacks[:shown], chosen),
                },
                {"saliency": "half_mass_share", "adversarial": "rms_255"},
            ),
            arrays,
            visuals,
        ),
    )


def with_table(material: Material, table: str, rows: pd.DataFrame) -> Material:
    return dataclasses.replace(material, tables={**material.tables, table: rows})


def changed(material: Material, table: str, **columns: Any) -> Material:
    return with_table(material, table, material.tables[table].assign(**columns))


def all_censored(material: Material) -> Material:
    flags = {"censored": True, "success": False, "success_png": False, "iterations": BUDGET}
    return changed(material, "adversarial", **flags)


def half_failed(material: Material) -> Material:
    rows = material.tables["adversarial"]
    first = rows["image_id"].map(lambda image_id: int(image_id, 16) < 6)
    return changed(material, "adversarial", success=rows["success"] & first)


def only_runs(material: Material, *runs: str) -> Material:
    rows = material.tables["class_visualization"]
    return with_table(material, "class_visualization", rows[rows["run"].isin(runs)])


def without_arrays(material: Material, *models: str) -> Material:
    pictures = dataclasses.replace(
        material.pictures,
        photographs=_without(material.pictures.photographs, models),
        visualizations=_without(material.pictures.visualizations, models),
    )
    return dataclasses.replace(material, pictures=pictures)


def _without(arrays: Mapping[str, Any], models: tuple[str, ...]) -> dict[str, Any]:
    return {model: found for model, found in arrays.items() if model not in models}
