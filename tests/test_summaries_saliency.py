"""What the report says of saliency methods: controls, checks, and how alike maps are."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from inputgrad.report.summaries import cell_shares, map_checks
from inputgrad.report.summaries.attacked_maps import attacked_maps
from inputgrad.report.summaries.cell_shares import Vectors
from inputgrad.report.summaries.controls import against_controls, method_rows, strongest_control
from inputgrad.report.summaries.data import Data
from inputgrad.report.summaries.map_agreement import class_agreement, model_agreement
from inputgrad.report.summaries.map_changes import Moves, left_by, moves_of
from inputgrad.report.summaries.map_checks import (
    Outcome,
    at_most,
    checked_runs,
    exceeds,
    insensitive,
)
from inputgrad.report.summaries.map_depths import depth_runs, depths
from inputgrad.report.summaries.map_energy import energy_rows
from inputgrad.report.summaries.measure_agreement import measure_agreement
from inputgrad.report.summaries.saliency import saliency_rows
from inputgrad.report.summaries.summary import summarize
from inputgrad.statistics.estimates import Estimate, Verdict
from synthetic_tables import spotted, synthetic_context, synthetic_tables, with_a_spot

Tables = dict[str, pd.DataFrame]
Interval = tuple[float | None, float | None, float | None]


def data_of(tables: Tables | None = None, **switches: Any) -> Data:
    return Data(tables or synthetic_tables(**switches), synthetic_context())


def changed(run: str, measure: str, change: Any) -> Tables:
    """Tables in which a run's measure is what `change` makes of it."""
    tables = synthetic_tables()
    rows = tables["saliency"]
    chosen = rows["run"] == run
    rows.loc[chosen, measure] = change(rows.loc[chosen, measure])
    return tables


def estimate(low: float | None, middle: float | None, high: float | None) -> Estimate:
    return Estimate(middle, low, high, 20, "")


def test_a_method_is_compared_with_the_strongest_control_of_its_network() -> None:
    runs = saliency_rows(data_of())
    control = strongest_control(runs, "single_deletion", "lite0")
    assert control is not None
    assert control.run == "edges"
    found = {(c.row.model, c.row.run): c for c in against_controls(runs, "single_deletion")}
    assert found.keys() == {
        (model, run)
        for model in ("lite0", "lite2")
        for run in ("gradient", "grad_cam", "guided_backprop")
    }
    assert {c.control.run for c in found.values()} == {"edges"}
    assert {c.result.family_size for c in found.values()} == {6}
    assert {c.result.verdict for c in found.values()} == {Verdict.HIGHER}


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (lambda values: values - 1.0, Verdict.LOWER),
        (lambda values: values * np.nan, None),
        (lambda v: 0.13 + 0.3 * np.random.default_rng(3).standard_normal(len(v)), "none seen"),
    ],
)
def test_the_verdict_follows_the_data(change: Any, verdict: Any) -> None:
    runs = saliency_rows(data_of(changed("grad_cam", "single_deletion", change)))
    found = [c for c in against_controls(runs, "single_deletion") if c.row.run == "grad_cam"]
    wanted = Verdict.NO_DIFFERENCE if verdict == "none seen" else verdict
    assert {c.result.verdict for c in found} == ({wanted} if wanted else set())


def test_controls_come_last_and_without_a_comparison() -> None:
    methods = method_rows(saliency_rows(data_of()), "single_deletion")
    assert [m.run for m in methods] == [
        "gradient",
        "grad_cam",
        "guided_backprop",
        "random",
        "edges",
    ]
    assert [m.is_control for m in methods] == [False] * 3 + [True] * 2
    assert all(bool(m.against) is not m.is_control for m in methods)
    assert method_rows(saliency_rows(data_of()), "completeness_error") == ()


