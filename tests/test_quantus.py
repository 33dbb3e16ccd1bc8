"""ROAD, deletion, insertion and randomisation against Quantus, an independent toolkit.

Hedström et al. 2023, "Quantus: an explainable AI toolkit for responsible evaluation of neural
network explanations and beyond", JMLR 24(34). Where the definitions differ, Quantus is asked for
ours by what it lets one set:

- ROAD: it draws its noise from NumPy's global generator, so both sides go without. It ranks and
  counts the values of all colours and takes their numbers for pixels: colours two and three get the
  lowest value, and the shares are a third. It counts predictions over a set of photographs, not
  probabilities, so its count is compared with the mean of `correct`, and the label's probability
  is read off the images that it made. MoRF alone: LeRF is MoRF of the negative map.
- Pixel flipping replaces single values of a colour by a constant: each pixel's three values follow
  one another in the order, and its perturbation function puts the blurred photograph there. Its
  curve begins after the first step, ours at the photograph, whose point is added; its area asks
  for `np.trapz`, which NumPy 2.4 has no more, so the area is taken of its curve.
- Efficient MPRT and MPRT: both draw weights by each layer's `reset_parameters`, but from other
  seeds, so here a layer begins anew with the same weights always. Quantus looks at one network of
  random weights; MPRT by default at absolute, normalised maps, of which a rank knows nothing.

Not comparable: single deletion (in Quantus there is none), stability (its own noise), the clip of
imputed pixels to [0, 1] (without noise they are means of known ones).

Quantus brings another OpenCV: it must not be in this environment. In a folder of its own, which
`PYTHONPATH` names for the time of these tests:
`pip install --no-deps --target FOLDER quantus scikit-learn joblib threadpoolctl cloudpickle
narwhals cachetools`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor, nn

from inputgrad.engine.records import ImageItem, Outcome, Record, Run
from inputgrad.engine.tools import Tools
from inputgrad.images.blurring import gaussian_blur
from inputgrad.images.imputation import impute
from inputgrad.images.maps import histogram_entropy
from inputgrad.images.ranking import ranks
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.saliency import explain
from inputgrad.saliency.curve_columns import CURVES
from inputgrad.saliency.measures import deletion_insertion, randomisation, road
from inputgrad.saliency.methods import gradient
from small_networks import convolutional, pictures, samples_of

quantus = pytest.importorskip(
    "quantus", reason="Quantus is not on PYTHONPATH; this file says how to install it apart"
)

SEED, SLOTS, SIZE, COUNT = 7, 4, 18, 8
SHARES = [0.1, 0.25, 0.5, 0.75]
STEPS = 27  # each of 12 pixels
LEVEL = 1 / 255
RUN = Run("run", "gradient", gradient.Parameters())
QUIET = {"abs": False, "normalise": False, "disable_warnings": True, "display_progressbar": False}
Values = NDArray[np.float32]


@pytest.fixture(scope="module")
def network() -> Classifier:
    return convolutional(SIZE)


@pytest.fixture(scope="module")
def outcomes(network: Classifier) -> list[Outcome]:
    """Gradient maps of the labels, which the network gives the photographs itself."""
    items = [ImageItem(sample, RUN) for sample in samples_of(network, pictures(SIZE, COUNT))]
    found = explain.compute(network, items, seed=SEED, slots=SLOTS)
    return [Outcome(items[n], [record.row], record.arrays) for n, (record,) in found]


@pytest.fixture
def _one_new_beginning(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Layers that begin anew with weights of their shape alone, whoever asks and however seeded."""

    def redraw(layer: nn.Conv2d | nn.Linear) -> None:
        drawn = torch.Generator().manual_seed(layer.weight.numel())
        nn.init.normal_(layer.weight, std=0.3, generator=drawn)

    for kind in (nn.Conv2d, nn.Linear):
        monkeypatch.setattr(kind, "reset_parameters", redraw)
    with torch.random.fork_rng(devices=[]):  # Quantus seeds the global generator
        yield


def measured(module: Any, network: Classifier, given: Sequence[Outcome], **parameters: Any) -> Any:
    tools = Tools(network, SEED, SLOTS)
    return [*module.measure(given, module.Parameters(**parameters), tools)]


