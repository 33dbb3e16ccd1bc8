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
    "saliency": {"runs": {RUN: {}}, "measures": {"grid_pointing": {"rounds": 1}}},
    "adversarial": {"runs": {"gradient_ascent": {"eta": 0.5, "budget": 1}}, "measures": {}},
    "class_visualization": {
        "classes": ["daisy"],
        "runs": {"practical": {"iterations": 1, "snapshots": [], "init_img": "sample"}},
    },
}


@pytest.mark.parametrize("everything", [True, False], ids=["all kept", "computed alone"])
def test_maps_of_exemplars_and_of_starts_and_the_mosaic_that_is_kept(
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
    mosaic = {name: array for name, array in found.items() if name.startswith("mosaic/")}
    if not everything:
        assert mosaic == {}  # it is of the whole batch, and nothing is computed for it again
        return
    (measure,) = (cell for cell in cells if cell is not cell.base)
    stored = dag.store.arrays(measure)
    assert {name.split("/")[-1] for name in mosaic} == {"picture", "maps", "labels", "shares"}
    for name, array in stored.items():
        assert (mosaic[f"mosaic/{RUN}/{name.split('/')[-1]}"] == array).all()
