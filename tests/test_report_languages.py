"""A language of the report is one folder: all its words are there, and no decision is."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateError

from inputgrad.config.settings import read_columns
from inputgrad.photographs.classes import ilsvrc2012_ids
from inputgrad.registry import MEASURES, source_file
from inputgrad.registry import METHODS as REGISTERED
from inputgrad.report.headline import headline
from inputgrad.report.render import SKELETON, languages
from inputgrad.report.summaries.codes import Show
from inputgrad.report.summaries.comparisons import Comparisons
from inputgrad.report.summaries.context import ModelFacts
from inputgrad.report.summaries.summary import Summary, summarize
from inputgrad.statistics.estimates import Verdict
from inputgrad.statistics.rates import rate
from inputgrad.tables.schema import to_table
from languages import LETTER, MARKED, WORD, Reader, pieces, pseudo_language
from rendered_report import FIGURES, TEMPLATES, render_summary
from synthetic_recognition import seen_by_others
from synthetic_tables import (
    FOURIER,
    GRID,
    METHODS,
    blurs,
    recipes,
    spotted,
    synthetic_context,
    synthetic_tables,
    with_a_spot,
)

LANGUAGES = languages(TEMPLATES)
PLURALS = "form"
CHOOSING = {"select", "selectattr", "reject", "rejectattr", "sort", "sum", "max", "min"}
ARITHMETIC = (
    nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow,
)  # fmt: skip
ALLOWED_TAGS = re.compile(r"</?(strong|em|i|sub|sup|code)>|</a>|<a href=\"#[\w-]+\">")


Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True, eq=False)
class Case:
    """What a run found: switches of the tables and what is changed in them and in the summary."""

    tables: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    figures: tuple[str, ...] = FIGURES
    alter: Callable[[Tables], None] | None = None
    change: Callable[[Summary], Summary] | None = None


def rarely(tables: Tables) -> None:
    """Zero gradients, scores that fall, few photographs of low contrast that need more."""
    maps = tables["saliency"]
    maps.loc[maps["run"].eq("gradient").idxmax(), "zero_gradient"] = True
    attacks, visualizations = tables["adversarial"], tables["class_visualization"]
    attacks.loc[attacks["attacked"].fillna(False), "zero_gradients"] = 2
    visualizations["score"] *= -1
    needed = attacks.groupby("image_id")["iterations"].max()
    contrast = tables["predictions"]["image_id"].map(needed).fillna(0)
    tables["predictions"]["contrast"] = contrast.astype(float)


def maps_beside_chance(tables: Tables) -> None:
    """Maps that no cell was blanked for, and that find the right photograph less than by chance."""
    tables["saliency"]["single_deletion"] = None
    tables["saliency"]["grid_pointing"] = 0.2


def toward_their_own(floor: float) -> Callable[[Tables], None]:
    """Photographs climb toward their own class; how sure another network is of them at first."""

    def alter(tables: Tables) -> None:
        rows, seen = tables["class_visualization"], tables["recognition"]
        own = rows["init"].ne("noise")
        rows.loc[own, "init"] = [f"{int(c) // 40:016x}" for c in rows.loc[own, "class_index"]]
        seen["floor_probability"] = floor

    return alter


def of_two_minds(tables: Tables) -> None:
    """Another network becomes surer of one photograph's class, and less sure of the other's."""
    toward_their_own(0.001)(tables)
    seen = tables["recognition"]
    seen.loc[seen["class_index"].eq(80), "floor_probability"] = 0.99


def nothing_left(tables: Tables) -> None:
    """No change of the image leaves an attack."""
    tables["attack_survival"]["success_changed"] = False


def files_unread(tables: Tables) -> None:
    """No attack was read back from its file."""
    tables["adversarial"][["success_png", "l2_png"]] = None


def from_photographs(first: float, last: float) -> Callable[[Tables], None]:
    """Probabilities of the class in a photograph, and in what the ascent has made of it."""

    def alter(tables: Tables) -> None:
        rows = tables["class_visualization"]
        photographs = rows["init"].ne("noise")
        rows.loc[photographs, "probability"] = last
        rows.loc[photographs & rows["iteration"].eq(0), "probability"] = first
        if last < first:
            rows.loc[photographs, "prediction"] = rows.loc[photographs, "class_index"] + 1
            rows.loc[rows["change_map_spearman"].notna(), "change_map_spearman"] = 0.1

    return alter


def rougher_by_one_rule(tables: Tables) -> None:
    """One network's pictures are the rougher ones in the main run, the other's in all others."""
    rows = tables["class_visualization"]
    own = rows["model"].eq("lite0") == rows["run"].eq("practical")
    rows["total_variation"] = 0.02 + 0.1 * own


def settings_at_half(named: int) -> Callable[[Tables], None]:
    """Settings that take half of the main run's iterations; others name so many of its pictures."""

    def alter(tables: Tables) -> None:
        seen(practical=named)(tables)
        rows = tables["class_visualization"]
        beside = rows["run"].ne(next(iter(GRID)))
        rows.loc[beside, ["iteration", "iterations"]] //= 2

    return alter


def maps_around_chance(tables: Tables) -> None:
    """Maps of which as many find the right photograph of four as another one."""
    rows = tables["saliency"]
    turned = rows["image_id"].map(lambda i: 1 if int(i, 16) % 2 else -1)
    rows["grid_pointing"] = 0.25 + 0.1 * turned


def maps_of_no_worth_in_the_second(tables: Tables) -> None:
    """Maps that foretell nothing in one of two networks, and find no photograph either."""
    like_controls_in_the_second(tables)
    tables["saliency"]["grid_pointing"] = 0.2


def surer_of(share: float) -> Callable[[Tables], None]:
    """Networks that name no other's picture, and are surer of so many than of their starts."""

    def alter(tables: Tables) -> None:
        rows = tables["recognition"]
        place = rows["class_index"].rank(method="dense", pct=True)
        rows["floor_probability"] = rows["probability"] + place.le(share).map(
            {True: -0.01, False: 0.01}
        )

    return alter


def without_scores(tables: Tables) -> None:
    """Settings whose pictures no other network saw, and whose scores are not known."""
    tables["class_visualization"]["score"] = None
    tables["recognition"] = tables["recognition"][:0]


