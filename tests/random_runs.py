"""Random small configurations that the schema allows, and tables that such a run could leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from inputgrad.config.settings import read_columns
from inputgrad.registry import MEASURES, source_file
from inputgrad.report.summaries.context import Context, ModelFacts
from inputgrad.tables.schema import to_table
from synthetic_likeness import likeness_rows
from synthetic_recognition import Seen, recognition_rows
from synthetic_survival import survival_rows
from synthetic_tables import SETTINGS
from synthetic_transfer import How, transfer_rows

ARCHITECTURES = {
    "lite0": "efficientnet_lite0",
    "squeezenet1_1": "squeezenet1_1",
    "vgg16": "vgg16",
    "mine": "convnext_tiny",
}
POLICIES = ("random", "runner_up", "least_likely", "untargeted")
TARGETED = ("random", "runner_up", "least_likely")
LABELS = (1, 22, 130, 207, 292)
DRAWN = (LABELS[0], 985)
MEASURED = ("saliency", "adversarial", "class_visualization")
LEFT_OUT = {  # measure -> the technique whose table lacks it then
    name: technique for technique in MEASURED for name in MEASURES[technique]
}

Rows = list[dict[str, Any]]


class AttackRun(NamedTuple):
    """A run of `adversarial:`; I-FGSM has no step length in L2."""

    name: str
    method: str
    eta: float | None
    budget: int
    clip: bool = True


class AscentRun(NamedTuple):
    """A run of `class_visualization:`; `start` is noise, a photograph of the sample or a file."""

    name: str
    eta: float
    weight: float
    start: str
    iterations: int
    snapshots: tuple[int, ...]
    classes: tuple[int, ...]


@dataclass(frozen=True)
class RandomRun:
    """What was configured, and how it went; each model gets the first `right` photographs right."""

    models: tuple[str, ...]
    photographs: int
    unreadable: int
    right: tuple[int, ...]
    targets: tuple[str, ...]
    attacks: tuple[AttackRun, ...]
    fooled: float
    ascents: tuple[AscentRun, ...]
    left_out: frozenset[str]
    recognition: Seen
    transfer: How
    refused: int
    questions: tuple[int, ...]
    seed: int

    @property
    def context(self) -> Context:
        """As the configuration gives it."""
        runs = {
            "saliency": ("gradient",),
            "adversarial": tuple(run.name for run in self.attacks),
            "class_visualization": tuple(run.name for run in self.ascents),
        }
        return Context(
            title="A random run",
            seed=self.seed,
            models=tuple(ModelFacts(m, ARCHITECTURES[m], "package") for m in self.models),
            runs=runs,
            settings=self._settings(),
            targets=self.targets,
            sources=("folder",),
            noise_sd=0.02,
            box_quantile=0.95,
            questions=self.questions,
        )

    def _settings(self) -> Mapping[str, Mapping[str, Any]]:
        """Method and parameters of every run, as the context has them."""
        adversarial, visualization = SETTINGS["adversarial"], SETTINGS["class_visualization"]
        return {
            "saliency": {"gradient": SETTINGS["saliency"]},
            "adversarial": {
                run.name: adversarial
                | {"method": run.method, "eta": run.eta, "budget": run.budget, "clip": run.clip}
                for run in self.attacks
            },
            "class_visualization": {
                run.name: visualization
                | {"iterations": run.iterations, "eta": run.eta, "lambda": run.weight}
                | {"init_img": run.start}
                for run in self.ascents
            },
        }

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Rows as the pipeline leaves them, without the columns of measures that are left out."""
        random = np.random.default_rng(self.seed)
        rows = {
            "photographs": self._photographs(),
            "refused": self._refused(),
            "predictions": [
                r for m in range(len(self.models)) for r in self._predictions(random, m)
            ],
            "saliency": [r for m in self.models for r in self._saliency(random, m)],
            "adversarial": [r for m in range(len(self.models)) for r in self._attacks(random, m)],
            "class_visualization": [r for m in self.models for r in self._ascents(random, m)],
        } | self._judged()
        found = {name: to_table(name, some).to_pandas() for name, some in rows.items()}
        for measure in self.left_out:
            technique = LEFT_OUT[measure]
            columns = read_columns(source_file(MEASURES[technique][measure])) or ()
            for column in columns:
                if column.table is None:
                    found[technique][column.name] = None
        return found

    def _judged(self) -> dict[str, Rows]:
        """What the models see in one another's images, of the first run of either technique."""
        attack, ascent = self.attacks[0].name, self.ascents[0]
        seen = [(row["image_id"], row["label"]) for row in self._photographs() if not row["error"]]
        right = seen[: min(self.right)]
        drawn = {run.name: run.classes for run in self.ascents}
        return {
            "recognition": recognition_rows(self.models, drawn, how=self.recognition),
            "likeness": likeness_rows(self.models, ascent.classes, seen, run=ascent.name),
            "transfer": transfer_rows(
                self.models, right, run=attack, policies=self.targets, how=self.transfer
            ),
            "attack_survival": survival_rows(
                self.models, right, runs=(attack,), policies=self.targets
            ),
        }

    @property
    def ids(self) -> list[str]:
        """Readable photographs."""
        return [f"{i:016x}" for i in range(self.photographs)]

    def _photographs(self) -> Rows:
        return [
            {"image_id": f"{i:016x}", "label": LABELS[i % 5], "file": f"{i}.jpg"}
            | {"source": "folder", "error": None if i < self.photographs else "is torn"}
            for i in range(self.photographs + self.unreadable)
        ]

    def _refused(self) -> Rows:
        """The unreadable photographs, and files that never were in the sample."""
        torn = [row for row in self._photographs() if row["error"]]
        known = [{"file": r["file"], "source": r["source"], "reason": r["error"]} for r in torn]
        return known + [
            {"file": f"again_{i}.jpg", "source": "folder", "reason": "is a duplicate"}
            for i in range(self.refused)
        ]

    def _predictions(self, random: np.random.Generator, model: int) -> Rows:
        rows: Rows = []
        for photograph in self._photographs():
            key = {"model": self.models[model], "error": photograph["error"]}
            row = key | {k: photograph[k] for k in ("image_id", "label")}
            if photograph["error"] is None:
                right = len(rows) < self.right[model]
                row |= {"prediction": row["label"] if right else 999, "correct": right}
                row |= {"confidence_label": random.random(), "contrast": 0.5 * random.random()}
            rows.append(row)
        return rows

    def _saliency(self, random: np.random.Generator, model: str) -> Rows:
        shares = ("half_mass_share", "gini", "stability_spearman", "class_sensitivity", "box_share")
        return [
            {"image_id": i, "model": model, "run": "gradient", "method": "gradient"}
            | {"label": LABELS[n % 5], "gradient_l2": 1 + random.random(), "zero_gradient": False}
            | {share: random.uniform(0.01, 0.5) for share in shares}
            | {"box_top": 1, "box_left": 1, "box_bottom": 9, "box_right": 9}
            for n, i in enumerate(self.ids)
        ]

    def _attacks(self, random: np.random.Generator, model: int) -> Rows:
        rows: Rows = []
        for run in self.attacks:
            for policy in self.targets:
                for n, image in enumerate(self.ids):
                    row = {"image_id": image, "model": self.models[model], "run": run.name}
                    row |= {"target_policy": policy, "method": run.method, "eta": run.eta}
                    row |= {"budget": run.budget, "label": LABELS[n % 5]}
                    row |= {"attacked": n < self.right[model]}
                    rows.append(
                        row | (_attack(random, run, policy, self.fooled) if row["attacked"] else {})
                    )
        return rows

    def _ascents(self, random: np.random.Generator, model: str) -> Rows:
        rows: Rows = []
        for run in self.ascents:
            init = self.ids[0] if run.start == "sample" and self.ids else run.start
            for index in run.classes:
                for iteration in sorted({*run.snapshots, run.iterations}):
                    rows.append(
                        {"class_index": index, "model": model, "run": run.name}
                        | {"iteration": iteration, "method": "practical", "eta": run.eta}
                        | {"lambda": run.weight, "init": init, "iterations": run.iterations}
                        | {"score": random.uniform(-5, 50), "probability": random.random()}
                        | {"prediction": index if random.random() < 0.5 else 999, "l2": 300.0}
                        | {"lowest": 0.3 * random.random(), "highest": random.uniform(0.7, 1)}
                        | {"total_variation": random.uniform(0.01, 0.2)}
                        | {"half_mass_share": 0.2 if iteration == run.iterations else None}
                    )
        return rows


