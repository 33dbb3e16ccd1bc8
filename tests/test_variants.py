"""Settings of the practical work's notebook as the report sees them: rules, clamping, rescaling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from figure_data import WORDS, synthetic
from inputgrad.config.schema import load_config, parse_config
from inputgrad.places import SCRIPTS
from inputgrad.report.figures import adversarial_gallery
from inputgrad.report.figures.pictures import rescaled
from inputgrad.report.summaries.clamping import clampings
from inputgrad.report.summaries.codes import AscentRule, AttackRule, Show, Stretch, stretch
from inputgrad.report.summaries.context import Context, context_of
from inputgrad.report.summaries.summary import summarize
from inputgrad.statistics.medians import median
from pretended import configuration
from rendered_report import Page, render_tables
from synthetic_tables import synthetic_context, synthetic_tables

CONFIGS = SCRIPTS.parent / "config"


@pytest.mark.parametrize(
    ("run", "rule"),
    [
        ({"method": "gradient_ascent"}, AttackRule.PIXELS),
        ({"method": "gradient_ascent", "clip": False}, AttackRule.PIXELS_FREE),
        ({"method": "gradient_ascent", "space": "normalized"}, AttackRule.NORMALIZED),
        (
            {"method": "gradient_ascent", "space": "normalized", "clip": False},
            AttackRule.NORMALIZED_FREE,
        ),
        ({"method": "i_fgsm"}, AttackRule.I_FGSM),
        ({"method": "ddn"}, AttackRule.OTHER),
    ],
)
def test_the_rule_of_an_attack_is_that_of_its_settings(run: dict[str, Any], rule: str) -> None:
    config = parse_config(configuration(adversarial__runs={"main": run}))
    assert context_of(config).attack_rule == rule


def test_the_default_and_the_notebook_print_their_own_rules() -> None:
    def context(name: str) -> Context:
        return context_of(load_config(CONFIGS / name))

    default, notebook = context("config.yaml"), context("notebook.yaml")
    assert (default.attack_rule, default.ascent_rule) == (
        AttackRule.PIXELS, AscentRule.FOURIER,
    )  # fmt: skip
    assert (notebook.attack_rule, notebook.ascent_rule) == (
        AttackRule.NORMALIZED_FREE, AscentRule.PLAIN,
    )  # fmt: skip
    assert (default.show, notebook.show) == (Show.AS_IS, Show.RESCALED)
    assert (default.fixed_target, notebook.fixed_target) == (None, 6)
    page = render_tables(synthetic_tables(), settings=_with_main(default, synthetic_context()))[1]
    assert "The main run makes 200 steps of Adam (" in page
    assert "whose η falls from 0.05 to 10\u202f% of it, with λ = 0.02." in page
    assert "with Gaussian noise of standard deviation 0.05." in page


def _with_main(context: Context, synthetic: Context) -> dict[str, Any]:
    """The settings of the synthetic runs, those of class visualisation of another context."""
    own = context.main_settings["class_visualization"]
    return {
        **synthetic.settings,
        "class_visualization": dict.fromkeys(synthetic.settings["class_visualization"], own),
    }


def test_runs_are_a_pair_where_they_differ_in_the_clamp_alone() -> None:
    base = {"method": "gradient_ascent", "eta": 1.0, "space": "normalized"}
    settings = {
        "free": base | {"clip": False},
        "kept": base | {"clip": True},
        "pixels": base | {"clip": True, "space": "pixels"},
        "fine": base | {"clip": False, "eta": 0.1},
        "ddn": {"method": "ddn"},
    }
    found = summarize(synthetic_tables(), context=synthetic_context()).attack_runs
    rows = dict(zip(settings, found.values(), strict=True))
    pairs = clampings(settings, rows)
    assert [(p.clamped, p.free) for p in pairs] == list(
        zip(rows["kept"], rows["free"], strict=True)
    )
    assert {pair.model for pair in pairs} == {"lite0", "lite2"}
    assert clampings({name: settings[name] for name in ("free", "pixels", "fine")}, rows) == ()


def test_a_clamp_is_spoken_of_where_it_was_left_out_and_not_elsewhere() -> None:
    tables, context = synthetic_tables(), synthetic_context()
    attacks = tables["adversarial"]
    free = attacks["run"].eq("eta_0.5") & attacks["attacked"].eq(True)
    attacks.loc[free, ["lowest", "highest"]] = (-0.25, 1.125)
    runs = {name: dict(chosen) for name, chosen in context.settings["adversarial"].items()}
    runs["eta_0.5"]["clip"] = False
    page = render_tables(tables, settings={**context.settings, "adversarial": runs})[1]
    assert "they reach from −0.250 to 1.12 (medians)" in Page(page).text()
    assert 'id="table-clamping"' in page
    plain = render_tables(tables)[1]
    assert "Clamping." not in plain and 'id="table-clamping"' not in plain


@pytest.mark.parametrize(
    ("lowest", "highest", "code"),
    [
        ([0.0, 0.0], [1.0, 1.0], Stretch.NONE),
        ([0.002], [0.999], Stretch.NONE),
        ([0.2], [1.0], Stretch.VISIBLE),
        ([0.0], [1.1], Stretch.VISIBLE),
        ([], [], Stretch.NOT_MEASURED),
    ],
)
def test_stretching_is_visible_from_a_grey_level(
    lowest: list[float], highest: list[float], code: Stretch
) -> None:
    assert stretch(median(lowest), median(highest)) == code


def test_a_rescaled_picture_reaches_from_black_to_white() -> None:
    drawn = np.random.default_rng(0).integers(60, 200, (5, 4, 3), dtype=np.uint8)
    plain = rescaled(drawn)
    assert (plain.min(), plain.max()) == (0, 1)
    np.testing.assert_allclose(rescaled(drawn, -0.5, 1.5), (drawn / 255 + 0.5) / 2, atol=1e-12)
    np.testing.assert_allclose(np.ptp(plain), np.ptp(drawn) / (drawn.max() - drawn.min()))
    assert not rescaled(np.full((2, 2, 3), 9, np.uint8)).any()


def test_the_gallery_stretches_pictures_and_amplifies_as_configured() -> None:
    material = synthetic()
    summary, pictures = material.summary, replace(material.pictures, show=Show.RESCALED)
    chosen = replace(summary, context=replace(summary.context, amplification=10))
    drawing, plain = (
        adversarial_gallery.draw(s, p, WORDS)
        for s, p in ((chosen, pictures), (summary, material.pictures))
    )
    assert drawing is not None and plain is not None
    assert drawing.facts["amplification"] == 10
    shown, raw = (
        [np.asarray(image.get_array()) for image in d.figure.axes[0].get_images()]
        for d in (drawing, plain)
    )
    for one, other in zip(shown[1::3], raw[1::3], strict=True):  # their range: 0.25 to 0.75
        expected = np.clip((other / 255 - 0.25) / 0.5, 0, 1)
        np.testing.assert_allclose(one, expected, atol=1e-6)
    for one, other in zip(shown[::3], raw[::3], strict=True):
        np.testing.assert_allclose(one, rescaled(other), atol=1e-6)


def test_runs_that_differ_in_more_than_the_step_are_in_no_sweep() -> None:
    context = synthetic_context()
    runs = {name: dict(chosen) for name, chosen in context.settings["adversarial"].items()}
    runs["eta_0.5"]["clip"] = runs["eta_1"]["clip"] = False
    changed = synthetic_context(settings={**context.settings, "adversarial": runs})
    sweep = summarize(synthetic_tables(), context=changed).sweeps["lite0"]
    assert [row.run for row in sweep] == ["eta_0.05", "eta_0.1", "ascent"]


def test_ascents_that_differ_in_more_than_step_and_weight_are_not_compared() -> None:
    context = synthetic_context()
    runs = {name: dict(chosen) for name, chosen in context.settings["class_visualization"].items()}
    runs["eta_50"]["parameterization"] = "fourier"
    runs["eta_2"] |= {"eta": 2.0, "snapshots": [0]}
    changed = synthetic_context(settings={**context.settings, "class_visualization": runs})
    rows = summarize(synthetic_tables(), context=changed).settings["lite0"].rows
    assert {row.run for row in rows} == {"practical", "eta_2", "lambda_0", "lambda_0.1"}


def test_a_squashing_model_is_set_beside_the_same_with_a_crop() -> None:
    lite0 = {"source": "package", "architecture": "efficientnet_lite0"}
    squash = {"preprocessing": {"resize": "squash"}}
    models = {
        "squashed": lite0 | squash,
        "other_slots": lite0 | {"slots": 8},
        "cropped": lite0,
        "twin": lite0 | {"preprocessing": {"resize": 300}},
        "alone": lite0 | squash | {"architecture": "efficientnet_lite1"},
    }
    assert context_of(parse_config(configuration(models=models))).squashed == {
        "squashed": "cropped"
    }
    names = ("lite0", "lite2")
    tables = synthetic_tables(models=names)
    wrong = tables["predictions"]["model"].eq("lite0")
    tables["predictions"].loc[wrong, "correct"] = False
    page = render_tables(tables, squashed={"lite0": "lite2"})[1]
    assert "0 of 20 of them as labelled" in Page(page).text()
    assert "it is 18 of 20" in Page(page).text()
    assert "squashed to a square" not in render_tables(synthetic_tables())[1]