def apart(summary: Summary) -> Summary:
    """Maps of one photograph agree less than of two; a network names what another draws."""
    maps, drawn = summary.answers[4], summary.answers[11]
    agreements = tuple(
        replace(a, beside_network=replace(a.beside_network, verdict=Verdict.LOWER))
        for a in maps.agreements
    )
    rows = tuple(
        replace(row, top1=rate(39, 40), floor_top1=rate(1, 40)) for row in drawn.recognition.rows
    )
    answers = {
        **summary.answers,
        4: replace(maps, agreements=agreements),
        11: replace(drawn, recognition=replace(drawn.recognition, rows=rows)),
    }
    return replace(summary, answers=answers)


def within_margins(verdict: Verdict) -> Callable[[Summary], Summary]:
    """Every difference between networks is smaller than a margin, and has this verdict."""

    def change(summary: Summary) -> Summary:
        small = {"estimate": 0.0, "low": -0.01, "high": 0.01, "verdict": verdict}
        rows = tuple(
            replace(r, result=replace(r.result, **small)) for r in summary.comparisons.rows
        )
        comparisons = Comparisons(rows)
        answers = {
            n: replace(a, comparisons=comparisons.of(family))
            for n, family in ((4, "saliency"), (6, "adversarial"), (11, "class_visualization"))
            for a in (summary.answers[n],)
        }
        return replace(summary, comparisons=comparisons, answers=summary.answers | answers)

    return change


def sure_of_all(tables: Tables) -> None:
    """Every network is sure of all of its pictures, resized as well."""
    tables["class_visualization"][["probability", "probability_resized"]] = 0.999


def nothing_measured(tables: Tables) -> None:
    """Rows without their measures, and scores that do not change."""
    for measure in ("half_mass_share", "gini", "stability_spearman", "class_sensitivity"):
        tables["saliency"][measure] = None
    tables["adversarial"]["rms_255"] = None
    tables["class_visualization"]["score"] = 1.0


def numbered_otherwise(tables: Tables) -> None:
    """Networks a to e are right, and their rows have the labels in another numbering each."""
    rows, ids = tables["predictions"], ilsvrc2012_ids()
    classes = sorted(set(rows["label"]))
    written: dict[str, Callable[[int], int]] = {
        "a": lambda index: index + 1,
        "b": lambda index: index - 1,
        "c": lambda index: ids[index],
        "d": lambda index: ids[index] - 1,
        "e": classes.index,
    }
    rows["prediction"] = rows["label"]
    rows["label"] = [written[m](i) for m, i in zip(rows["model"], rows["label"], strict=True)]
    rows["correct"] = rows["label"] == rows["prediction"]


def one_agrees(tables: Tables) -> None:
    """The first network agrees with the labels, the second counts otherwise, the third fails."""
    rows = tables["predictions"]
    for model, prediction in (("b", rows["label"] + 1), ("c", 7)):
        rows.loc[rows["model"] == model, "prediction"] = prediction
        rows.loc[rows["model"] == model, "correct"] = False


def promising(*promised: float) -> tuple[ModelFacts, ...]:
    """Networks a, b, c whose weights are published with these shares."""
    return tuple(
        ModelFacts(name, name, "checkpoint", share)
        for name, share in zip("abc", promised, strict=False)
    )


def unmeasured(tables: Tables) -> None:
    """No measure was taken, of whatever technique."""
    for technique, measures in MEASURES.items():
        for module in measures.values():
            for column in read_columns(source_file(module)) or ():
                if column.name in tables[technique] and technique != "predictions":
                    tables[technique][column.name] = None


def from_a_photograph(tables: Tables) -> None:
    """Visualisations from a photograph alone, of which only the end is kept."""
    rows = tables["class_visualization"]
    kept = rows["run"].eq("from_photograph") & rows["iteration"].eq(rows["iterations"])
    tables["class_visualization"] = rows[kept]


def without_step(tables: Tables) -> None:
    """Attacks by a method whose steps have no length in L2."""
    tables["adversarial"]["eta"] = None


def unjudged(tables: Tables) -> None:
    """Visualisations from a photograph of which nothing was measured."""
    from_a_photograph(tables)
    unmeasured(tables)


def toward(policy: str) -> Callable[[Tables], None]:
    """Attacks toward the targets of another policy."""

    def alter(tables: Tables) -> None:
        tables["adversarial"]["target_policy"] = policy

    return alter


def some_left_out(tables: Tables) -> None:
    """A fixed target that is the label of the photographs that the networks get wrong."""
    attacks = tables["adversarial"]
    attacks["target_policy"] = "fixed"
    attacks.loc[attacks["attacked"].eq(False), "target"] = attacks["label"]


def grey_pictures(tables: Tables) -> None:
    """Visualisations that reach neither black nor white."""
    tables["class_visualization"][["lowest", "highest"]] = (0.2, 0.7)


def without_ranges(tables: Tables) -> None:
    """Tables of an earlier version, without the ranges of pictures."""
    tables["class_visualization"][["lowest", "highest"]] = None


def settings_of(technique: str, **changes: Any) -> dict[str, Any]:
    """The context in which all runs of a technique have other settings."""
    settings = synthetic_context().settings
    runs = {run: dict(chosen) | changes for run, chosen in settings[technique].items()}
    return {"settings": {**settings, technique: runs}}


def led_by_fourier() -> dict[str, Any]:
    """The context in which the main run is by `fourier`, and the others by the plain rule."""
    settings = synthetic_context().settings
    runs = settings["class_visualization"] | {"practical": FOURIER}
    return {"settings": {**settings, "class_visualization": runs}}


def variation_of(model: str) -> Callable[[Tables], None]:
    """Pictures of one network that are rougher than those of the other, in every run."""

    def alter(tables: Tables) -> None:
        rows = tables["class_visualization"]
        rows["total_variation"] = 0.02 + 0.1 * rows["model"].eq(model)

    return alter


def variation(value: float) -> Callable[[Tables], None]:
    """Pictures of one total variation."""

    def alter(tables: Tables) -> None:
        tables["class_visualization"]["total_variation"] = value

    return alter


def at_depths(early: str, last: str) -> dict[str, Any]:
    """The context in which two runs of saliency are Grad-CAM at these layers."""
    settings = synthetic_context().settings
    layers = {early: "early", last: "last"}
    runs = {run: {"method": "grad_cam", "layer": layer} for run, layer in layers.items()}
    return {"settings": {**settings, "saliency": settings["saliency"] | runs}}