def _attack(
    random: np.random.Generator, run: AttackRun, policy: str, fooled: float
) -> dict[str, Any]:
    success = random.random() < fooled
    return {
        "target": None if policy == "untargeted" else 7,
        "iterations": int(random.integers(1, run.budget + 1)) if success else run.budget,
        "censored": not success,
        "predicted_iterations": random.uniform(0.5, 2 * run.budget),
        "success": success,
        "success_png": random.random() < (0.7 if success else 0.2),
        "zero_gradients": int(random.random() < 0.2),
        "confidence_label_before": random.random(),
        "confidence_target_before": 0.01 * random.random(),
        "linf": 0.1 * random.random(),
        "lowest": random.uniform(-0.2, 0.2),
        "highest": random.uniform(0.8, 1.2),
        "rms_255": random.uniform(0.1, 12),
        "psnr_db": 40.0,
        "confidence_label_after": random.random(),
        "confidence_target_after": random.random(),
        "l0": 400,
        "l2_png": 1.0,
        "ssim": random.uniform(0.9, 1),
        "changed_png": random.random() < 0.6,
        "control_changed": random.random() < 0.3,
    }


@st.composite
def attack_runs(draw: st.DrawFn) -> tuple[AttackRun, ...]:
    """One to three runs, of which some differ in the step size alone."""
    etas, budgets = st.sampled_from([0.05, 0.25, 1.0, None]), st.sampled_from([1, 5, 100])
    drawn = draw(st.lists(st.tuples(etas, budgets, st.booleans()), min_size=1, max_size=3))
    return tuple(
        AttackRun(f"attack_{i}", "gradient_ascent" if eta else "i_fgsm", eta, budget, clip)
        for i, (eta, budget, clip) in enumerate(drawn)
    )


