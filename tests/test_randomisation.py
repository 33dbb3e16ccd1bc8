"""Random weights: copies that leave the network alone, and what maps make of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import entropy, spearmanr
from torch import Tensor, nn

from inputgrad import registry
from inputgrad.engine.records import ImageItem, LabelledImage, Outcome, Record, Run
from inputgrad.engine.tools import Tools
from inputgrad.images.maps import histogram_entropy
from inputgrad.models.classifier import Classifier
from inputgrad.models.randomised import layers_of, randomised
from inputgrad.saliency import explain
from inputgrad.saliency.attribution import Attribution
from inputgrad.saliency.measures import randomisation
from inputgrad.saliency.parameters import SaliencyParameters
from small_networks import convolutional, pictures, preprocessing, samples_of, squeezenet

SEED, SLOTS = 7, 3
BUILDERS = [convolutional, squeezenet]


def weights(classifier: Classifier) -> dict[str, bytes]:
    return {name: t.numpy().tobytes() for name, t in classifier.state_dict().items()}


def outcomes_of(
    classifier: Classifier, photographs: Sequence[LabelledImage], method: str = "gradient"
) -> list[Outcome]:
    run = Run(method, method, registry.load("saliency", method).Parameters())
    items = [ImageItem(photograph, run) for photograph in photographs]
    found = explain.compute(classifier, items, seed=SEED, slots=SLOTS)
    return [Outcome(items[position], [r.row], r.arrays) for position, (r,) in found]


def measured(
    classifier: Classifier, outcomes: Sequence[Outcome], **parameters: Any
) -> list[list[Record]]:
    tools = Tools(classifier, SEED, SLOTS)
    return [*randomisation.measure(outcomes, randomisation.Parameters(**parameters), tools)]


# --- networks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", BUILDERS)
def test_a_copy_is_random_and_the_classifier_and_the_global_generator_stay(build: Any) -> None:
    classifier = build()
    before, state = weights(classifier), torch.get_rng_state()
    total = len(layers_of(classifier))
    changed = randomised(classifier, seed=1, draw=0, layers=total)
    assert weights(classifier) == before
    assert torch.equal(torch.get_rng_state(), state)
    assert type(changed) is type(classifier)
    assert not changed.training
    assert not any(parameter.requires_grad for parameter in changed.parameters())
    own = weights(changed)
    named = {f"network.{name}" for name, p in classifier.network.named_parameters() if p.dim() > 1}
    assert all(own[name] != before[name] for name in named)
    assert own["mean"] == before["mean"]


@pytest.mark.parametrize("build", BUILDERS)
def test_seed_draw_and_layer_name_a_layers_weights_and_nothing_else_does(build: Any) -> None:
    classifier = build()
    total = len(layers_of(classifier))
    whole = weights(randomised(classifier, seed=1, draw=0, layers=total))
    assert weights(randomised(classifier, seed=1, draw=0, layers=total)) == whole
    assert weights(randomised(classifier, seed=2, draw=0, layers=total)) != whole
    assert weights(randomised(classifier, seed=1, draw=1, layers=total)) != whole
    assert weights(randomised(classifier, seed=1, draw=0, layers=0)) == weights(classifier)
    part = weights(randomised(classifier, seed=1, draw=0, layers=2))
    last = tuple(f"network.{name}." for name in layers_of(classifier)[-2:])
    for name, bits in part.items():
        assert bits == (whole if name.startswith(last) else weights(classifier))[name]


def test_after_an_exception_everything_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    classifier = convolutional()
    before, state = weights(classifier), torch.get_rng_state()

    def failing(self: nn.Conv2d) -> None:
        self.weight.zero_()
        raise KeyboardInterrupt

    monkeypatch.setattr(nn.Conv2d, "reset_parameters", failing)
    with pytest.raises(KeyboardInterrupt):
        randomised(classifier, seed=1, draw=0, layers=3)
    assert weights(classifier) == before
    assert torch.equal(torch.get_rng_state(), state)


def test_parameters_without_a_reset_are_drawn_like_themselves() -> None:
    class Scale(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(5 + 2 * torch.arange(4000.0).sin())

        def forward(self, images: Tensor) -> Tensor:
            return images.mean(dim=(1, 2, 3))[:, None] * self.scale[:1000]

    classifier = Classifier(Scale(), preprocessing(8))
    changed = randomised(classifier, seed=1, draw=0, layers=1).network.scale
    old = classifier.network.scale
    assert isinstance(changed, Tensor) and isinstance(old, Tensor)
    assert float(changed.mean()) == pytest.approx(float(old.mean()), rel=0.05)
    assert float(changed.std()) == pytest.approx(float(old.std()), rel=0.05)
    assert abs(np.corrcoef(changed.numpy(), old.numpy())[0, 1]) < 0.1


# --- entropy --------------------------------------------------------------------------------------


def test_entropy_is_that_of_the_histogram_and_free_of_scale() -> None:
    drawn = np.random.default_rng(0).normal(size=(30, 40)).astype(np.float32)
    counts, _ = np.histogram(drawn.astype(np.float64), bins=100)
    found = histogram_entropy(drawn, bins=100)
    assert found == pytest.approx(entropy(counts))
    assert histogram_entropy(4 * drawn, bins=100) == pytest.approx(found)
    even = np.arange(200, dtype=np.float32).reshape(10, 20)
    assert histogram_entropy(even, bins=100) == pytest.approx(np.log(100))
    assert histogram_entropy(np.full((3, 3), 0.2, np.float32), bins=100) is None
    single = np.zeros((10, 10), np.float32)
    single[3, 3] = 1
    assert 0 < (histogram_entropy(single, bins=100) or 0) < 0.1


# --- the measure ----------------------------------------------------------------------------------


@pytest.fixture
def brightness() -> Iterator[None]:
    """A method that does not look at the network."""
    module = ModuleType("brightness")

    class Parameters(SaliencyParameters):
        """Nothing."""

    def attribute(
        classifier: Classifier, images: Tensor, targets: Tensor, parameters: Any, noise: Any
    ) -> Attribution:
        del classifier, targets, parameters, noise
        return Attribution(images)

    vars(module).update(Parameters=Parameters, attribute=attribute)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "brightness", module)
        patch.setitem(registry.METHODS["saliency"], "brightness", "brightness")
        yield


@pytest.mark.usefixtures("brightness")
def test_a_map_that_ignores_the_network_neither_rises_nor_changes() -> None:
    classifier = convolutional()
    outcomes = outcomes_of(classifier, samples_of(classifier, pictures(18, 3)), "brightness")
    for row, *curve in measured(classifier, outcomes):
        assert row.row["randomisation_rise"] == pytest.approx(0, abs=1e-12)
        assert row.row["randomisation_spearman"] == pytest.approx(1)
        assert row.row["randomisation_draws"] == 3
        assert [stage.row["stage_spearman"] for stage in curve] == pytest.approx([1] * 3)


def test_a_gradient_of_few_weights_becomes_as_complex_as_noise() -> None:
    """A linear network that looks at a patch: without what it learned it looks everywhere."""
    torch.manual_seed(0)
    layer = nn.Linear(3 * 16 * 16, 1000)
    layer.weight.data.zero_()
    layer.weight.data.view(1000, 3, 16, 16)[..., 4:6, 4:6] = 1
    classifier = Classifier(nn.Sequential(nn.Flatten(), layer), preprocessing(16))
    photographs = samples_of(classifier, pictures(16, 3))
    for row, *curve in measured(classifier, outcomes_of(classifier, photographs), draws=4):
        assert row.row["randomisation_rise"] > 5
        assert abs(row.row["randomisation_spearman"]) < 0.2
        assert len(curve) == 1  # there is one layer


def test_draws_are_averaged_and_the_curve_ends_where_all_layers_are_random() -> None:
    classifier = convolutional()
    photographs = samples_of(classifier, pictures(18, 3))
    outcomes = outcomes_of(classifier, photographs)
    found = measured(classifier, outcomes, draws=2, stages=8)
    others = []
    for draw in range(2):
        changed = randomised(classifier, seed=SEED, draw=draw, layers=3)
        others.append([o.arrays["map"] for o in outcomes_of(changed, photographs)])
    for position, (outcome, (row, *curve)) in enumerate(zip(outcomes, found, strict=True)):
        own = outcome.arrays["map"]
        rho = [spearmanr(own, maps[position], axis=None).statistic for maps in others]
        assert row.row["randomisation_spearman"] == pytest.approx(np.mean(rho))
        entropies = [histogram_entropy(maps[position], bins=100) or 0 for maps in others]
        rise = np.mean(entropies) / (histogram_entropy(own, bins=100) or 0) - 1
        assert row.row["randomisation_rise"] == pytest.approx(rise)
        assert [stage.row["layers_random"] for stage in curve] == [1, 2, 3]
        assert [stage.row["stage"] for stage in curve] == [1, 2, 3]
        assert curve[-1].row["stage_spearman"] == pytest.approx(rho[0])
        assert curve[0].row["stage_spearman"] > curve[-1].row["stage_spearman"] - 0.5
    assert all(len(r) == 1 for r in measured(classifier, outcomes, draws=1, stages=0))


def test_where_a_random_network_has_no_gradient_nothing_is_defined() -> None:
    class Dying(nn.Linear):
        def reset_parameters(self) -> None:
            self.weight.data.zero_()

    torch.manual_seed(0)
    layer = Dying(3 * 8 * 8, 1000, bias=False)
    nn.init.normal_(layer.weight)
    classifier = Classifier(nn.Sequential(nn.Flatten(), layer), preprocessing(8))
    outcomes = outcomes_of(classifier, samples_of(classifier, pictures(8, 2)))
    assert all(outcome.arrays["map"].any() for outcome in outcomes)
    for row, *curve in measured(classifier, outcomes):
        assert row.row == {
            "randomisation_rise": None,
            "randomisation_spearman": None,
            "randomisation_draws": 0,
        }
        assert [stage.row["stage_spearman"] for stage in curve] == [None]