def like_guided(tables: Tables) -> None:
    """Maps by Grad-CAM that foretell as much as those by guided backpropagation."""
    rows = tables["saliency"]
    guided = rows.loc[rows["run"].eq("guided_backprop"), "single_deletion"].to_numpy()
    rows.loc[rows["run"].eq("grad_cam"), "single_deletion"] = guided


def labels_rise(tables: Tables) -> None:
    """Attacks on whose way the label's score rises as well."""
    rows = tables["attack_scores"]
    rows["score_label"] = 9.0 + 0.5 * rows["iteration"]


def maps_left(attack: float, noise: float) -> Callable[[Tables], None]:
    """What the attack and the noise leave of the maps."""

    def alter(tables: Tables) -> None:
        rows, random = tables["adversarial"], np.random.default_rng(5)
        for name, value in (("map_spearman", attack), ("map_control_spearman", noise)):
            rows[name] = value + 0.05 * random.standard_normal(len(rows))

    return alter


def lost_to_noise(tables: Tables) -> None:
    """Photographs of which no noisy copy keeps its prediction."""
    rows = tables["saliency"]
    rows.loc[rows["image_id"].eq(f"{0:016x}"), "stability_spearman"] = None


def lost_in_files(tables: Tables) -> None:
    """The nearest attack is one of which no file fools."""
    attacks = tables["adversarial"]
    nearest = attacks["run"].eq("eta_0.5") & attacks["attacked"].eq(True)
    attacks.loc[nearest, ["l2", "success_png"]] = (0.001, False)


def second_rougher(tables: Tables) -> None:
    """Pictures that grow rougher; the second network's are the rougher, others only for a class."""
    rows = tables["class_visualization"]
    second, one = rows["model"].eq("lite2"), rows["class_index"].eq(rows["class_index"].min())
    rows["total_variation"] = 0.01 + 0.001 * rows["iteration"] + 0.1 * second
    rows["probability_resized"] = 0.5 + 0.1 * (second & one)


def seen(**named: int) -> Callable[[Tables], None]:
    """So many classes of a run are named by the networks that did not draw them."""

    def alter(tables: Tables) -> None:
        seen_by_others(tables, **named)

    return alter


def one_run_free() -> dict[str, Any]:
    """The context in which one attack differs from the others by its clamp alone."""
    settings = synthetic_context().settings
    runs = {run: dict(chosen) for run, chosen in settings["adversarial"].items()}
    runs["eta_0.5"]["clip"] = False
    return {"settings": {**settings, "adversarial": runs}}


def worse_than_controls(tables: Tables) -> None:
    """Maps that foretell less than controls, that noise moves more than another class, and that
    are concentrated in one network where they are spread in the other.
    """
    rows = tables["saliency"]
    maps = rows["run"].eq("gradient")
    rows.loc[maps, "single_deletion"] -= 1.0
    rows.loc[maps, "stability_spearman"] = 0.2
    rows.loc[maps, "completeness_error"] = 0.2
    first = maps & rows["model"].eq("lite0")
    rows.loc[first, "half_mass_share"] = 0.5 - rows.loc[first, "half_mass_share"]


def like_controls(tables: Tables) -> None:
    """Maps that are as good as the controls, and that noise and another class move alike."""
    rows = tables["saliency"]
    maps = rows["run"].eq("gradient")
    wobble = 0.3 * np.random.default_rng(3).standard_normal(maps.sum())
    rows.loc[maps, "single_deletion"] = 0.13 + wobble
    others = ~rows["method"].isin({"gradient", "random", "edges", "centre"})
    rows.loc[others, "single_deletion"] = -0.2
    rows.loc[maps, "class_sensitivity"] = 0.5
    rows.loc[maps, "stability_spearman"] = 0.5 + wobble


def like_controls_in_the_second(tables: Tables) -> None:
    """Maps that foretell better than the controls in one network, and no better in the other."""
    rows = tables["saliency"]
    controls = rows["method"].isin({"random", "edges", "centre"})
    rows.loc[~controls, "single_deletion"] = 0.9
    rows.loc[~controls & rows["model"].eq("lite2"), "single_deletion"] = -0.2


def driven_and_untargeted(tables: Tables) -> None:
    """Images that go on beyond the first fooling, and others without a target."""
    rows = tables["transfer"]
    untargeted = rows.assign(target_policy="untargeted", target=None)
    tables["transfer"] = pd.concat([rows, rows.assign(beyond=30), untargeted], ignore_index=True)


def driven_to(changed: bool) -> Callable[[Tables], None]:
    """Images of which another network sees all, or none, as another class where they end."""

    def alter(tables: Tables) -> None:
        rows = tables["transfer"]
        between = rows["source_model"].ne(rows["model"])
        first = rows.index[between][:4]
        rows.loc[first, "prediction_changed"] = True
        further = rows.assign(beyond=30)
        further.loc[between, "prediction_changed"] = changed
        tables["transfer"] = pd.concat([rows, further], ignore_index=True)

    return alter


def two_of_one_class(tables: Tables) -> None:
    """Two photographs of one class."""
    photographs = tables["photographs"]
    photographs.loc[1, "label"] = photographs.loc[0, "label"]


def every_method(tables: Tables) -> None:
    """A run of every saliency method, and another of a method that has one already."""
    rows = tables["saliency"]
    like = rows[rows["run"].eq("random")]
    added = [like.assign(run=run, method=method) for run, method in ADDED.items()]
    tables["saliency"] = pd.concat([rows, *added], ignore_index=True)


def ranked(**medians: tuple[float, float, float]) -> Callable[[Tables], None]:
    """Medians of gradient, Grad-CAM and guided backpropagation by measure."""

    def alter(tables: Tables) -> None:
        rows = tables["saliency"]
        for measure, given in medians.items():
            rows[measure] = None
            for run, value in zip(("gradient", "grad_cam", "guided_backprop"), given, strict=True):
                rows.loc[rows["run"] == run, measure] = value

    return alter


def with_boxes(map_hits: int, centre_hits: int, *, every: int = 20) -> Callable[[Tables], None]:
    """Boxes in every photograph: of so many `every` photographs map and centre hit the object."""

    def alter(tables: Tables) -> None:
        every_method(tables)
        rows = tables["saliency"]
        for run, hits in (("gradient", map_hits), ("1", centre_hits)):
            chosen = rows["run"] == run
            place = rows.loc[chosen, "image_id"].map(lambda i: int(i, 16) % every)
            rows.loc[chosen, "objects"] = 1
            rows.loc[chosen, "iou"] = 0.4
            rows.loc[chosen, "localised"] = place < hits // 2
            rows.loc[chosen, "pointing_hit"] = place < hits
            rows.loc[chosen, "difficult"] = run == "gradient"

    return alter