def test_a_perturbation_is_beside_its_own_map_and_another() -> None:
    rows = energy_rows(data_of())
    assert [row.model for row in rows] == ["lite0", "lite2"]
    assert all(row.own.n == 18 for row in rows)  # those that were attacked
    assert all(row.result.verdict == Verdict.HIGHER for row in rows)
    assert all((row.own.low or 0) > (row.other.high or 0) for row in rows)


def test_maps_and_perturbations_are_beside_a_spot_where_there_is_one() -> None:
    assert all(row.spot.n == 0 for row in energy_rows(data_of()))
    tables = synthetic_tables()
    with_a_spot(tables)
    data = Data(tables, synthetic_context(**spotted()))
    assert [(row.spot.n, row.own.n) for row in energy_rows(data)] == [(18, 18)] * 2
    (agreement,) = model_agreement(data, "gradient")
    ranks = [cell_shares.map_ranks(data, model, "gradient") for model in ("lite0", "lite2")]
    spot = cell_shares.spot_ranks(data, "lite0")
    medians = [np.median([float(own[i] @ spot[i]) for i in own]) for own in ranks]
    assert agreement.spot.n == 20
    assert agreement.spot.estimate == pytest.approx(max(medians))
    first, second = ranks
    left = [_partial(first[i], second[i], spot[i]) for i in first]
    assert agreement.beyond_spot.n == 20
    assert agreement.beyond_spot.estimate == pytest.approx(np.median(left))
    within = [
        [np.mean([_partial(own[i], own[j], spot[i]) for j in own if j != i]) for i in own]
        for own in ranks
    ]
    assert agreement.beyond_spot_network.estimate == pytest.approx(max(map(np.median, within)))


def _partial(first: Vectors, second: Vectors, given: Vectors) -> float:
    """Spearman's partial correlation by its textbook formula, of ranks as unit vectors."""
    ab, ac, bc = float(first @ second), float(first @ given), float(second @ given)
    return (ab - ac * bc) / float(np.sqrt((1 - ac**2) * (1 - bc**2)))


def test_nothing_is_left_of_maps_that_are_the_spot_itself() -> None:
    tables = synthetic_tables()
    with_a_spot(tables)
    data = Data(tables, synthetic_context(**spotted()))
    spot = cell_shares.spot_ranks(data, "lite0")
    assert not cell_shares.beyond_spot(spot, spot)
    assert not cell_shares.beyond_spot(spot, cell_shares.Ranks({}))


@pytest.mark.parametrize(
    ("early", "last", "standing"),
    [("random", "grad_cam", "above"), ("grad_cam", "random", "below")],
)
def test_the_last_layer_stands_beside_the_earliest(early: str, last: str, standing: str) -> None:
    settings = synthetic_context().settings
    layers = {early: {"layer": "early"}, last: {"layer": "last"}}
    runs = {run: {"method": "grad_cam", **layer} for run, layer in layers.items()}
    context = synthetic_context(settings={**settings, "saliency": settings["saliency"] | runs})
    assert [*depth_runs(context).items()] == [("early", early), ("last", last)]
    found = depths(context, saliency_rows(Data(synthetic_tables(), context)))
    assert [(row.model, row.standing) for row in found] == [
        ("lite0", standing),
        ("lite2", standing),
    ]


def test_without_two_depths_nothing_is_said_of_depth() -> None:
    assert depths(synthetic_context(), saliency_rows(data_of())) == ()


def test_an_attack_leaves_less_of_the_map_than_noise_of_its_length() -> None:
    rows = attacked_maps(data_of())
    assert [row.model for row in rows] == ["lite0", "lite2"]
    for row in rows:
        assert (row.result.verdict, row.result.n) == (Verdict.LOWER, 18)
        assert (row.noise.estimate or 0) - (row.attack.estimate or 0) == pytest.approx(0.3)
    tables = synthetic_tables()
    tables["adversarial"]["map_control_spearman"] = None
    assert attacked_maps(data_of(tables)) == ()


