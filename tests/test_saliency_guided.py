"""The attack on the pixels that a saliency map chooses, alone and as the workflow hands it maps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from attacking import attack_on, attacked, bits, counters, run_of
from inputgrad.adversarial.attacks.saliency_guided import allowed
from inputgrad.cells.cell import Cell
from inputgrad.cells.fixed_targets import FixedTargets
from inputgrad.cells.plan import Plan
from inputgrad.cells.store import CellStore
from inputgrad.config.schema import parse_config
from inputgrad.engine.records import LabelledImage
from inputgrad.errors import ConfigError
from inputgrad.jobs.complete import complete
from inputgrad.jobs.keeping import Keeping
from inputgrad.models.classifier import Classifier
from inputgrad.photographs.bundled import list_photographs
from inputgrad.photographs.files import image_id
from inputgrad.photographs.index import BatchImage
from small_networks import convolutional, pictures, samples_of

PIXELS = ("salient", "least", "random")
CONFIG: dict[str, Any] = {
    "device": "cpu",
    "images": {"sources": [{"kind": "bundled"}]},
    "models": {"lite0": {"source": "package", "architecture": "efficientnet_lite0", "slots": 2}},
    "saliency": {"runs": {"gradient": {}, "edges": {}}, "measures": {}},
    "adversarial": {"runs": {"saliency_guided": {"eta": 1, "budget": 2}}, "measures": {}},
    "class_visualization": {"classes": ["daisy"], "runs": {"practical": {"iterations": 1}}},
}


def with_attack(**parameters: Any) -> dict[str, Any]:
    runs = {"saliency_guided": {"eta": 1, "budget": 2} | parameters}
    return CONFIG | {"adversarial": {"runs": runs, "measures": {}}}


@pytest.fixture(scope="module")
def network() -> Classifier:
    return convolutional()


@pytest.fixture(scope="module")
def images(network: Classifier) -> list[LabelledImage]:
    return samples_of(network, pictures(network.input_size, 4))


def map_of(image: LabelledImage) -> Any:
    return image.pixels.mean(axis=2, dtype=np.float32)


@pytest.mark.parametrize("pixels", PIXELS)
def test_all_other_pixels_keep_their_bytes(
    pixels: Any, network: Classifier, images: list[LabelledImage]
) -> None:
    run = run_of("saliency_guided", eta=0.5, budget=6, share=0.2, pixels=pixels)
    results = attacked(network, [attack_on(image, run, (image.label + 1) % 9) for image in images])
    for image, result in zip(images, results, strict=True):
        may = allowed(map_of(image), share=0.2, pixels=pixels, seed=0, image_id=image.image_id)
        assert may.sum() == round(0.2 * may.size)
        before = torch.from_numpy(image.pixels).permute(2, 0, 1).float().div(255).numpy()
        assert (result.image != before)[:, may].any()
        np.testing.assert_array_equal(result.image[:, ~may], before[:, ~may])


@pytest.mark.parametrize("pixels", PIXELS)
@pytest.mark.parametrize("target", [3, None])
def test_with_every_pixel_it_is_gradient_ascent(
    pixels: Any, target: int | None, network: Classifier, images: list[LabelledImage]
) -> None:
    settings: dict[str, Any] = {"eta": 0.05, "budget": 7}
    guided = run_of("saliency_guided", share=1, pixels=pixels, **settings)
    free = run_of("gradient_ascent", **settings)
    ours, theirs = (
        attacked(network, [attack_on(image, run, target) for image in images])
        for run in (guided, free)
    )
    assert [*map(bits, ours)] == [*map(bits, theirs)]
    assert any(counters(result).iterations > 1 for result in ours)


def test_the_most_salient_are_those_with_the_highest_values() -> None:
    saliency = np.arange(100, dtype=np.float32).reshape(10, 10)
    options: dict[str, Any] = {"share": 0.1, "seed": 0, "image_id": "a"}
    salient = allowed(saliency, pixels="salient", **options)
    least = allowed(saliency, pixels="least", **options)
    assert set(saliency[salient]) == set(range(90, 100))
    assert set(saliency[least]) == set(range(10))


def test_equal_saliency_is_ordered_by_the_seed_and_the_photograph() -> None:
    flat = np.zeros((10, 10), np.float32)

    def drawn(pixels: Any, seed: int, key: str) -> bytes:
        return allowed(flat, share=0.1, pixels=pixels, seed=seed, image_id=key).tobytes()

    for pixels in PIXELS:
        assert drawn(pixels, 0, "a") == drawn(pixels, 0, "a")
        assert len({drawn(pixels, 0, "a"), drawn(pixels, 1, "a"), drawn(pixels, 0, "b")}) == 3
    assert len({drawn(pixels, 0, "a") for pixels in PIXELS}) == 3


# --- in the workflow ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def photographs() -> list[BatchImage]:
    listed = list_photographs(path=None, labels=None).photographs[:3]
    return [BatchImage(image_id(p.path.read_bytes()), p.label, p.path) for p in listed]


def cells_of(content: dict[str, Any], table: str, images: list[BatchImage]) -> list[Cell]:
    pairs = [(image.image_id, image.label) for image in images]
    return Plan(parse_config(content)).image_cells(table, "lite0", pairs)


def test_the_map_is_an_input_of_its_cell(photographs: list[BatchImage]) -> None:
    (cell,) = cells_of(with_attack(), "adversarial", photographs)
    gradient, edges = cells_of(with_attack(), "saliency", photographs)
    assert cell.base is cell
    assert [upstream.identity for upstream in cell.inputs] == [gradient.identity]
    (other,) = cells_of(with_attack(map="edges"), "adversarial", photographs)
    assert other.inputs[0].identity == edges.identity
    assert (other.recipe, other.items) == (cell.recipe, cell.items)
    assert other.identity != cell.identity
    renamed = {"runs": {"slopes": {"method": "gradient"}}, "measures": {}}
    (same,) = cells_of(
        with_attack(map="slopes") | {"saliency": renamed}, "adversarial", photographs
    )
    assert same.identity == cell.identity


def test_a_fixed_target_is_none_of_the_maps_business(photographs: list[BatchImage]) -> None:
    content = with_attack()
    content["adversarial"] |= {"targets": ["fixed"], "fixed": 3}
    plan = Plan(parse_config(content))
    pairs = [(image.image_id, image.label) for image in photographs]
    everywhere = FixedTargets(everywhere=3)
    (cell,) = plan.image_cells("adversarial", "lite0", pairs, fixed=everywhere)
    gradient, _ = cells_of(content, "saliency", photographs)
    assert cell.inputs[0].identity == gradient.identity


@pytest.mark.parametrize("keeps", [True, False], ids=["map kept", "map computed again"])
@pytest.mark.parametrize("before", [True, False], ids=["after saliency", "before saliency"])
def test_the_job_hands_the_map_over(
    keeps: bool, before: bool, photographs: list[BatchImage], tmp_path: Path
) -> None:
    plan, keeping = Plan(parse_config(with_attack())), Keeping(everything=keeps)
    maps = cells_of(with_attack(), "saliency", photographs)[:1]
    (cell,) = cells_of(with_attack(), "adversarial", photographs)
    store, kept = CellStore(tmp_path / "cells"), CellStore(tmp_path / "kept")
    if before:
        complete(plan, store, maps, photographs, keeping=keeping)
    complete(plan, store, [cell], photographs, keeping=Keeping(everything=True))
    assert maps[0] in store
    complete(plan, kept, maps, photographs, keeping=Keeping(everything=True))
    arrays = store.arrays(cell)
    assert arrays
    for name, image in arrays.items():
        key = name.split("/")[0]
        alone = plan.image_cells(
            "predictions", "lite0", [(i.image_id, i.label) for i in photographs]
        )
        complete(plan, kept, alone, photographs, keeping=Keeping(everything=True))
        photograph = kept.array(alone[0], f"{key}/photograph")
        saliency = kept.array(maps[0], f"{key}/map")
        assert photograph is not None and saliency is not None
        may = allowed(saliency, share=0.1, pixels="salient", seed=0, image_id=key)
        changed = (image != photograph).any(axis=2)
        assert changed.any() and not changed[~may].any()


def test_an_unknown_run_is_refused_before_any_job() -> None:
    expected = (
        r"adversarial\.runs\.saliency_guided\.map: unknown saliency run 'gradiant'; did you mean "
        r"'?gradient.*add it under `saliency: runs:`"
    )
    with pytest.raises(ConfigError, match=expected):
        parse_config(with_attack(map="gradiant"))