def energy(kind: str) -> Callable[[Tables], None]:
    """Perturbations where the next photograph's map is strong, or anywhere."""

    def alter(tables: Tables) -> None:
        rows, maps = tables["perturbation_cells"], tables["saliency_cells"]
        random = np.random.default_rng(5)
        rows["energy_share"] = random.random(len(rows))
        if kind == "others":
            keys = ["model", "image_id", "cell_row", "cell_column"]
            shares = maps.set_index(keys)["cell_share"]
            following = [f"{(int(i, 16) + 1):016x}" for i in rows["image_id"]]
            places = zip(
                rows["model"], following, rows["cell_row"], rows["cell_column"], strict=True
            )
            rows["energy_share"] = [shares.get(place, 0.5) for place in places]

    return alter


GUIDED = ("salient", "random", "least")


def with_guided(*pixels: str) -> dict[str, Any]:
    """The context of runs that are confined to pixels."""
    known = synthetic_context()
    own = {p: {"method": "saliency_guided", "pixels": p, "share": 0.1} for p in pixels}
    runs, settings = known.runs, known.settings
    return {
        "runs": {**runs, "adversarial": (*runs["adversarial"], *own)},
        "settings": {**settings, "adversarial": {**settings["adversarial"], **own}},
    }


def guided(**iterations: int) -> Callable[[Tables], None]:
    """Attacks confined to pixels, with the iterations that each choice takes, give or take one."""

    def alter(tables: Tables) -> None:
        rows = tables["adversarial"]
        like = rows[rows["run"] == "ascent"]
        wobble = like["image_id"].map(lambda i: int(i, 16) % 3 - 1)
        turned = like["image_id"].map(lambda i: 1 if int(i, 16) % 2 else -1)
        added = [
            like.assign(
                run=pixels,
                method="saliency_guided",
                iterations=(abs(n) + (wobble if n > 0 else 3 * turned)).where(like["attacked"]),
            )
            for pixels, n in iterations.items()
        ]
        tables["adversarial"] = pd.concat([rows, *added], ignore_index=True)

    return alter


def with_generators() -> dict[str, Any]:
    """The context of three trained attacks."""
    known = synthetic_context()
    own = {run: {"method": "generator"} for run in GENERATORS}
    runs, settings = known.runs, known.settings
    return {
        "runs": {**runs, "adversarial": (*runs["adversarial"], *own)},
        "settings": {**settings, "adversarial": {**settings["adversarial"], **own}},
    }


ATTACKS: dict[str, dict[str, Any]] = {  # runs beside the rule, by which claims are tested
    "fgsm": {"method": "fgsm", "objective": "log_probability", "epsilon": 0.03},
    "i_fgsm": {"method": "i_fgsm", "objective": "log_probability", "epsilon": 0.03},
    "i_fgsm_near": {"method": "i_fgsm", "objective": "log_probability", "epsilon": 0.01},
    "by_log_probability": {"objective": "log_probability"},
    "by_margin": {"objective": "margin"},
    "generator": {"method": "generator", "epsilon": 0.04},
}


def with_attacks(*names: str) -> dict[str, Any]:
    """The context of further attacks."""
    known = synthetic_context()
    like = known.settings["adversarial"]["ascent"]
    own = {name: {**like, **ATTACKS[name]} for name in names or ATTACKS}
    runs, settings = known.runs, known.settings
    return {
        "runs": {**runs, "adversarial": (*runs["adversarial"], *own)},
        "settings": {**settings, "adversarial": {**settings["adversarial"], **own}},
    }


def led_back() -> dict[str, Any]:
    """The context of an attack that is led back to the boundary, on the levels of the file."""
    known = with_attacks("by_margin")
    settings = known["settings"]["adversarial"]
    back = {**settings["by_margin"], "refine": 7, "quantize": True}
    return known | {
        "settings": {**known["settings"], "adversarial": {**settings, "by_margin": back}}
    }


def every_method_named() -> dict[str, Any]:
    """The context of one run of every method that there is; tables have none of their rows."""
    known = synthetic_context().settings
    return {
        "settings": {
            technique: {
                **runs,
                **{m: {**next(iter(runs.values())), "method": m} for m in REGISTERED[technique]},
            }
            for technique, runs in known.items()
        }
    }


GENERATORS = {"strong": True, "weak": False, "unjudged": None}


def generators(tables: Tables) -> None:
    """Trained attacks that fool every photograph, none, or have none to attack."""
    rows = tables["adversarial"]
    like = rows[rows["run"] == "ascent"].assign(target_policy="fixed", method="generator")
    judged = [
        like.assign(run=run, success=like["attacked"].map({True: success}))
        if success is not None
        else like.assign(run=run, attacked=False)
        for run, success in GENERATORS.items()
    ]
    tables["adversarial"] = pd.concat([rows, *judged], ignore_index=True)
    training = [
        {"model": model, "run": run, "step": step, "target": 130, "photographs": 20}
        | {"gradient_evaluations": 4 * step}
        for model in ("lite0", "lite2")
        for run in GENERATORS
        for step in (10, 20)
    ]
    tables["attack_training"] = to_table("attack_training", training).to_pandas()


def attacks_that(**measures: dict[str, Any]) -> Callable[[Tables], None]:
    """Attacks like the rule's but for some measures; `rule` is the rule itself."""

    def alter(tables: Tables) -> None:
        rows = tables["adversarial"]
        took_place = rows["run"].eq("ascent") & rows["attacked"].eq(True)
        for measure, value in measures.get("rule", {}).items():
            rows.loc[took_place, measure] = value
        like = rows[rows["run"].eq("ascent")]
        added = []
        for name, changed in measures.items():
            if name != "rule":
                method = ATTACKS.get(name, {}).get("method", "gradient_ascent")
                new = like.assign(run=name, method=method)
                for measure, value in changed.items():
                    new.loc[new["attacked"].eq(True), measure] = value
                added.append(new)
        tables["adversarial"] = pd.concat([rows, *added], ignore_index=True)

    return alter