def test_sums_give_what_pair_after_pair_gives() -> None:
    found = np.random.default_rng(4).standard_normal((23, 16))
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    ranks = cell_shares.Ranks({f"{i:02d}": row for i, row in enumerate(found)})
    ids = [*ranks]
    groups = [ids[:2], ids[2:7]]
    means = [np.mean([ranks[i] @ ranks[j] for i, j in combinations(own, 2)]) for own in groups]
    np.testing.assert_allclose(cell_shares.within_groups(ranks, groups), means, atol=1e-12)
    beside = cell_shares.beside_others(ranks, ranks, ids)
    for place in (0, 11, 22):
        partners = [found[(place + k) % 23] for k in range(1, 20)]
        expected = np.mean([found[place] @ partner for partner in partners])
        assert beside[ids[place]] == pytest.approx(expected, abs=1e-12)


def test_pairs_of_unlike_grids_do_not_count() -> None:
    small, large = np.array([0.6, -0.8]), np.array([1.0, 0.0, 0.0])
    ranks = cell_shares.Ranks({"a": small, "b": large, "c": -small})
    assert cell_shares.within_groups(ranks, ["ab", "abc"]) == [pytest.approx(-1.0)]


def test_measures_that_few_methods_share_are_left_out_of_the_ranking() -> None:
    found = measure_agreement(saliency_rows(data_of()), "lite0")
    assert found is not None
    assert [row.run for row in found.ranked] == ["gradient", "grad_cam", "guided_backprop"]
    assert found.measures == (
        "single_deletion", "grid_pointing", "stability_spearman", "class_sensitivity",
    )  # fmt: skip
    best = {m: next(r.run for r in found.ranked if r.ranks[m] == 1) for m in found.measures}
    assert best["single_deletion"] == best["grid_pointing"] == "grad_cam"
    assert best["stability_spearman"] == "guided_backprop"
    rows = saliency_rows(data_of(changed("grad_cam", "grid_pointing", lambda v: v * np.nan)))
    fewer = measure_agreement(rows, "lite0")
    assert fewer is not None and "grid_pointing" not in fewer.measures
    assert measure_agreement(saliency_rows(data_of()), "nobody") is None


def test_without_a_control_nothing_is_compared() -> None:
    tables = synthetic_tables()
    tables["saliency"] = tables["saliency"][~tables["saliency"]["run"].isin(["random", "edges"])]
    assert against_controls(saliency_rows(data_of(tables)), "single_deletion") == ()


@pytest.mark.parametrize(
    ("judge", "interval", "outcome"),
    [
        (exceeds(0.7), (0.71, 0.8, 0.9), Outcome.PASSES),
        (exceeds(0.7), (0.6, 0.8, 0.9), Outcome.UNCLEAR),
        (exceeds(0.7), (0.5, 0.6, 0.69), Outcome.FAILS),
        (exceeds(0.7), (None, 0.9, 0.95), Outcome.UNCLEAR),
        (exceeds(0.7), (None, None, None), Outcome.NOT_MEASURED),
        (exceeds(0.26), (0.27, 0.3, 0.4), Outcome.PASSES),
        (exceeds(0.26), (0.25, 0.25, 0.25), Outcome.FAILS),
        (exceeds(0.26), (0.1, 0.2, 0.26), Outcome.FAILS),
        (exceeds(0.26), (0.255, 0.3, 0.4), Outcome.UNCLEAR),
        (exceeds(0.26), (None, 0.9, None), Outcome.UNCLEAR),
        (at_most(0.05), (0.01, 0.02, 0.05), Outcome.PASSES),
        (at_most(0.05), (0.01, 0.02, 0.06), Outcome.UNCLEAR),
        (at_most(0.05), (0.06, 0.1, 0.2), Outcome.FAILS),
        (at_most(0.05), (0.01, 0.02, None), Outcome.UNCLEAR),
    ],
)
def test_a_check_follows_the_interval(judge: Any, interval: Interval, outcome: Outcome) -> None:
    assert judge(estimate(*interval)) == outcome