@st.composite
def ascent_runs(draw: st.DrawFn) -> tuple[AscentRun, ...]:
    """One to three runs from noise, from the sample or from a file of one's own."""
    return tuple(
        AscentRun(
            f"ascent_{i}",
            draw(st.sampled_from([5.0, 25.0])),
            draw(st.sampled_from([0.0, 1e-3])),
            draw(st.sampled_from(["noise", "noise", "sample", "kitten.png"])),
            iterations := draw(st.sampled_from([1, 50])),
            tuple(s for s in draw(st.sampled_from([(), (0,), (0, 10)])) if s < iterations),
            draw(st.sampled_from([DRAWN, DRAWN[:1], DRAWN[1:]])),
        )
        for i in range(draw(st.integers(1, 3)))
    )


@st.composite
def random_runs(draw: st.DrawFn) -> RandomRun:
    """Mostly two of everything at the most, where sentences have to be told apart."""
    models = tuple(
        draw(st.lists(st.sampled_from([*ARCHITECTURES]), min_size=1, max_size=3, unique=True))
    )
    photographs = draw(st.sampled_from([0, 1, 1, 2, 3, 9]))
    targets = draw(
        st.lists(st.sampled_from(POLICIES), min_size=1, unique=True).filter(
            lambda chosen: set(chosen) & set(TARGETED)
        )
    )
    questions = draw(st.just(range(1, 12)) | st.sets(st.integers(1, 11), min_size=1))
    return RandomRun(
        models=models,
        photographs=photographs,
        unreadable=draw(st.integers(0, 2)) if photographs else 2,
        right=tuple(draw(st.integers(0, photographs)) for _ in models),
        targets=tuple(targets),
        attacks=draw(attack_runs()),
        fooled=draw(st.sampled_from([0.0, 0.5, 1.0])),
        ascents=draw(ascent_runs()),
        recognition=draw(st.sampled_from(["some", "all", "none", "not judged"])),
        transfer=draw(st.sampled_from(["hardly", "passes", "less than noise", "not judged"])),
        left_out=draw(st.frozensets(st.sampled_from([*LEFT_OUT])) | st.just(frozenset())),
        refused=draw(st.sampled_from([0, 0, 1, 30])),
        questions=tuple(sorted(questions)),
        seed=draw(st.integers(0, 2**16)),
    )