def in_the_first_alone(run: str) -> Callable[[Tables], None]:
    """An attack like the rule's on the first network, and none on the others."""

    def alter(tables: Tables) -> None:
        attacks_that(**{run: {}})(tables)
        rows = tables["adversarial"]
        tables["adversarial"] = rows[rows["run"].ne(run) | rows["model"].eq(rows["model"].iloc[0])]

    return alter


HOLD = attacks_that(
    rule={"success": True, "success_png": False, "l2": 2.0, "ssim": 0.9},
    fgsm={"gradient_evaluations": 1, "success_png": True},
    i_fgsm_near={"success": False},
    i_fgsm={"success_png": True},
    by_log_probability={"l2": 1.0},
    by_margin={"l2": 1.0},
    generator={"ssim": 0.95},
)
DO_NOT_HOLD = attacks_that(
    rule={"success": True, "success_png": True, "l2": 1.0, "ssim": 0.9},
    fgsm={"success": False, "gradient_evaluations": 1},
    i_fgsm_near={"gradient_evaluations": 1},
    i_fgsm={"success": False},
    by_log_probability={"l2": 2.0},
    by_margin={"l2": 2.0},
    generator={"ssim": 0.85},
)


def untargeted_too(tables: Tables) -> None:
    """The same attacks without a target."""
    rows = tables["adversarial"]
    untargeted = rows.assign(target_policy="untargeted", target=None)
    tables["adversarial"] = pd.concat([rows, untargeted], ignore_index=True)


def only_noise(tables: Tables) -> None:
    """Maps of no other class, and the drops of cells foretold by themselves."""
    rows = tables["saliency"]
    rows["class_sensitivity"] = None
    rows.loc[rows["run"].eq("occlusion"), "single_deletion"] = 1.0


ADDED = {name: name for name in REGISTERED["saliency"] if name not in {*METHODS, "centre"}}
ADDED |= {"1": "centre", "2": "centre"}  # two runs of one method


def with_every_method() -> dict[str, Any]:
    """The context of the same."""
    known = synthetic_context()
    own = {**known.settings["saliency"], **{run: {"method": m} for run, m in ADDED.items()}}
    return {
        "runs": {**known.runs, "saliency": tuple(own)},
        "settings": {**known.settings, "saliency": own},
    }


def odd_results(summary: Summary) -> Summary:
    """Comparisons as they rarely come: open intervals, most pairs equal, constants, all signs."""
    relations = summary.answers[3].robustness
    higher, lower, seen = relations[0].result, relations[0].result, relations[0].result
    results = [
        replace(higher, verdict=Verdict.HIGHER, low=None),
        replace(lower, verdict=Verdict.LOWER, high=None),
        replace(seen, verdict=Verdict.NO_DIFFERENCE, low=0.1, high=0.8),
        replace(seen, verdict=Verdict.NO_DIFFERENCE, low=-0.1, high=0.8),
        replace(seen, verdict=Verdict.TOO_FEW),
    ]
    rows = [replace(r, result=result) for r in relations[::2] for result in results]
    pair = summary.answers[4].comparisons[0]
    equal = replace(pair, result=replace(pair.result, verdict=Verdict.HIGHER, estimate=0.0))
    answers = {
        3: replace(summary.answers[3], robustness=tuple(rows)),
        4: replace(summary.answers[4], comparisons=(equal,)),
    }
    shown = Comparisons((*rows, *summary.comparisons.rows))
    return replace(summary, answers=answers, comparisons=shown)


def only_from_a_photograph() -> dict[str, Any]:
    """The context of a run whose one visualisation starts from a photograph."""
    return {"runs": {**synthetic_context().runs, "class_visualization": ("from_photograph",)}}


DESCRIBED = tuple(tomllib.loads((TEMPLATES / "en/labels.toml").read_text())["architectures"])
SOURCES = ("package", "torchvision", "checkpoint", "timm")
FACTS = tuple(ModelFacts(name, name, SOURCES[i % 4]) for i, name in enumerate(DESCRIBED))
UNREADABLE = (("x.jpg", "?"), ("y.jpg", "?"))
MANY = tuple(range(0, 240, 10))  # classes: enough for verdicts


def second_choice(leaves: float | None) -> Callable[[Tables], None]:
    """What asking for the second likeliest class leaves of a map; None: as much as noise does."""

    def alter(tables: Tables) -> None:
        maps = tables["saliency"]
        maps["stability_spearman"] = (1024 * maps["stability_spearman"]).round() / 1024  # exact
        left = maps["stability_spearman"] if leaves is None else leaves
        maps["runner_up_sensitivity"] = 1.0 - left

    return alter