@pytest.mark.parametrize(
    ("rise", "similarity", "outcome"),
    [
        ((0.01, 0.1, 0.2), (0.9, 0.95, 1.0), Outcome.NOT_SHOWN),
        ((-0.01, 0.1, 0.2), (0.9, 0.95, 1.0), Outcome.FAILS),
        ((-0.3, -0.2, -0.1), (0.9, 0.95, 1.0), Outcome.FAILS),
        ((-0.3, -0.2, -0.1), (-0.1, 0.1, 0.3), Outcome.UNCLEAR),
        ((-0.3, -0.2, -0.1), (None, None, None), Outcome.UNCLEAR),
        ((None, 0.1, None), (0.9, 0.95, 1.0), Outcome.UNCLEAR),
        ((None, None, None), (0.9, 0.95, 1.0), Outcome.NOT_MEASURED),
    ],
)
def test_only_a_map_that_stays_is_insensitive(
    rise: Interval, similarity: Interval, outcome: Outcome
) -> None:
    assert insensitive(estimate(*rise), estimate(*similarity)) == outcome


def test_the_matrix_has_every_run_under_every_check_that_was_made() -> None:
    checked = checked_runs(saliency_rows(data_of()), ["lite0"])
    assert {c.row.model for c in checked} == {"lite0"}
    assert checked[-1].row.run == "edges"
    found = {c.row.run: {cell.check: cell.outcome for cell in c.cells} for c in checked}
    assert {tuple(cells) for cells in found.values()} == {
        ("deletion", "noise", "other_class", "grid", "randomisation")
    }
    assert found["guided_backprop"] == {
        "deletion": Outcome.PASSES,
        "noise": Outcome.PASSES,
        "other_class": Outcome.FAILS,
        "randomisation": Outcome.FAILS,
        "grid": Outcome.PASSES,
    }
    assert not {"occlusion", "random"} & found.keys()  # asked fewer than half of the checks
    assert found["edges"]["deletion"] == Outcome.NOT_MEASURED  # a control is not its own judge
    assert found["grad_cam"]["randomisation"] == Outcome.NOT_SHOWN


def test_only_a_method_below_its_control_fails_beside_it() -> None:
    wobble = np.random.default_rng(3).standard_normal(40)
    for change, outcome in (
        (lambda v: v - 1.0, Outcome.FAILS),
        (lambda v: 0.13 + 0.3 * wobble[: len(v)], Outcome.UNCLEAR),
    ):
        runs = saliency_rows(data_of(changed("grad_cam", "single_deletion", change)))
        (found,) = [c for c in checked_runs(runs, ["lite0"]) if c.row.run == "grad_cam"]
        assert found.cells[0].outcome == outcome


def test_every_judged_measure_is_a_column() -> None:
    row = saliency_rows(data_of())["gradient"][0]
    judged = (measure for measure, _ in map_checks.JUDGED.values())
    randomised = (m for pair in map_checks.RANDOMISED.values() for m in pair)
    for measure in [*map_checks.CONTROLLED.values(), *judged, *randomised]:
        assert row[measure] is row.median(measure)


@pytest.mark.parametrize(("noise", "verdict"), [(0.2, "lower"), (0.95, "higher")])
def test_what_moves_a_map_more_follows_the_data(noise: float, verdict: str) -> None:
    tables = changed("gradient", "stability_spearman", lambda v: v * 0 + noise)
    row = saliency_rows(data_of(tables))["gradient"][1]
    found = moves_of(row)["other_class"]
    assert found.noise.estimate == pytest.approx(noise)
    assert found.asked.estimate == pytest.approx(1 - (row["class_sensitivity"].estimate or 0))
    assert found.result.verdict == verdict
    assert moves_of(saliency_rows(data_of())["random"][0]) == {}