def curve(records: Sequence[Record], name: str, column: str = "probability") -> list[Any]:
    rows = [r.row for r in records if r.table == CURVES and r.row["curve"] == name]
    return [row[column] for row in rows]


def images_of(given: Sequence[Outcome]) -> Values:
    found: Values = np.stack([to_tensor(o.item.image.pixels).numpy() for o in given])
    return found


def labels_of(given: Sequence[Outcome]) -> NDArray[np.int64]:
    return np.array([outcome.item.image.label for outcome in given])


def places_of(given: Sequence[Outcome]) -> list[NDArray[np.int64]]:
    """Each pixel's rank by our order, 0 for the most salient one."""
    return [ranks(o.arrays["map"], seed=SEED, image_id=o.item.image.image_id) for o in given]


@contextmanager
def seen_by(network: Classifier) -> Iterator[list[Tensor]]:
    """The batches of images that the network is shown meanwhile."""
    batches: list[Tensor] = []
    handle = network.register_forward_pre_hook(lambda _, given: batches.append(given[0].clone()))
    try:
        yield batches
    finally:
        handle.remove()


def theirs_road(
    network: Classifier, given: Sequence[Outcome], sign: int
) -> tuple[list[float], list[Tensor]]:
    """Quantus' ROAD at our shares, `sign` 1 for MoRF and -1 for LeRF, and its images by share."""
    first = np.stack([-sign * place for place in places_of(given)]).astype(np.float32)[:, None]
    lowest = np.full((len(given), 2, SIZE, SIZE), -1e9, np.float32)
    road_of = quantus.ROAD(percentages=[100 * s / 3 for s in SHARES], noise=0.0, **QUIET)
    with seen_by(network) as batches:
        found = road_of(
            network,
            images_of(given),
            labels_of(given),
            np.concatenate([first, lowest], axis=1),
            channel_first=True,
            device="cpu",
        )
    return [float(share) for share in found.values()], batches


@pytest.mark.parametrize(("name", "sign"), [("road_most_first", 1), ("road_least_first", -1)])
def test_road_is_that_of_quantus(
    name: str, sign: int, network: Classifier, outcomes: list[Outcome]
) -> None:
    found = measured(road, network, outcomes, shares=SHARES, noise_sd=0.0)
    ours = np.array([curve(records, name) for records in found])
    correct = np.mean([curve(records, name, "correct") for records in found], axis=0)
    predicted, batches = theirs_road(network, outcomes, sign)
    assert len(batches) == len(SHARES)
    with torch.no_grad():
        logits = torch.stack([network(batch) for batch in batches], dim=1).double().numpy()
    theirs = softmax(logits, axis=2)[np.arange(COUNT), :, labels_of(outcomes)]
    assert correct == pytest.approx(predicted, abs=1e-12)
    assert ours == pytest.approx(theirs, rel=0.01)
    assert theirs.std(axis=0).min() > 10 * np.abs(ours - theirs).max(), "photographs differ"


@pytest.mark.parametrize("order", ["gradient", "blob", "frame", "scattered"])
def test_imputation_solves_the_system_of_quantus(order: str, outcomes: list[Outcome]) -> None:
    from quantus.functions.perturb_func import noisy_linear_imputation

    image = images_of(outcomes[:1])[0]
    down, across = np.mgrid[:SIZE, :SIZE]
    radius = np.hypot(down - 7, across - 10)
    drawn = np.random.default_rng(0).random((SIZE, SIZE))
    values = {
        "gradient": outcomes[0].arrays["map"],
        "blob": -radius,
        "frame": radius,
        "scattered": drawn,
    }[order]
    masks = road.removed_masks(ranks(values, seed=SEED, image_id="a"), SHARES)
    for mask, ours in zip(masks, impute(torch.from_numpy(image), masks), strict=True):
        places = np.flatnonzero(mask.numpy())
        theirs = noisy_linear_imputation(image, places, noise=0.0)
        assert np.abs(theirs - image).max() > 20 * LEVEL
        assert np.abs(ours.numpy() - theirs).max() < LEVEL


