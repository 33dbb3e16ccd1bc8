"""Plausible tables and noise for pictures, as the pipeline would hand them to the figures."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from inputgrad.photographs.classes import imagenet_classes
from inputgrad.report.figures.data import FigureData, Order
from inputgrad.tables import schema as tables

SIDE, SNAPSHOTS = 24, (0, 10, 20)
GRID = {"main": (5.0, 0.001), "hot": (50.0, 0.001), "heavy": (5.0, 0.01)}


def photograph_rows(rng: np.random.Generator, image_id: str, model: str) -> dict[str, dict]:
    label = int(rng.integers(1000))
    key = {"image_id": image_id, "model": model, "label": label, "prediction": label}
    shares = {
        name: float(rng.uniform(0.1, 0.45))
        for name in ("half_mass_share", "gini", "stability_spearman", "class_sensitivity")
    }
    saliency = key | shares | {"run": "plain", "zero_gradient": False, "box_share": 0.25}
    return {
        "predictions": key | {"correct": True, "contrast": float(rng.uniform(0.05, 0.3))},
        "saliency": saliency | {"method": "gradient", "gradient_l2": 1.0, "score": 9.0},
    }


def attack_row(
    rng: np.random.Generator, image_id: str, model: str, run: str, eta: float
) -> dict[str, Any]:
    iterations = int(rng.integers(2, 61))
    reached = iterations < 60
    return {
        "image_id": image_id, "model": model, "run": run, "target_policy": "random",
        "method": "ascent", "eta": eta, "budget": 60, "label": 1, "prediction": 1,
        "attacked": True, "target": 7, "iterations": iterations, "censored": not reached,
        "predicted_iterations": float(rng.uniform(0.4, 30)), "success": reached,
        "success_png": reached and eta > 0.1, "rms_255": float(rng.uniform(0.2, 3)),
        "l2_png": 1.25, "confidence_label_before": 0.91, "confidence_target_after": 0.999,
        "control_changed": False,
    }  # fmt: skip


def ascent_rows(model: str, run: str, class_index: int, init: str) -> list[dict[str, Any]]:
    eta, weight = GRID.get(run, (5.0, 0.001))
    key = {"class_index": class_index, "model": model, "run": run, "preset": "practical"}
    key |= {"eta": eta, "lambda": weight, "init": init, "iterations": SNAPSHOTS[-1]}
    return [
        key | {"iteration": i, "score": 0.5 * i, "probability": i / SNAPSHOTS[-1], "prediction": 1}
        for i in SNAPSHOTS
    ]


def synthetic(
    *, models: int = 2, images: int = 12, exemplars: int = 3, etas: tuple[float, ...] = (0.1, 0.25)
) -> FigureData:
    """Plausible tables and noise for pictures; the main runs come first."""
    rng = np.random.default_rng(0)
    names = tuple(f"network_{i}" for i in range(models))
    ids = [f"{i:016x}" for i in range(images)]
    rows: dict[str, list[dict[str, Any]]] = {family: [] for family in tables.FAMILIES}
    arrays: dict[str, dict[str, Any]] = {name: {} for name in names}
    visuals: dict[str, dict[str, Any]] = {name: {} for name in names}
    for model in names:
        for image_id in ids:
            for family, row in photograph_rows(rng, image_id, model).items():
                rows[family].append(row)
            for eta in etas:
                rows["adversarial"].append(attack_row(rng, image_id, model, f"step{eta:g}", eta))
        for image_id in ids[:exemplars]:
            pixels = rng.integers(0, 255, (2, SIDE, SIDE, 3), dtype=np.uint8)
            arrays[model][f"photograph/{image_id}"] = pixels[0]
            arrays[model][f"adversarial/step{etas[0]:g}/random/{image_id}"] = pixels[1]
            arrays[model][f"saliency/plain/{image_id}"] = rng.random((SIDE, SIDE), np.float32)
            arrays[model][f"box/plain/{image_id}"] = np.array([2, 4, 14, 16])
        for run in (*GRID, "from_photograph"):
            init = ids[0] if run == "from_photograph" and ids else "noise"
            for class_index in (3, 130, 963):
                rows["class_visualization"] += ascent_rows(model, run, class_index, init)
                shape = (len(SNAPSHOTS), SIDE, SIDE, 3)
                prefix = f"{run}/{class_index}"
                visuals[model][f"{prefix}/snapshots"] = rng.integers(0, 255, shape, dtype=np.uint8)
                visuals[model][f"{prefix}/map"] = rng.random((SIDE, SIDE), np.float32)
    families = ("predictions", "saliency", "adversarial", "class_visualization")
    return FigureData(
        **{family: tables.to_table(family, rows[family]).to_pandas() for family in families},
        order=Order(
            models=names,
            exemplars=tuple(ids[:exemplars]),
            adversarial_runs=tuple(f"step{eta:g}" for eta in etas),
            visualization_runs=(*GRID, "from_photograph"),
            main_saliency="plain",
            main_adversarial=f"step{etas[0]:g}",
            main_visualization="main",
        ),
        class_name=imagenet_classes().name,
        exemplar_arrays=arrays,
        visualization_arrays=visuals,
    )


def changed(data: FigureData, family: str, **columns: Any) -> FigureData:
    return dataclasses.replace(data, **{family: getattr(data, family).assign(**columns)})


def all_censored(data: FigureData) -> FigureData:
    flags = {"censored": True, "success": False, "success_png": False, "iterations": 60}
    return changed(data, "adversarial", **flags)


def only_runs(data: FigureData, *runs: str) -> FigureData:
    rows = data.class_visualization
    return dataclasses.replace(data, class_visualization=rows[rows["run"].isin(runs)])


def without_arrays(data: FigureData, *models: str) -> FigureData:
    kept = {m: a for m, a in data.exemplar_arrays.items() if m not in models}
    seen = {m: a for m, a in data.visualization_arrays.items() if m not in models}
    return dataclasses.replace(data, exemplar_arrays=kept, visualization_arrays=seen)
