"""Plausible statistics tables made without any network, with switches for what they should show.

`first` says how the first model compares with the others in every primary measure: "higher",
"lower" or "equal" (then photograph by photograph the same but for noise without direction).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from inputgrad.report.summaries.context import Context, ModelFacts
from inputgrad.tables.schema import tables, to_table
from synthetic_likeness import likeness_rows
from synthetic_recognition import Seen, recognition_rows
from synthetic_survival import survival_rows
from synthetic_transfer import How, transfer_rows

BUDGET = 100
MAIN_ETA = 0.25
ETAS = (0.05, 0.1, MAIN_ETA, 0.5, 1.0)
SNAPSHOTS = (0, 10, 25, 50, 100)
CLASSES = (1, 22, 130, 207, 292, 340, 417, 779)
GRID = {  # run -> (eta, lambda)
    "practical": (10.0, 1e-3),
    "eta_2": (2.0, 1e-3),
    "eta_50": (50.0, 1e-3),
    "lambda_0": (10.0, 0.0),
    "lambda_0.1": (10.0, 0.1),
}
SETTINGS: dict[str, dict[str, Any]] = {  # of every run of a technique, but for its step size
    "saliency": {"method": "gradient"},
    "adversarial": {
        "method": "gradient_ascent",
        "objective": "logit",
        "space": "pixels",
        "clip": True,
    },
    "class_visualization": {
        "method": "practical",
        "iterations": SNAPSHOTS[-1],
        "eta": 10.0,
        "lambda": 1e-3,
        "init_img": "noise",
        "shift": 16,
        "shift_both_ways": False,
        "blur_sigma": 0.5,
        "blur_every": 10,
        "parameterization": "pixels",
    },
}
METHODS = {  # run of saliency -> deletion, stability, class sensitivity, rise and grid share
    "gradient": (0.40, 0.60, 0.45, 0.10, 0.40),
    "grad_cam": (0.50, 0.90, 0.60, 0.20, 0.55),
    "guided_backprop": (0.30, 0.95, 0.03, -0.20, 0.30),
    "occlusion": (None, None, None, None, None),
    "random": (0.00, None, None, None, 0.25),
    "edges": (0.13, 0.97, 0.00, 0.00, None),
}
OTHERS = tuple(run for run in METHODS if run != "gradient")
CELLS = 4  # a side of the grid of `saliency_cells`
SHIFT = {"higher": 1.0, "lower": -1.0, "equal": 0.0}

Rows = list[dict[str, Any]]


def synthetic_context(models: Sequence[str] = ("lite0", "lite2"), **changes: Any) -> Context:
    """Context that belongs to `synthetic_tables` of the same models."""
    architectures = {"lite0": "efficientnet_lite0", "lite2": "efficientnet_lite2"}
    runs = changes.get("runs") or {
        "saliency": tuple(METHODS),
        "adversarial": ("ascent", *(f"eta_{eta:g}" for eta in ETAS if eta != MAIN_ETA)),
        "class_visualization": (*GRID, "from_photograph"),
    }
    given = {
        "title": "What the networks see",
        "seed": 0,
        "models": tuple(
            ModelFacts(name, architectures.get(name, name), "package") for name in models
        ),
        "runs": runs,
        "settings": {t: dict.fromkeys(names, SETTINGS[t]) for t, names in runs.items()}
        | {"saliency": {name: {"method": name} for name in runs["saliency"]}},
        "targets": ("random",),
        "sources": ("bundled",),
        "noise_sd": 0.02,
        "box_quantile": 0.95,
        "questions": tuple(range(1, 12)),
    }
    return Context(**(given | changes))


def with_a_spot(tables: dict[str, pd.DataFrame]) -> None:
    """A map that is the same for all, as a run of `spotted`, and maps and perturbations like it."""
    cells, energies = tables["saliency_cells"], tables["perturbation_cells"]
    for rows, share in ((cells, "cell_share"), (energies, "energy_share")):
        rows[share] += 0.01 * (rows["cell_row"] * CELLS + rows["cell_column"])
    spot = cells.assign(run="random", cell_share=cells["cell_row"] * CELLS + cells["cell_column"])
    spot["cell_share"] /= float(sum(range(CELLS**2)))
    tables["saliency_cells"] = pd.concat([cells, spot], ignore_index=True)


def spotted() -> dict[str, Any]:
    """The context in which the control `random` is a spot in the middle."""
    settings = synthetic_context().settings
    runs = settings["saliency"] | {"random": {"method": "centre"}}
    return {"settings": {**settings, "saliency": runs}}


FOURIER = {
    "method": "fourier",
    "iterations": SNAPSHOTS[-1],
    "eta": 0.05,
    "eta_last": 0.1,
    "lambda": 0.02,
    "init_img": "noise",
    "smallest_view": 0.5,
    "largest_view": 1.1,
    "margin": 0.143,
    "noise_sd": 0.05,
    "objective": "contrast",
    "parameterization": "fourier",
}


def recipes(**out: Mapping[str, Any]) -> dict[str, Any]:
    """The context in which the main run is by `fourier`, and others as it but for some settings."""
    settings = synthetic_context().settings
    runs = {run: {**FOURIER, "iterations": 7} for run in settings["class_visualization"]}
    runs |= {run: {**FOURIER, **changed} for run, changed in out.items()}
    return {"settings": {**settings, "class_visualization": runs | {next(iter(GRID)): FOURIER}}}


def blurs(**values: tuple[float, int]) -> dict[str, Any]:
    """The context in which some runs differ in blur and shift, and in nothing else."""
    settings = synthetic_context().settings
    runs = {run: dict(chosen) for run, chosen in settings["class_visualization"].items()}
    for run, (blur, shift) in values.items():
        runs[run] |= {"blur_sigma": blur, "shift": shift}
    return {"settings": {**settings, "class_visualization": runs}}


def synthetic_tables(
    *,
    models: Sequence[str] = ("lite0", "lite2"),
    n: int = 20,
    first: str = "equal",
    censored: bool = False,
    wrong: int = 2,
    unreadable: Sequence[tuple[str, str]] = (),
    classes: Sequence[int] = CLASSES,
    files: Sequence[str] = (),
    sweeps: bool = True,
    recognition: Seen = "some",
    transfer: How = "hardly",
    likeness: Mapping[str, float] | None = None,
) -> dict[str, pd.DataFrame]:
    """All tables for `n` photographs, of which each model gets the last `wrong` ones wrong.

    `censored`: no attack reaches its target. `files`: names of the first photographs.
    `sweeps`: with the runs that differ from the main one. `unreadable`: (file name, reason).
    `recognition`: which pictures other networks name.
    `transfer`: what one network's images do to another. `likeness`: stage -> how similar pictures
    are to photographs of their class.
    """
    names = [*files, *(f"photograph_{i:02d}.jpg" for i in range(len(files), n))][:n]
    ids = [f"{i:016x}" for i in range(n)]
    random = np.random.default_rng(20)
    base = {image: random.random(8) for image in ids}
    rows: dict[str, Rows] = {family: [] for family in tables()}
    for image, file in zip(ids, names, strict=True):
        rows["photographs"].append(
            {
                "image_id": image,
                "label": int(image, 16) * 40 % 1000,
                "file": file,
                "source": "bundled",
            }
        )
    for i, (file, reason) in enumerate(unreadable):
        rows["photographs"].append(
            {
                "image_id": f"f{i:015x}",
                "label": 3,
                "file": file,
                "source": "folder",
                "error": reason,
            }
        )
        rows["refused"].append({"file": file, "source": "folder", "reason": reason})
    for position, model in enumerate(models):
        shift = SHIFT[first] if position == 0 else 0.0
        noise = np.random.default_rng(position)
        for i, image in enumerate(ids):
            sample = _Sample(
                image,
                model,
                base[image] + 0.05 * noise.standard_normal(8),
                shift,
                correct=i < n - wrong,
                alternate=(i + position) % 2,
                censored=censored,
            )
            rows["predictions"].append(sample.prediction())
            rows["saliency"] += [sample.saliency(), *(sample.method(run) for run in OTHERS)]
            rows["saliency_cells"] += sample.cells()
            for eta in ETAS if sweeps else (MAIN_ETA,):
                rows["adversarial"].append(sample.attack(eta))
            rows["perturbation_cells"] += sample.energies()
            rows["attack_scores"] += sample.scores()
        rows["class_visualization"] += _visualizations(model, shift, classes, ids, sweeps)
    drawn = dict.fromkeys([*GRID, "from_photograph"] if sweeps else ["practical"], classes)
    rows["recognition"] = recognition_rows(models, drawn, how=recognition)
    right = [(image, int(image, 16) * 40 % 1000) for image in ids[: max(0, n - wrong)]]
    everything = [(row["image_id"], row["label"]) for row in rows["photographs"][:n]]
    rows["likeness"] = likeness_rows(models, classes, everything, run="practical", own=likeness)
    rows["transfer"] = transfer_rows(models, right, how=transfer)
    rows["attack_survival"] = survival_rows(models, right, runs=("ascent",))
    return {family: to_table(family, found).to_pandas() for family, found in rows.items()}


class _Sample:
    """One photograph before one model; `u` holds eight numbers near [0, 1]."""

    def __init__(
        self,
        image: str,
        model: str,
        u: np.ndarray,
        shift: float,
        *,
        correct: bool,
        alternate: int,
        censored: bool,
    ) -> None:
        self.image, self.model, self.u, self.shift = image, model, np.clip(u, 0.02, 0.98), shift
        self.correct, self.alternate, self.censored = correct, alternate, censored
        self.label = int(image, 16) * 40 % 1000
        self.keys = {"image_id": image, "model": model}

    def prediction(self) -> dict[str, Any]:
        return self.keys | {
            "label": self.label,
            "prediction": self.label if self.correct else self.label + 1,
            "correct": self.correct,
            "label_rank": 1 if self.correct else 3,
            "confidence_label": 0.5 + 0.45 * self.u[0] if self.correct else 0.1,
            "confidence_prediction": 0.5 + 0.45 * self.u[0],
            "margin": 4.0 * self.u[0] if self.correct else -1.0,
            "contrast": 0.1 + 0.2 * self.u[1],
            "total_variation": 0.03 + 0.01 * self.u[1],
            "high_frequency_share": 0.01,
        }

    def method(self, run: str) -> dict[str, Any]:
        deletion, stability, sensitivity, rise, grid = METHODS[run]
        wobble = 0.05 * (self.u[5] - 0.5)

        def near(value: float | None) -> float | None:
            return None if value is None else float(value + wobble)

        return self.keys | {
            "run": run,
            "method": run,
            "label": self.label,
            "prediction": self.label if self.correct else self.label + 1,
            "score": 8.0,
            "zero_gradient": False,
            "single_deletion": near(deletion),
            "stability_spearman": near(stability),
            "class_sensitivity": None if sensitivity is None else abs(sensitivity + wobble),
            "randomisation_rise": near(rise),
            "randomisation_spearman": None if rise is None else 0.9 - max(0.0, 2 * rise),
            "grid_pointing": near(grid),
            "interaction_near": 0.4 if run == "occlusion" else None,
            "interaction_far": 0.2 if run == "occlusion" else None,
        }

    def cells(self) -> Rows:
        shares = np.random.default_rng(int(self.image, 16)).random((CELLS, CELLS)) + self.u[3]
        return [
            self.keys | {"run": "gradient", "cell_row": r, "cell_column": c, "cell_share": share}
            for (r, c), share in np.ndenumerate(shares / shares.sum())
        ]

    def energies(self) -> Rows:
        """The perturbation of the main run, where the map is strong but for noise of its own."""
        if not self.correct:
            return []
        keys = {"run": "ascent", "target_policy": "random"}
        noise = np.random.default_rng(int(self.u[0] * 1e9)).random(CELLS**2)
        shares = np.array([row["cell_share"] for row in self.cells()]) + 0.05 * noise
        return [
            {key: row[key] for key in ("image_id", "model", "cell_row", "cell_column")}
            | keys
            | {"energy_share": share}
            for row, share in zip(self.cells(), shares / shares.sum(), strict=True)
        ]

    def saliency(self) -> dict[str, Any]:
        return self.method("gradient") | {
            "single_deletion": 0.40 + 0.05 * self.u[5] + 0.2 * self.shift,
            "grid_pointing": 0.40 + 0.05 * self.u[5] + 0.1 * self.shift,
            "run": "gradient",
            "method": "gradient",
            "label": self.label,
            "prediction": self.label if self.correct else self.label + 1,
            "score": 8.0 + 4.0 * self.u[0],
            "gradient_l2": 2.0 + self.u[2],
            "zero_gradient": False,
            "half_mass_share": 0.10 + 0.02 * self.u[3] + 0.05 * self.shift,
            "gini": 0.55 + 0.05 * self.u[3] + 0.1 * self.shift,
            "stability_spearman": 0.60 + 0.05 * self.u[4] + 0.2 * self.shift,
            "class_sensitivity": 0.45 + 0.05 * self.u[5] + 0.2 * self.shift,
            "box_share": 0.3 + 0.3 * self.u[6],
            "box_top": 2,
            "box_left": 4,
            "box_bottom": 14,
            "box_right": 16,
        }

    def attack(self, eta: float) -> dict[str, Any]:
        run = "ascent" if eta == MAIN_ETA else f"eta_{eta:g}"
        row = self.keys | {
            "run": run,
            "target_policy": "random",
            "method": "gradient_ascent",
            "eta": eta,
            "budget": BUDGET,
            "label": self.label,
            "attacked": self.correct,
            "prediction": self.label if self.correct else self.label + 1,
        }
        return row | self._measures(eta) if self.correct else row

    def scores(self) -> Rows:
        """Of the main run, after a few of its iterations."""
        if not self.correct:
            return []
        keys = self.keys | {"run": "ascent", "target_policy": "random", "label": self.label}
        fall = 0.5 * self.u[1]
        return [
            keys | {"iteration": k, "score_label": 9 - fall * k, "score_target": 3.0 * k}
            | {"score_rival": 7.0}
            for k in range(4)
        ]  # fmt: skip

    def _measures(self, eta: float) -> dict[str, Any]:
        wanted = (10 + 10 * self.u[0] + 8 * self.shift) * MAIN_ETA / eta
        fooled = not self.censored and wanted < BUDGET
        steps = int(np.ceil(wanted)) if fooled else BUDGET
        l2 = eta * steps**0.8
        survives = {1.0: True, -1.0: False}.get(self.shift, self.alternate == 0)
        return {
            "target": (self.label + 321) % 1000,
            "iterations": steps,
            "censored": not fooled,
            "gradient_evaluations": steps,
            "predicted_iterations": wanted * (0.8 + 0.2 * self.u[2]),
            "forecast_iterations": wanted * (0.9 + 0.2 * self.u[2]),
            "success": fooled,
            "success_png": fooled and survives,
            "zero_gradients": 0,
            "l2": l2,
            "linf": l2 / 60,
            "l0": 40000,
            "rms_255": l2 / 1.52 * (1 + 0.4 * self.shift),
            "relative_l2": l2 / 180,
            "psnr_db": 50 - l2,
            "ssim": 0.99,
            "l2_png": l2 * 1.02,
            "confidence_label_before": 0.5 + 0.45 * self.u[0],
            "confidence_target_before": 1e-4,
            "confidence_label_after": 0.2,
            "confidence_target_after": 0.4 if fooled else 0.05,
            "margin": 0.3 if fooled else -1.0,
            "changed_png": fooled,
            "map_spearman": 0.4 + 0.2 * self.u[7],
            "map_control_spearman": 0.7 + 0.2 * self.u[7],
            "control_changed": self.u[6] > 0.9,
            "brighter_changed": self.u[5] > 0.9,
            "darker_changed": self.u[5] < 0.05,
            "blur_changed": self.u[4] > 0.8,
            "lowest": 0.0,
            "highest": 1.0,
        }


def _visualizations(
    model: str, shift: float, classes: Sequence[int], images: Sequence[str], sweeps: bool
) -> Rows:
    """Snapshots of every run and class; the probability rises along the iterations."""
    runs = (
        dict(GRID) | {"from_photograph": GRID["practical"]}
        if sweeps
        else {"practical": GRID["practical"]}
    )
    rows: Rows = []
    for run, (eta, weight) in runs.items():
        for position, index in enumerate(classes):
            wobble = 0.02 * np.sin(position + 1.7 * len(model + run))
            for iteration in SNAPSHOTS:
                share = iteration / SNAPSHOTS[-1]
                final = iteration == SNAPSHOTS[-1]
                drawn_over = bool(images) and run == "from_photograph"
                init = images[0] if drawn_over else "noise"
                rows.append(
                    {
                        "class_index": index,
                        "model": model,
                        "run": run,
                        "iteration": iteration,
                        "method": "practical",
                        "eta": eta,
                        "lambda": weight,
                        "init": init,
                        "iterations": SNAPSHOTS[-1],
                        "score": 2.0 + 40.0 * share * eta**0.3,
                        "probability": float(np.clip(0.7 * share + wobble + 0.25 * shift, 0, 1)),
                        "prediction": index if share > 0.2 else 999,
                        "l2": 380.0 - 100.0 * share,
                        "total_variation": 0.2 - 0.1 * share,
                        "half_mass_share": 0.2 if final else None,
                        "lowest": 0.0,
                        "highest": 1.0,
                        "l2_from_start": 60.0 * share if drawn_over else None,
                        "ssim_to_start": 1.0 - 0.5 * share if drawn_over else None,
                        "change_map_spearman": 0.5 + wobble if final and drawn_over else None,
                        "change_centre_spearman": 0.2 if final and drawn_over else None,
                        "high_frequency_share": 0.1 - 0.05 * share,
                        "drop_decisive": 5.0 + wobble if final else None,
                        "drop_elsewhere": 3.0 if final else None,
                        "probability_shifted": 0.8 if final else None,
                        "probability_blurred": 0.7 if final else None,
                        "probability_jpeg": 0.6 if final else None,
                        "probability_resized": 0.5 + wobble if final else None,
                    }
                )
    return rows