def test_two_classes_that_are_asked_for_are_one_family() -> None:
    tables = changed("gradient", "stability_spearman", lambda v: v * 0 + 0.25)
    alone = moves_of(saliency_rows(data_of(tables))["gradient"][0])["other_class"].result
    maps = tables["saliency"]
    maps["runner_up_sensitivity"] = 1.0 - maps["stability_spearman"]
    found = moves_of(saliency_rows(data_of(tables))["gradient"][0])
    assert list(found) == ["runner_up", "other_class"]
    assert found["runner_up"].result.verdict == "no_difference"
    assert found["other_class"].result.p_adjusted == min(1.0, 2 * alone.p_adjusted)


def test_the_headline_is_of_the_class_that_is_told_apart() -> None:
    tables = changed("gradient", "stability_spearman", lambda v: v * 0 + 0.25)
    maps = tables["saliency"]
    maps["class_sensitivity"] = 1.0 - maps["stability_spearman"]
    assert lead_of(tables).change == "other_class", "none is told apart"
    maps["runner_up_sensitivity"] = 0.2
    assert (lead_of(tables).change, lead_of(tables).result.verdict) == ("runner_up", "lower")


def lead_of(tables: Tables) -> Moves:
    found: Moves = summarize(tables, context=synthetic_context()).answers[2].lead_moves
    return found


def test_what_is_left_of_a_map_is_on_one_scale() -> None:
    rows = saliency_rows(data_of())["gradient"]
    left = left_by(rows)
    assert list(left) == ["noise", "other_class"]
    for row, noise, other in zip(rows, left["noise"], left["other_class"], strict=True):
        assert noise.by_photograph == row.values("stability_spearman")
        assert noise.median == row["stability_spearman"]
        sensitivity = row.values("class_sensitivity")
        assert other.by_photograph == {i: 1 - value for i, value in sensitivity.items()}
    assert left_by(()) == {}


def test_maps_of_one_photograph_agree_more_than_those_of_two() -> None:
    (found,) = model_agreement(data_of(), "gradient")
    assert (found.first, found.second) == ("lite0", "lite2")
    assert found.same_photograph.n == found.other_photograph.n == 20
    assert (found.same_photograph.estimate or 0) > 0.9
    assert abs(found.other_photograph.estimate or 1) < 0.5
    assert abs(found.same_network.estimate or 1) < 0.5
    assert (found.beside_network.n, found.beside_network.verdict) == (20, "higher")
    assert found.concentration.n == 20
    assert (found.concentration.estimate or 0) > 0.9
    assert model_agreement(data_of(), "edges") == ()


def test_even_maps_and_other_grids_have_no_agreement() -> None:
    tables = synthetic_tables()
    cells = tables["saliency_cells"]
    first = cells["image_id"].min()
    cells.loc[cells["image_id"] == first, "cell_share"] = 1 / 16
    (found,) = model_agreement(data_of(tables), "gradient")
    assert first not in found.by_photograph
    assert found.same_photograph.n == 19
    tables["saliency_cells"] = cells[(cells["model"] == "lite0") | (cells["cell_row"] < 3)]
    (found,) = model_agreement(data_of(tables), "gradient")
    assert found.same_photograph.n == 0


def test_maps_of_one_class_are_compared_where_a_class_has_two_photographs() -> None:
    alone = class_agreement(data_of(), "gradient")
    assert [(c.classes, c.same_class.n) for c in alone] == [(0, 0), (0, 0)]
    tables = synthetic_tables()
    photographs, cells = tables["photographs"], tables["saliency_cells"]
    first, second = photographs["image_id"][:2]
    photographs.loc[photographs["image_id"] == second, "label"] = photographs["label"][0]
    for model in ("lite0", "lite2"):  # the second photograph's map becomes the first one's
        own = cells["model"] == model
        shares = cells.loc[own & (cells["image_id"] == first), "cell_share"].to_numpy()
        cells.loc[own & (cells["image_id"] == second), "cell_share"] = shares
    for found in class_agreement(data_of(tables), "gradient"):
        assert (found.classes, found.same_class.estimate) == (1, pytest.approx(1.0))
        assert (found.other_class.estimate or 0) < 0.5
