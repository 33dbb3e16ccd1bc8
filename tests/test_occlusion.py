"""Occlusion and single deletion: cells, blanks, a linear network, Captum, and who shares drops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import captum.attr
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from inputgrad import registry
from inputgrad.cells.cell import Cell
from inputgrad.cells.plan import Plan
from inputgrad.cells.store import CellStore
from inputgrad.config.schema import parse_config
from inputgrad.engine.randomness import Noise
from inputgrad.engine.records import ImageItem, LabelledImage, Outcome, Run
from inputgrad.engine.tools import Tools
from inputgrad.errors import ConfigError
from inputgrad.images.cells import cell_sums, edges, grid
from inputgrad.images.tensors import to_tensor
from inputgrad.jobs.complete import complete, gather
from inputgrad.jobs.keeping import Keeping
from inputgrad.models.classifier import Classifier
from inputgrad.photographs.bundled import list_photographs
from inputgrad.photographs.files import image_id
from inputgrad.photographs.index import BatchImage
from inputgrad.saliency.fills import BLUR_SHARE, FILLS
from inputgrad.saliency.measures import single_deletion
from inputgrad.saliency.methods import occlusion
from inputgrad.tables.files import of_table
from small_networks import convolutional, pictures, preprocessing, squeezenet

FILL_NAMES = sorted(FILLS)


def linear(size: int) -> tuple[Classifier, nn.Linear]:
    """A linear network of small weights, and its one layer."""
    torch.manual_seed(3)
    layer = nn.Linear(3 * size * size, 1000)
    nn.init.normal_(layer.weight, std=0.01)
    classifier = Classifier(nn.Sequential(nn.Flatten(), layer), preprocessing(size))
    return classifier, layer


def occluded(classifier: Classifier, images: Tensor, targets: Tensor, **parameters: Any) -> Tensor:
    settings_ = occlusion.Parameters(**parameters)
    noise = Noise(range(len(images)), images)
    return occlusion.attribute(classifier, images, targets, settings_, noise).maps


def images_of(size: int, count: int = 2) -> Tensor:
    found = torch.stack([to_tensor(pixels) for pixels in pictures(size, count)])
    return found.contiguous(memory_format=torch.channels_last)


# --- cells --------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 20))
def test_cells_cover_every_pixel_once_and_sums_are_theirs(
    height: int, width: int, cells: int
) -> None:
    if cells > min(height, width):
        with pytest.raises(ValueError, match=f"expected 1 to .* got {cells}"):
            edges(min(height, width), cells)
        return
    seen = np.zeros((height, width), int)
    drawn = np.random.default_rng(cells).normal(size=(height, width)).astype(np.float32)
    sums = cell_sums(drawn, cells)
    boxes = [*grid(height, width, cells)]
    assert len(boxes) == sums.size == cells * cells
    for box, total in zip(boxes, sums.ravel(), strict=True):
        part = np.s_[box.top : box.bottom, box.left : box.right]
        seen[part] += 1
        assert box.area == seen[part].size
        assert total == pytest.approx(float(drawn[part].astype(np.float64).sum()), abs=1e-12)
    assert (seen == 1).all()
    assert max(b.area for b in boxes) <= (height // cells + 1) * (width // cells + 1)


# --- fills --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILL_NAMES)
def test_a_fill_keeps_even_images_and_no_row_looks_at_another(name: str) -> None:
    fill = FILLS[name]  # type: ignore[index]
    even = torch.tensor([0.2, 0.5, 0.9]).view(1, 3, 1, 1).expand(2, 3, 24, 24)
    torch.testing.assert_close(fill(even), even)
    images = images_of(24, 3)
    assert not torch.allclose(fill(images), images, atol=0.05)
    others = images[[2, 1, 0]]
    assert torch.equal(fill(images)[1], fill(others)[1])


def test_blur_is_scipys() -> None:
    from scipy.ndimage import gaussian_filter

    images = images_of(48)
    expected = gaussian_filter(
        images.double().numpy(), (0, 0, BLUR_SHARE * 48, BLUR_SHARE * 48), mode="mirror", radius=6
    )
    np.testing.assert_allclose(FILLS["blur"](images).numpy(), expected, atol=1e-6)


# --- the method ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILL_NAMES)
def test_a_linear_network_gives_input_minus_fill_times_gradient(name: str) -> None:
    classifier, layer = linear(24)
    images, targets = images_of(24), torch.tensor([5, 900])
    maps = occluded(classifier, images, targets, cells=4, fill=name)
    gradient = layer.weight[targets].view(2, 3, 24, 24) / classifier.std
    product = ((images - FILLS[name](images)) * gradient).sum(dim=1).detach()  # type: ignore[index]
    for found, expected in zip(maps.numpy(), product.numpy(), strict=True):
        drops, exact = cell_sums(found, 4), cell_sums(expected, 4)
        np.testing.assert_allclose(drops, exact, atol=1e-6)
        assert np.abs(exact).max() > 1e-2


@pytest.mark.parametrize("build", [convolutional, squeezenet])
def test_captums_occlusion_is_the_same(build: Any) -> None:
    classifier = build(32)
    images = images_of(32)
    with torch.no_grad():
        targets = classifier(images).argmax(dim=1)
    theirs = captum.attr.Occlusion(classifier).attribute(
        images,
        sliding_window_shapes=(3, 8, 8),
        strides=(3, 8, 8),
        target=targets,
        baselines=FILLS["mean"](images).contiguous(),
    )
    ours = occluded(classifier, images, targets, cells=4) * 8 * 8
    torch.testing.assert_close(ours, theirs[:, 0].float(), atol=2e-5, rtol=1e-4)
    assert ours.abs().max() > 1e-3


def test_where_squeezenets_logit_is_zero_its_stand_in_drops() -> None:
    classifier = squeezenet(64)
    images = images_of(64)
    with torch.no_grad():
        targets = classifier(images).argmin(dim=1)
        assert not classifier(images).gather(1, targets[:, None]).any()
    maps = occluded(classifier, images, targets, cells=2)
    assert (maps.abs().amax(dim=(1, 2)) > 0).all()


# --- the measure --------------------------------------------------------------------------------


def outcome_of(found: Tensor, drops: Tensor, **changes: Any) -> Outcome:
    """A map beside an occlusion of 4 x 4 cells."""
    image = LabelledImage("0" * 16, 3, np.zeros((24, 24, 3), np.uint8))
    about = {"name": "drops", "method": "occlusion"} | changes
    item = ImageItem(image, Run(parameters=occlusion.Parameters(cells=4), **about))
    inputs = {"drops": Outcome(item, [], {"map": drops.numpy()})}
    return Outcome(ImageItem(image, Run("r", "gradient", None)), [], {"map": found.numpy()}, inputs)


def measured(outcome: Outcome) -> float | None:
    tools = Tools(convolutional(), 0, 1)
    ((record,),) = single_deletion.measure(
        [outcome], single_deletion.Parameters(drops="drops"), tools
    )
    value: float | None = record.row["single_deletion"]
    return value


def test_it_is_one_for_the_attribution_of_a_linear_network_and_keeps_the_sign() -> None:
    classifier, layer = linear(24)
    images, targets = images_of(24, 1), torch.tensor([5])
    (drops,) = occluded(classifier, images, targets, cells=4)
    gradient = layer.weight[targets].view(1, 3, 24, 24) / classifier.std
    (product,) = ((images - FILLS["mean"](images)) * gradient).sum(dim=1).detach()
    assert measured(outcome_of(product, drops)) == pytest.approx(1)
    assert measured(outcome_of(-product, drops)) == pytest.approx(-1)
    assert measured(outcome_of(product.abs(), drops)) != pytest.approx(1)
    assert measured(outcome_of(product.pow(3), drops)) != pytest.approx(1)


def test_it_is_undefined_where_cells_or_drops_are_all_the_same() -> None:
    drawn = torch.rand(24, 24, generator=torch.Generator().manual_seed(0))
    assert measured(outcome_of(drawn, drawn)) == pytest.approx(1)
    for constant in (torch.zeros(24, 24), torch.full((24, 24), 0.3)):
        assert measured(outcome_of(constant, drawn)) is None
        assert measured(outcome_of(drawn, constant)) is None


def test_a_run_of_another_method_holds_no_drops() -> None:
    drawn = torch.rand(24, 24)
    with pytest.raises(ConfigError, match=r"'drops' is no plain occlusion.*; expected one of"):
        measured(outcome_of(drawn, drawn, method="gradient"))


# --- sharing ------------------------------------------------------------------------------------

RUNS: dict[str, Any] = {"gradient": {}, "blank": {"method": "occlusion", "cells": 2}}
MORE: dict[str, Any] = RUNS | {"product": {"method": "input_x_gradient"}}


def plan_of(runs: dict[str, Any]) -> Plan:
    measures: dict[str, Any] = {"single_deletion": {"drops": "blank"}}
    model = {"source": "package", "architecture": "efficientnet_lite0", "slots": 2}
    return Plan(
        parse_config(
            {
                "device": "cpu",
                "images": {"sources": [{"kind": "bundled"}]},
                "models": {"lite0": model},
                "saliency": {"runs": runs, "measures": measures},
                "adversarial": {"runs": {"gradient_ascent": {}}},
                "class_visualization": {"classes": ["daisy"], "runs": {"practical": {}}},
            }
        )
    )


def test_a_run_of_another_method_is_refused_before_any_job() -> None:
    refused = r"single_deletion\.drops: the run 'blank' has the method 'gradient'; expected a run"
    with pytest.raises(ConfigError, match=refused):
        plan_of(RUNS | {"blank": {"method": "gradient"}})


def test_the_forwards_of_a_photograph_are_made_once_for_all_runs_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = list_photographs(path=None, labels=None).photographs[:2]
    images = [BatchImage(image_id(p.path.read_bytes()), p.label, p.path) for p in listed]
    calls: list[int] = []
    attribute = occlusion.attribute

    def counting(classifier: Any, batch: Tensor, *rest: Any) -> Any:
        calls.append(len(batch))
        return attribute(classifier, batch, *rest)

    monkeypatch.setattr(occlusion, "attribute", counting)

    def completed(plan: Plan, store: CellStore) -> dict[str, list[float]]:
        """Values by run, in the order of the photographs."""
        cells: list[Cell] = plan.image_cells(
            "saliency", "lite0", [(i.image_id, i.label) for i in images]
        )
        complete(plan, store, cells, images, keeping=Keeping(everything=True))
        rows = of_table("saliency", gather(store, cells)).to_pylist()
        return {
            run.name: [row["single_deletion"] for row in rows if row["run"] == run.name]
            for run in plan.runs["saliency"]
        }

    first = completed(plan_of(RUNS), CellStore(tmp_path / "a"))
    assert calls == [2]
    later = completed(plan_of(MORE), CellStore(tmp_path / "a"))
    assert calls == [2]
    fresh = completed(plan_of(MORE), CellStore(tmp_path / "b"))
    assert calls == [2, 2]
    assert first["gradient"] == later["gradient"]
    assert later == fresh
    assert fresh["blank"] == [None, None]  # not measured on the run that it names
    assert None not in fresh["gradient"] + fresh["product"]
    assert registry.MEASURES["saliency"]["single_deletion"] == single_deletion.__name__
