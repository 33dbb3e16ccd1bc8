"""The arrays that figures need, from cells as they are stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inputgrad.config.schema import parse_config
from inputgrad.jobs.choosing import choose_photographs
from inputgrad.jobs.complete import complete
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.exemplars import collect
from inputgrad.jobs.keeping import Keeping

MODEL, RUN = "lite0", "gradient"
CONFIG: dict[str, Any] = {
    "device": "cpu",
    "images": {"sources": [{"kind": "bundled"}], "n": 6},
    "models": {MODEL: {"source": "package", "architecture": "efficientnet_lite0", "slots": 2}},
    "saliency": {
        "runs": {RUN: {}},
        "measures": {"grid_pointing": {"rounds": 1}, "questions": {}},
    },
    "adversarial": {"runs": {"gradient_ascent": {"eta": 0.5, "budget": 1}}, "measures": {}},
    "class_visualization": {
        "classes": ["daisy"],
        "runs": {"practical": {"iterations": 1, "snapshots": [], "init_img": "sample"}},
    },
}


@pytest.mark.parametrize("everything", [True, False], ids=["all kept", "computed alone"])
def test_maps_of_exemplars_and_of_starts_and_what_measures_have_kept(
    everything: bool, tmp_path: Path
) -> None:
    config = parse_config(CONFIG | {"results": str(tmp_path)})
    choose_photographs(config, folder=tmp_path / "images")
    dag = Dag(config)
    (batch,) = dag.index().batches
    cells = dag.batch_cells("saliency", MODEL, batch)
    keeping = Keeping(everything=everything)
    complete(dag.plan, dag.store, cells, dag.photographs_of(batch), keeping=keeping)
    exemplar = dag.index().images[-1].image_id
    ((_, start),) = next(c.items for c in dag.group_cells(MODEL, next(iter(dag.groups))))
    found = collect(dag, MODEL, {"saliency": {RUN: [exemplar]}})
    assert start != exemplar
    for image_id in (exemplar, start):
        assert found[f"saliency/{RUN}/{image_id}"].shape == (224, 224)
    assert f"photograph/{exemplar}" in found
    kept = {n: a for n, a in found.items() if n.split("/")[0] in ("mosaic", "questions")}
    if not everything:
        assert kept == {}  # it is of the whole batch, and nothing is computed for it again
        return
    measures = [cell for cell in cells if cell is not cell.base]
    stored = {n: a for measure in measures for n, a in dag.store.arrays(measure).items()}
    assert {name.split("/")[-1] for name in kept if "mosaic" in name} == {
        "picture", "maps", "labels", "shares"
    }  # fmt: skip
    assert {name.split("/")[-1] for name in kept if "questions" in name} == {
        "picture", "map", "noisy", "noisy_rho", "runner_up", "other", "classes", "rhos"
    }  # fmt: skip
    assert len(stored) == len(kept)
    for name, array in stored.items():
        _, kind, own = name.split("/")
        assert (kept[f"{kind}/{RUN}/{own}"] == array).all()