MAIN_RUNS = {"sweeps": False}  # where a case is not about the others
CASES = {
    "two networks": Case(),
    "first higher": Case({"first": "higher", "unreadable": UNREADABLE}),
    "first lower": Case({"first": "lower"}),
    "censored": Case({"censored": True}),
    "one network": Case(
        {"models": ("lite0",), "sweeps": False, "classes": (1,)}, {"sources": ("folder",)}
    ),
    "three networks": Case({"models": ("a", "b", "c"), "n": 5, "wrong": 0}),
    "six photographs": Case({"n": 6, "wrong": 1, "classes": (1, 22, 130)}),
    "same architecture": Case(
        {"models": ("squeezenet1_1", "squeezenet1_0")},
        {"sources": ("bundled", "folder"), "squashed": {"squeezenet1_1": "squeezenet1_0"}},
    ),
    "vgg16": Case({"models": ("vgg16",)}, {"questions": (2, 6)}, figures=FIGURES[:5]),
    "every architecture": Case(
        {"models": DESCRIBED, "n": 1, "classes": (), "sweeps": False},
        {"models": FACTS, "questions": (4,)},
    ),
    "nothing": Case({"n": 0, "classes": ()}, figures=()),
    "all wrong": Case({"n": 3, "wrong": 3}),
    "rare": Case(alter=rarely),
    "maps beside chance": Case(alter=maps_beside_chance),
    "maps around chance": Case(alter=maps_around_chance),
    "falls from a photograph": Case(alter=from_photographs(0.9, 0.1)),
    "stays as the photograph": Case(alter=from_photographs(0.5, 0.5)),
    "another network follows": Case({"classes": (40, 80)}, alter=toward_their_own(0.001)),
    "another network turns away": Case({"classes": (40, 80)}, alter=toward_their_own(0.99)),
    "another network is of two minds": Case({"classes": (40, 80)}, alter=of_two_minds),
    "nothing survives": Case(alter=nothing_left),
    "files unread": Case(alter=files_unread),
    "a spot in the middle": Case({}, spotted(), alter=with_a_spot),
    "the last layer foretells": Case({}, at_depths("guided_backprop", "grad_cam")),
    "the first layer foretells": Case({}, at_depths("grad_cam", "guided_backprop")),
    "all layers foretell alike": Case(
        {}, at_depths("grad_cam", "guided_backprop"), alter=like_guided
    ),
    "label rises as well": Case(MAIN_RUNS, alter=labels_rise),
    "maps withstand the attack": Case(MAIN_RUNS, alter=maps_left(0.9, 0.5)),
    "maps of attacks and noise alike": Case(MAIN_RUNS, alter=maps_left(0.7, 0.7)),
    "few maps of attacks": Case(MAIN_RUNS | {"n": 5}, alter=maps_left(0.5, 0.9)),
    "lost to noise": Case(MAIN_RUNS, alter=lost_to_noise),
    "nearest lost in its files": Case(alter=lost_in_files),
    "second network rougher": Case(alter=second_rougher),
    "settings without scores": Case(alter=without_scores),
    "answers apart": Case(change=apart),
    "practically equal": Case(change=within_margins(Verdict.NO_DIFFERENCE)),
    "different, and practically equal": Case(change=within_margins(Verdict.HIGHER)),
    "sure of every picture": Case(alter=sure_of_all),
    "rows without measures": Case(alter=nothing_measured),
    "no measures": Case(alter=unmeasured),
    "from a photograph": Case({}, only_from_a_photograph(), alter=from_a_photograph),
    "unjudged": Case({}, only_from_a_photograph(), alter=unjudged),
    "no length of a step": Case({}, settings_of("adversarial", method="ddn"), alter=without_step),
    "many files unused": Case({"unreadable": UNREADABLE * 11}, {"sources": ("folder", "npz")}),
    "runner-up": Case({}, {"targets": ("runner_up",)}, alter=toward("runner_up")),
    "least likely": Case({}, {"targets": ("least_likely",)}, alter=toward("least_likely")),
    "fixed for all": Case(
        {},
        settings_of("adversarial", clip=False) | {"targets": ("fixed",), "fixed_target": 6},
        alter=some_left_out,
    ),
    "fixed for each": Case(
        {},
        settings_of("adversarial", space="normalized", objective="margin")
        | {"targets": ("fixed",)},
        alter=toward("fixed"),
    ),
    "the notebook's": Case(
        {},
        settings_of("adversarial", space="normalized", clip=False, objective="log_probability")
        | {"show": Show.RESCALED},
        alter=grey_pictures,
    ),
    "another attack": Case({}, settings_of("adversarial", method="ddn")),
    "i-fgsm": Case({}, settings_of("adversarial", method="i_fgsm")),
    "steps of one length": Case(
        {},
        settings_of(
            "class_visualization",
            method="normalized",
            shift_both_ways=True,
            init_img="sample",
            parameterization="fourier",
        ),
    ),
    "named by all": Case({"recognition": "all", "classes": (40, 80)}),
    "named by none": Case({"recognition": "none"}),
    "pictures not judged": Case({"recognition": "not judged"}),
    "another setting is better": Case(
        {"recognition": "none", "classes": MANY}, alter=seen(eta_2=24)
    ),
    "ingredients": Case(
        {"classes": MANY},
        recipes(
            eta_2={"parameterization": "pixels"},
            eta_50={"smallest_view": 1.0, "largest_view": 1.0, "margin": 0.0},
            lambda_0={"objective": "score"},
            **{"lambda_0.1": {"parameterization": "fourier_rgb"}},
        ),
        alter=seen(practical=12, eta_2=0, eta_50=12, lambda_0=24),
    ),
    "ingredients of few classes": Case(
        {"classes": (1, 22, 130)},
        recipes(
            eta_2={"objective": "log_probability"},
            eta_50={"noise_sd": 0.0},
            lambda_0={"lambda": 0.0},
        ),
    ),
    "on the way of photographs": Case(
        {
            "classes": tuple(range(0, 480, 40)),
            "likeness": {"early": 0.0, "last": 0.9, "logits": 0.9},
        }
    ),
    "smooth pictures": Case({"classes": MANY}, alter=variation(0.001)),
    "keep the setting": Case({"recognition": "none"}, alter=seen(practical=2)),
    "keep the blur": Case({"recognition": "none"}, blurs(eta_2=(1.0, 16)), alter=seen(practical=2)),
    "blurs": Case({"recognition": "none"}, blurs(eta_2=(1.0, 16))),
    "a blur is better": Case(
        {"recognition": "none", "classes": MANY}, blurs(eta_2=(1.0, 16)), alter=seen(eta_2=24)
    ),
    "a blur may be better": Case(
        {"recognition": "none"}, blurs(eta_2=(1.0, 16), eta_50=(0.0, 0)), alter=seen(eta_50=2)
    ),
    "blurs not judged": Case({"recognition": "not judged"}, blurs(eta_2=(1.0, 16))),
    "by fourier": Case({}, settings_of("class_visualization", **FOURIER)),
    "rougher by one rule alone": Case({}, led_by_fourier(), alter=rougher_by_one_rule),
    "rougher by both rules": Case({}, led_by_fourier(), alter=variation_of("lite0")),
    "settings end earlier": Case(
        {"recognition": "none"},
        settings_of("class_visualization", **FOURIER),
        alter=settings_at_half(2),
    ),
    "all named by settings that end earlier": Case(
        {"recognition": "none"}, alter=settings_at_half(99)
    ),
    "another ascent": Case(
        {}, settings_of("class_visualization", method="toy"), alter=without_ranges
    ),
    "clamped and free": Case({}, one_run_free()),
    "numbered otherwise": Case({"models": tuple("abcde"), "n": 12}, alter=numbered_otherwise),
    "one agrees": Case(
        {"models": ("a", "b", "c")}, {"models": promising(0.7, 0.7, 0.7)}, alter=one_agrees
    ),
    "as promised": Case({"models": ("a", "b")}, {"models": promising(0.9, 0.8)}),
    "worse than controls": Case(MAIN_RUNS, alter=worse_than_controls),
    "like controls": Case(MAIN_RUNS, alter=like_controls),
    "like controls in the second": Case(MAIN_RUNS, alter=like_controls_in_the_second),
    "of no worth in the second": Case(MAIN_RUNS, alter=maps_of_no_worth_in_the_second),
    "surer of all": Case(MAIN_RUNS | {"recognition": "none"}, alter=surer_of(1.0)),
    "surer of some": Case(MAIN_RUNS | {"recognition": "none"}, alter=surer_of(0.5)),
    "surer of none": Case(MAIN_RUNS | {"recognition": "none"}, alter=surer_of(0.0)),
    "two of one class": Case(MAIN_RUNS, alter=two_of_one_class),
    "only noise": Case(MAIN_RUNS, alter=only_noise),
    "every method": Case(MAIN_RUNS, with_every_method(), alter=every_method),
    "measures agree": Case(
        MAIN_RUNS,
        alter=ranked(
            single_deletion=(0.4, 0.5, 0.3),
            road=(0.4, 0.5, 0.3),
            insertion=(0.4, 0.5, 0.3),
            deletion=(0.4, 0.3, 0.5),
            stability_spearman=(0.4, 0.5, 0.3),
        ),
    ),
    "two methods": Case(
        MAIN_RUNS,
        alter=ranked(
            class_sensitivity=(0.4, 0.5, 0.3),
            single_deletion=(0.4, 0.5, np.nan),
            stability_spearman=(0.4, 0.5, np.nan),
            grid_pointing=(0.4, 0.5, np.nan),
        ),
    ),
    "measures disagree": Case(
        MAIN_RUNS,
        alter=ranked(
            single_deletion=(0.4, 0.5, 0.3),
            grid_pointing=(0.4, 0.3, 0.5),
            stability_spearman=(0.4, 0.5, 0.3),
            class_sensitivity=(0.4, 0.3, 0.5),
        ),
    ),
    "map finds objects": Case(MAIN_RUNS, with_every_method(), alter=with_boxes(20, 2)),
    "centre finds objects": Case(MAIN_RUNS, with_every_method(), alter=with_boxes(2, 20)),
    "both find objects": Case(MAIN_RUNS, with_every_method(), alter=with_boxes(10, 12)),
    "boxes in five": Case({"n": 5}, with_every_method(), alter=with_boxes(3, 2)),
    "perturbed elsewhere": Case(MAIN_RUNS, alter=energy("others")),
    "perturbed anywhere": Case(MAIN_RUNS, alter=energy("any")),
    "salient pixels first": Case(
        MAIN_RUNS, with_guided(*GUIDED), alter=guided(salient=10, random=20, least=30)
    ),
    "salient pixels last": Case(
        MAIN_RUNS, with_guided(*GUIDED), alter=guided(salient=30, random=20, least=10)
    ),
    "any pixels": Case(
        MAIN_RUNS, with_guided(*GUIDED), alter=guided(salient=-20, random=20, least=20)
    ),
    "pixels of four": Case(
        {"n": 5, "wrong": 1}, with_guided(*GUIDED), alter=guided(salient=10, random=20, least=30)
    ),
    "salient pixels alone": Case(MAIN_RUNS, with_guided("salient"), alter=guided(salient=10)),
    "generators": Case(MAIN_RUNS, with_generators(), alter=generators),
    "claims hold": Case(MAIN_RUNS, with_attacks(), alter=HOLD),
    "claims do not hold": Case(MAIN_RUNS, with_attacks(), alter=DO_NOT_HOLD),
    "every method named": Case(MAIN_RUNS, every_method_named()),
    "claims in one network": Case(
        {"sweeps": False}, with_attacks("fgsm"), alter=in_the_first_alone("fgsm")
    ),
    "led back": Case(MAIN_RUNS, led_back(), alter=attacks_that(by_margin={"l2_png": 0.01})),
    "main attack the best": Case(
        MAIN_RUNS, with_attacks("by_margin"), alter=attacks_that(by_margin={"l2": 9.0})
    ),
    "without a target too": Case({}, {"targets": ("random", "untargeted")}, alter=untargeted_too),
    "passes on": Case(MAIN_RUNS | {"transfer": "passes"}),
    "passes less than noise": Case(MAIN_RUNS | {"transfer": "less than noise"}),
    "driven on, and untargeted": Case(
        {}, {"targets": ("random", "untargeted")}, alter=driven_and_untargeted
    ),
    "driven until another network turns": Case(MAIN_RUNS, alter=driven_to(changed=True)),
    "driven until none turns": Case(MAIN_RUNS, alter=driven_to(changed=False)),
    "not judged": Case(MAIN_RUNS | {"transfer": "not judged"}),
    "many photographs judged": Case(
        {"classes": tuple(range(0, 320, 40))}, alter=toward_their_own(0.001)
    ),
    "second choice moves less": Case(MAIN_RUNS, alter=second_choice(0.99)),
    "second choice moves more": Case(MAIN_RUNS, alter=second_choice(0.01)),
    "second choice moves as much": Case(MAIN_RUNS, alter=second_choice(None)),
    "second choice of five": Case({"n": 5}, alter=second_choice(0.9)),
    "odd results": Case({}, {"questions": (3, 4)}, change=odd_results),
}