def flipping(
    network: Classifier, given: Sequence[Outcome], start: Values, end: Values
) -> NDArray[np.float64]:
    """Quantus' curve while values of `start` become those of `end`, as a map orders."""
    place = np.stack(places_of(given))[:, None]
    order = -(3 * place + np.arange(3)[:, None, None]).astype(np.float64)
    flat = end.reshape(len(end), -1)

    def put(arr: Values, indices: NDArray[np.int64], **_: Any) -> Values:
        changed = arr.copy()
        np.put_along_axis(changed, indices, np.take_along_axis(flat, indices, axis=1), axis=1)
        return changed

    flip = quantus.PixelFlipping(
        features_in_step=3 * SIZE * SIZE // STEPS, perturb_func=put, **QUIET
    )
    return np.array(flip(network, start, labels_of(given), order, channel_first=True, device="cpu"))


@pytest.mark.parametrize("name", ["deletion", "insertion"])
def test_deletion_and_insertion_are_pixel_flipping(
    name: str, network: Classifier, outcomes: list[Outcome]
) -> None:
    whole = images_of(outcomes)
    blurred = np.stack([gaussian_blur(torch.from_numpy(i), SIZE / 16).numpy() for i in whole])
    start, end = (whole, blurred) if name == "deletion" else (blurred, whole)
    points = flipping(network, outcomes, start, end)
    found = measured(deletion_insertion, network, outcomes, steps=STEPS)
    for records, theirs in zip(found, points, strict=True):
        first, *later = curve(records, name)
        assert later == pytest.approx(theirs, rel=1e-5)
        area = np.trapezoid([first, *theirs], dx=1 / STEPS)
        assert records[0].row[name] == pytest.approx(area, rel=1e-5)
    assert np.ptp(points, axis=1).min() > 1e-3, "the curves are not flat"


def gradients(model: nn.Module, inputs: Any, targets: Any, **_: Any) -> NDArray[np.float64]:
    """Largest absolute gradient over the colours (N, 1, H, W), by automatic differentiation."""
    images = torch.as_tensor(inputs).float().requires_grad_()
    scores = model(images).gather(1, torch.as_tensor(targets)[:, None])
    (slopes,) = torch.autograd.grad(scores.sum(), images)
    return slopes.abs().amax(dim=1, keepdim=True).double().numpy()


def randomised_by(test: Callable[..., Any], network: Classifier, given: Sequence[Outcome]) -> Any:
    return test(
        network,
        images_of(given),
        labels_of(given),
        explain_func=gradients,
        channel_first=True,
        device="cpu",
    )


@pytest.mark.usefixtures("_one_new_beginning")
def test_the_rise_of_the_entropy_is_that_of_efficient_mprt(
    network: Classifier, outcomes: list[Outcome]
) -> None:
    test = quantus.EfficientMPRT(
        complexity_func=quantus.functions.complexity_func.discrete_entropy,
        complexity_func_kwargs={"n_bins": 100},
        **QUIET,
    )
    theirs = randomised_by(test, network, outcomes)
    found = measured(randomisation, network, outcomes, draws=1, stages=0)
    ours = [records[0].row["randomisation_rise"] for records in found]
    assert ours == pytest.approx(theirs, abs=0.005)
    assert np.ptp(theirs) > 0.05, "photographs differ"


@pytest.mark.usefixtures("_one_new_beginning")
def test_the_top_down_curve_is_that_of_mprt(network: Classifier, outcomes: list[Outcome]) -> None:
    test = quantus.MPRT(
        similarity_func=quantus.similarity_func.correlation_spearman,
        layer_order="top_down",
        **QUIET,
    )
    by_layer = randomised_by(test, network, outcomes)
    layers = [scores for name, scores in by_layer.items() if name != "original"]
    found = measured(randomisation, network, outcomes, draws=1, stages=8)
    ours = [[stage.row["stage_spearman"] for stage in stages] for _, *stages in found]
    assert np.array(ours) == pytest.approx(np.array(layers).T, abs=1e-3)
    assert np.ptp(ours) > 0.2, "stages differ"


def test_entropy_of_a_map_is_the_discrete_entropy_of_quantus(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        saliency = outcome.arrays["map"]
        given = saliency.astype(np.float64)
        theirs = quantus.functions.complexity_func.discrete_entropy(given, given, n_bins=100)
        assert histogram_entropy(saliency, bins=100) == pytest.approx(theirs, rel=1e-12)