SMALL = Case({"n": 8, "sweeps": False}, {"questions": (1, 3)})


@functools.cache
def summary_of(wanted: Case) -> Summary:
    tables = synthetic_tables(**wanted.tables)
    if wanted.alter:
        wanted.alter(tables)
    context = synthetic_context(wanted.tables.get("models", ("lite0", "lite2")))
    summary = summarize(tables, context=replace(context, **wanted.context))
    return wanted.change(summary) if wanted.change else summary


def html_of(templates: Path, wanted: Case, language: str = "xx") -> str:
    return render_summary(
        summary_of(wanted), figures=wanted.figures, templates=templates, language=language
    )


def headline_of(templates: Path) -> str:
    path = Path("42.html")
    return headline(
        summary_of(CASES["two networks"]),
        templates=templates,
        language="xx",
        report=path,
        pdf=path,
        lacking="7",
    )


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pseudo_language(tmp_path_factory.mktemp("pseudo"))


@pytest.fixture(scope="module")
def read(pseudo: Path) -> dict[str, Reader]:
    return {name: Reader(html_of(pseudo, wanted)) for name, wanted in CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_no_word_of_the_page_comes_from_outside_its_language(
    name: str, read: dict[str, Reader]
) -> None:
    assert read[name].words == set()


def test_no_word_of_the_headline_comes_from_outside_its_language(pseudo: Path) -> None:
    runs = " ".join(summary_of(CASES["two networks"]).context.runs["adversarial"])
    words = set(WORD.findall(MARKED.sub("", headline_of(pseudo))))
    assert words - set(WORD.findall(runs)) == {"html"}


def test_every_sentence_and_label_is_said_by_some_run(
    pseudo: Path, read: dict[str, Reader]
) -> None:
    said = set.union(*(reader.said for reader in read.values()))
    said |= set(MARKED.findall(headline_of(pseudo)))
    forms = {f for forms in labels_of(pseudo, "xx")["forms"].values() for f in forms}
    forms = {f for form in forms for f in MARKED.findall(form)}
    assert sorted(pieces(pseudo) - said - forms) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("skeleton/limits.html", "<ul", "<p>No such thing</p><ul", {"No", "such", "thing"}),
        ("skeleton/names.html", "[{% if", "[about {% if", {"about"}),
        ("skeleton/macros.html", 'class="made"', 'title="How made"', {"How", "made"}),
        ("skeleton/questions/q03.html", "s.alt_boxes(found)", '"Boxes"', {"Boxes"}),
        ("xx/questions/q01.html", " -%}", ' -%}{{ "Of" }} ', {"Of"}),
    ],
)  # fmt: skip
def test_a_word_in_the_wrong_place_is_found(
    file: str, old: str, new: str, words: set[str], tmp_path: Path
) -> None:
    templates = pseudo_language(tmp_path)
    source = (templates / file).read_text(encoding="utf-8")
    assert old in source
    (templates / file).write_text(source.replace(old, new, 1), encoding="utf-8")
    assert Reader(html_of(templates, SMALL)).words == words


def test_the_pseudo_language_changes_nothing_but_words(tmp_path: Path) -> None:
    templates = pseudo_language(tmp_path, lambda piece: piece)
    page = html_of(templates, CASES["two networks"]).replace('lang="xx"', 'lang="en"')
    assert page == html_of(TEMPLATES, CASES["two networks"], "en")


def test_a_language_without_a_sentence_or_a_label_says_which(tmp_path: Path) -> None:
    for file, named, name in (
        ("questions/q01.html", "macro grain", "grain"),
        ("labels.toml", "gradient_norm =", "gradient_norm"),
    ):
        templates = pseudo_language(tmp_path / name)
        path = templates / "xx" / file
        source = path.read_text(encoding="utf-8")
        path.write_text(source.replace(named, named.replace(name, "x"), 1), encoding="utf-8")
        with pytest.raises(TemplateError, match=name):
            html_of(templates, SMALL)


def templates_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".html", ".txt"))


def parsed(path: Path) -> nodes.Template:
    return Environment().parse(path.read_text(encoding="utf-8"))


def text_of(path: Path) -> Iterator[str]:
    """The text of a template outside its expressions."""
    for _, kind, value in Environment().lex(path.read_text(encoding="utf-8")):
        if kind == "data":
            yield value


@pytest.mark.parametrize("path", templates_in(TEMPLATES / SKELETON), ids=lambda path: path.stem)
def test_the_skeleton_has_no_word(path: Path) -> None:
    """Text between tags; a tag may be cut by an expression, so its ends are looked for apart."""
    page = "\x00".join(text_of(path))
    assert not re.search(r"(?:alt|aria-label|title)=\"[^\"\x00]", page)
    assert not LETTER.findall(re.sub(r"<[^>]*>|&#?\w+;", "", page))


def decisions(template: nodes.Template) -> list[str]:
    """Comparisons of sizes or with numbers, and arithmetic, outside the macro of plurals."""
    found: list[str] = []
    plural = {
        id(node)
        for macro in template.find_all(nodes.Macro)
        if macro.name == PLURALS
        for node in macro.find_all(nodes.Node)
    }
    for node in template.find_all((nodes.Compare, nodes.Test, nodes.Filter, *ARITHMETIC)):
        if id(node) in plural:
            continue
        operands = list(node.find_all(nodes.Const))
        numbers = any(isinstance(c.value, int | float) for c in operands)
        if isinstance(node, nodes.Compare):
            sizes = {"gt", "gteq", "lt", "lteq"} & {operand.op for operand in node.ops}
            decides = bool(sizes) or (numbers and not isinstance(node.expr, nodes.Getitem))
        elif isinstance(node, nodes.Test):
            decides = node.name not in ("defined", "none")
        elif isinstance(node, nodes.Filter):
            decides = node.name in CHOOSING
        else:
            decides = numbers or not isinstance(node, nodes.Add)
        found += [f"line {node.lineno}: {type(node).__name__}"] if decides else []
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_decides_nothing_by_numbers(language: str) -> None:
    for path in templates_in(TEMPLATES / language):
        assert decisions(parsed(path)) == [], path.name


@pytest.mark.parametrize(
    "source",
    [
        "{% if row.rms_255.estimate < 3 %}a{% endif %}",
        "{% if rows | length == 1 %}a{% endif %}",
        "{{ 'a' if first.fooled >= second.fooled else 'b' }}",
        "{% if n is gt 3 %}a{% endif %}",
        "{{ 2 * n }}",
        "{{ rows | selectattr('n', 'gt', 3) | list }}",
    ],
)
def test_a_decision_by_numbers_is_found(source: str) -> None:
    assert decisions(Environment().parse(source))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_holds_no_table_figure_or_paragraph(language: str) -> None:
    for path in templates_in(TEMPLATES / language):
        tags = re.findall(r"<[^>]*>", "".join(text_of(path)))
        assert [tag for tag in tags if not ALLOWED_TAGS.fullmatch(tag)] == [], path.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_the_same_files_labels_and_macros(language: str) -> None:
    assert _outline(TEMPLATES / language) == _outline(TEMPLATES / "en")


def _outline(folder: Path) -> dict[str, Any]:
    macros = {
        path.relative_to(folder).as_posix(): {
            macro.name: [argument.name for argument in macro.args]
            for macro in parsed(path).find_all(nodes.Macro)
        }
        for path in templates_in(folder)
    }
    labels = {path.name: _keys(tomllib.loads(path.read_text())) for path in folder.glob("*.toml")}
    return macros | labels


def _keys(labels: Any) -> Any:
    return {k: _keys(v) for k, v in labels.items()} if isinstance(labels, dict) else None


def labels_of(templates: Path, language: str) -> dict[str, Any]:
    return tomllib.loads((templates / language / "labels.toml").read_text(encoding="utf-8"))
