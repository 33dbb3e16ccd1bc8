"""Class visualisation: against a plain loop with numpy and scipy, and its parts by oracle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy import ndimage
from torch import Tensor

from inputgrad import registry
from inputgrad.class_visualization.loop import Ascended, ClassAscent, moments
from inputgrad.class_visualization.measures import decisive_regions, scores
from inputgrad.class_visualization.measures import total_variation as variation
from inputgrad.class_visualization.methods import practical
from inputgrad.class_visualization.optimizers import Ascent, NormalizedAscent
from inputgrad.class_visualization.parts import Beginning, Rows
from inputgrad.class_visualization.regularizers.blur import Blur, blur, gaussian_kernel
from inputgrad.class_visualization.regularizers.l2 import L2
from inputgrad.class_visualization.transforms import Shift, shift
from inputgrad.class_visualization.visualize import compute
from inputgrad.engine.randomness import generator
from inputgrad.engine.records import ClassItem, Outcome, Record, Run, Start
from inputgrad.engine.scoring import confidences, score_images
from inputgrad.engine.slots import run_slots
from inputgrad.engine.tools import Tools
from inputgrad.images.maps import half_mass_share
from inputgrad.images.roughness import total_variation
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from small_networks import convolutional, pictures, squeezenet

SLOTS = 3
SEED = 11
NOISE = Start("noise")
PHOTOGRAPH = Start("photograph", pictures(18, 1)[0])


def item_of(
    class_index: int = 30, *, start: Start = NOISE, method: str = "normalized", **changes: Any
) -> ClassItem:
    small = {"shift": 5, "iterations": 24, "snapshots": [0, 10]}
    parameters = registry.load("class_visualization", method).Parameters
    own = {name: value for name, value in small.items() if name in parameters.model_fields}
    run = Run("run", method, parameters(**{"eta": 1.0} | own | changes))
    return ClassItem(class_index, start, run)


def weigh(value: float) -> dict[str, Any]:
    """The weight of the penalty, whose name Python reserves."""
    return {"lambda": value}


def ascended(classifier: Classifier, *items: ClassItem) -> list[Ascended]:
    """Ascents of one method."""
    method = registry.load("class_visualization", items[0].run.method)
    parts = method.parts([item.run.parameters for item in items], classifier)
    procedure = ClassAscent(classifier, items, parts, seed=SEED)
    found = dict(run_slots(procedure, range(len(items)), slots=SLOTS))
    return [found[position] for position in range(len(items))]


def outcomes_of(classifier: Classifier, items: Sequence[ClassItem], slots: int) -> list[Outcome]:
    found = dict(compute(classifier, items, seed=SEED, slots=slots))
    assert found.keys() == set(range(len(items)))
    return [
        Outcome(item, [record.row for record in found[i]], found[i][-1].arrays)
        for i, item in enumerate(items)
    ]


def bits(outcome: Outcome) -> tuple[str, dict[str, bytes]]:
    return repr(outcome.rows), {name: a.tobytes() for name, a in outcome.arrays.items()}


def reference(
    classifier: Classifier, item: ClassItem, iterations: int | None = None
) -> NDArray[np.float32]:
    """The ascents of the practical work, one image, with numpy's roll and scipy's blur."""
    p, size = item.run.parameters, classifier.input_size
    noise, shifts = (generator(SEED, item.class_index, f"class {n}") for n in ("noise", "shifts"))
    x = torch.randn(3, size, size, generator=noise)
    if item.start.pixels is not None:
        x = classifier.normalize(to_tensor(item.start.pixels))[0]
    lowest = -p.shift if p.shift_both_ways else 0
    offsets = torch.randint(lowest, p.shift + 1, (p.iterations, 2), generator=shifts)
    low, high = (classifier.normalize(torch.full((3, 1, 1), v))[0] for v in (0.0, 1.0))
    for turn, offset in enumerate(offsets[:iterations].tolist()):
        leaf = torch.from_numpy(np.roll(x.numpy(), offset, (1, 2))).requires_grad_()
        score = classifier.forward_normalized(leaf[None])[0, item.class_index]
        objective = score - p.lambda_ * leaf.square().sum()
        (gradient,) = torch.autograd.grad(objective, leaf)
        length = gradient.norm() if item.run.method == "normalized" else 1
        moved = (leaf + p.eta * gradient / length).detach().numpy()
        x = torch.from_numpy(np.roll(moved, [-o for o in offset], (1, 2))).clamp(low, high)
        if p.blur_sigma and turn % p.blur_every == 0:
            x = torch.from_numpy(ndimage.gaussian_filter(x.numpy(), (0, *[p.blur_sigma] * 2)))
    return x.numpy()


@pytest.fixture(scope="module")
def network() -> Classifier:
    return convolutional()


BOTH_WAYS = {"shift_both_ways": True}
CASES: dict[str, dict[str, Any]] = {
    "steps of one length": {},
    "to the letter": {"method": "practical", "eta": 0.02},
    "to the letter, strong penalty": {"method": "practical", "eta": 0.02, "lambda": 0.5},
    "to the letter, shifts both ways": {"method": "practical", "eta": 0.02, **BOTH_WAYS},
    "to the letter, from a photograph": {"method": "practical", "eta": 0.05, "start": PHOTOGRAPH},
    "shifts one way": {"shift_both_ways": False},
    "strong penalty": {"lambda": 0.5},
    "no penalty": {"lambda": 0.0},
    "no blur": {"blur_sigma": 0.0},
    "wide blur, often": {"blur_sigma": 1.0, "blur_every": 3},
    "no shift": {"shift": 0},
    "shift beyond the side": {"shift": 40},
    "long steps": {"eta": 4.0},
    "photograph": {"start": PHOTOGRAPH},
    "one step": {"iterations": 1, "snapshots": []},
}


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_methods_of_the_practical_work_equal_a_plain_loop(
    network: Classifier, changes: dict[str, Any]
) -> None:
    item = item_of(**changes)
    (found,) = ascended(network, item)
    expected = reference(network, item)
    np.testing.assert_allclose(found.images[-1], expected, atol=1e-4)
    assert np.abs(expected - reference(network, item, iterations=0)).max() > 0.05


def test_cases_differ_from_one_another(network: Classifier) -> None:
    """Otherwise the oracle above would not notice a setting that is ignored."""
    items = [item_of(**changes) for changes in CASES.values()]
    ends = [ascended(network, item)[0].images[-1] for item in items]
    for i, one in enumerate(ends):
        for other in ends[i + 1 :]:
            assert np.abs(one - other).max() > 0.02


def test_snapshots_are_the_ends_of_shorter_runs(network: Classifier) -> None:
    wanted = [0, 1, 9, 10, 11, 21]
    item = item_of(snapshots=[*wanted, 24, 99])
    (long,) = ascended(network, item)
    assert moments(item) == [*wanted, 24]
    assert long.images.shape == (7, 3, 18, 18)
    for moment, image in zip(wanted[1:], long.images[1:], strict=False):
        (short,) = ascended(network, item_of(iterations=moment, snapshots=[]))
        np.testing.assert_array_equal(short.images, [image])
    noise = generator(SEED, 30, "class noise")
    np.testing.assert_array_equal(long.images[0], torch.randn(3, 18, 18, generator=noise))


def test_penalty_pulls_the_image_to_the_mean(network: Classifier) -> None:
    items = [item_of(blur_sigma=0.0, **weigh(weight)) for weight in (0.0, 0.1, 3.0)]
    norms = [float(np.linalg.norm(found.images[-1])) for found in ascended(network, *items)]
    assert norms == sorted(norms, reverse=True)
    assert norms[2] < 0.8 * norms[0]


def test_squeezenets_images_stay_in_the_valid_range() -> None:
    network = squeezenet(64)
    items = [item_of(c, eta=50.0, iterations=4, snapshots=[1, 2, 3]) for c in (1, 416)]
    low, high = (network.normalize(torch.full((1, 3, 1, 1), v)).numpy() for v in (0.0, 1.0))
    for found in ascended(network, *items):
        assert (found.images >= low - 1e-6).all()
        assert (found.images <= high + 1e-6).all()


# --- what every method and every parameterisation must do -------------------------------------

# (method, settings): one row for each method, and one for each parameterisation under `normalized`
METHODS: list[tuple[str, dict[str, Any]]] = [
    ("practical", {"eta": 0.2}),
    ("normalized", {"parameterization": "pixels", "eta": 2.0}),
    ("normalized", {"parameterization": "fourier", "eta": 0.5}),
    ("normalized", {"parameterization": "fourier_rgb", "eta": 0.5}),
    ("yosinski", {"eta": 0.2, "blur_sigma": 0.5}),
    ("fourier", {"eta": 0.2}),
]
every_method = pytest.mark.parametrize(("method", "changes"), METHODS, ids=str)
PARAMETERIZATIONS = [c["parameterization"] for _, c in METHODS if "parameterization" in c]


def test_every_method_and_parameterization_has_its_row() -> None:
    assert {method for method, _ in METHODS} == registry.METHODS["class_visualization"].keys()
    assert set(PARAMETERIZATIONS) == registry.PARAMETERIZATIONS.keys()


@every_method
@pytest.mark.parametrize("start", [NOISE, PHOTOGRAPH], ids=lambda start: start.name)
def test_the_objective_rises(
    network: Classifier, method: str, changes: dict[str, Any], start: Start
) -> None:
    items = [item_of(c, method=method, start=start, **changes) for c in (30, 7)]
    tools = Tools(network, SEED, SLOTS)
    found = scores.measure(outcomes_of(network, items, SLOTS), scores.Parameters(), tools)
    for first, *_, last in found:
        assert last.row["score"] > first.row["score"] + 1


@every_method
def test_snapshots_are_kept_where_wanted_in_the_range_of_images(
    network: Classifier, method: str, changes: dict[str, Any]
) -> None:
    item = item_of(method=method, iterations=6, snapshots=[0, 2, 3, 9], **changes)
    (outcome,) = outcomes_of(network, [item], SLOTS)
    (found,) = ascended(network, item)
    images = network.denormalize(torch.from_numpy(found.images[1:]))  # noise may start beyond it
    assert images.min() >= -1e-6
    assert images.max() <= 1 + 1e-6
    assert [row["iteration"] for row in outcome.rows] == [0, 2, 3, 6]
    assert outcome.arrays["snapshots"].shape == (4, 18, 18, 3)
    for one, next_one in zip(found.images, found.images[1:], strict=False):
        assert np.abs(one - next_one).max() > 1e-3


def items_of_many_settings() -> list[ClassItem]:
    """All methods, classes, starts and settings in turn, of different lengths."""
    varied = [changes | {"iterations": 3 + n} for n, changes in enumerate(CASES.values())]
    items = [item_of(20 + n % 5, **changes) for n, changes in enumerate(varied)]
    for method, changes in METHODS:
        items += [
            item_of(c, method=method, iterations=n, snapshots=[1], start=start, **changes)
            for c, n, start in ((30, 5, NOISE), (7, 2, PHOTOGRAPH), (30, 3, NOISE))
        ]
    return items


@pytest.fixture(scope="module", params=[2, 3])
def alone(request: pytest.FixtureRequest, network: Classifier) -> tuple[int, list[Any]]:
    """Every item's bits when nothing is computed beside it."""
    items = items_of_many_settings()
    return request.param, [bits(outcomes_of(network, [item], request.param)[0]) for item in items]


@settings(max_examples=6, deadline=None)
@given(order=st.permutations(range(len(items_of_many_settings()))), data=st.data())
def test_bits_depend_neither_on_order_nor_on_neighbours(
    network: Classifier, alone: tuple[int, list[Any]], order: list[int], data: st.DataObject
) -> None:
    slots, expected = alone
    chosen = order[: data.draw(st.integers(1, len(order)))]
    items = items_of_many_settings()
    found = outcomes_of(network, [items[i] for i in chosen], slots)
    assert [bits(outcome) for outcome in found] == [expected[i] for i in chosen]
    assert len({repr(one) for one in expected}) >= len(CASES)


@every_method
def test_a_step_never_waits_for_the_device(method: str, changes: dict[str, Any]) -> None:
    """On the meta device nothing is computed, so whoever asks a tensor for its value fails."""
    classifier, item = convolutional().to("meta"), item_of(method=method, **changes)
    parts = registry.load("class_visualization", method).parts([item.run.parameters], classifier)
    procedure = ClassAscent(classifier, [item], parts, seed=SEED)
    state = {name: torch.stack([tensor] * 2) for name, tensor in procedure.start(0).items()}
    assert {tensor.device.type for tensor in state.values()} == {"meta"}
    done = procedure.step(state, torch.ones(2, dtype=torch.bool, device="meta"))
    assert done.shape == (2,)


def test_the_parameterization_is_chosen_by_name_and_part_of_the_runs_code() -> None:
    with pytest.raises(ValidationError, match="'pixel'; did you mean 'pixels'"):
        practical.Parameters(parameterization="pixel")
    for name, module in registry.PARAMETERIZATIONS.items():
        chosen = practical.Parameters(parameterization=name)
        roots = registry.modules_of("class_visualization", "practical", chosen)
        assert roots == [practical.__name__, module]


# --- rows ------------------------------------------------------------------------------------


def test_rows_and_measures_describe_the_pictures_that_are_shown(network: Classifier) -> None:
    item = item_of(snapshots=[0, 10], **weigh(0.01))
    (outcome,) = outcomes_of(network, [item], SLOTS)
    (found,) = ascended(network, item)
    snapshots = outcome.arrays["snapshots"]
    assert snapshots.dtype == np.uint8
    assert outcome.arrays.keys() == {"snapshots"}
    fixed = {"method": "normalized", "eta": 1.0, "lambda": 0.01, "init": "noise"}
    fixed |= {"iterations": 24, "diverged": False}
    assert outcome.rows == [
        {
            "iteration": moment,
            **fixed,
            "l2": pytest.approx(np.linalg.norm(image), rel=1e-6),
            "lowest": pytest.approx(float(shown.min()), abs=1e-6),
            "highest": pytest.approx(float(shown.max()), abs=1e-6),
        }
        for moment, image in zip([0, 10, 24], found.images, strict=True)
        for shown in [network.denormalize(torch.from_numpy(image))]
    ]
    assert outcome.rows[0]["lowest"] < 0 < outcome.rows[-1]["lowest"] + 1e-6
    logits = score_images(network, snapshots, slots=SLOTS)
    assert measured(network, scores.measure, outcome) == [
        {
            "iteration": moment,
            "score": logit[30],
            "probability": confidences(logit)[30],
            "prediction": logit.argmax(),
        }
        for moment, logit in zip([0, 10, 24], logits, strict=True)
    ]
    assert measured(network, variation.measure, outcome) == [
        {"iteration": moment, "total_variation": total_variation(to_tensor(picture))}
        for moment, picture in zip([0, 10, 24], snapshots, strict=True)
    ]
    (last,) = measured(network, decisive_regions.measure, outcome)
    assert last["iteration"] == 24
    leaf = to_tensor(snapshots[-1])[None].requires_grad_()
    (gradient,) = torch.autograd.grad(network(leaf)[0, 30], leaf)
    saliency = gradient[0].abs().amax(dim=0).numpy()
    assert last["half_mass_share"] == pytest.approx(
        half_mass_share(saliency), abs=2 / saliency.size
    )


def measured(
    classifier: Classifier, measure: Callable[..., Any], outcome: Outcome
) -> list[dict[str, Any]]:
    records: list[Record]
    parameters = decisive_regions.Parameters(places=2)
    (records,) = measure([outcome], parameters, Tools(classifier, SEED, SLOTS))
    assert all(record.arrays.keys() <= {"map"} for record in records)
    return [record.row for record in records]


@pytest.mark.parametrize("parameterization", PARAMETERIZATIONS)
def test_ascent_from_a_photograph_begins_with_it(
    network: Classifier, parameterization: str
) -> None:
    item = item_of(start=PHOTOGRAPH, snapshots=[0], parameterization=parameterization)
    (outcome,) = outcomes_of(network, [item], SLOTS)
    assert {row["init"] for row in outcome.rows} == {"photograph"}
    first, last = outcome.arrays["snapshots"]
    np.testing.assert_array_equal(first, PHOTOGRAPH.pixels)
    assert (last != PHOTOGRAPH.pixels).any()


def test_nothing_to_draw(network: Classifier) -> None:
    assert list(compute(network, [], seed=SEED, slots=SLOTS)) == []


# --- parts -----------------------------------------------------------------------------------


def rows_of(count: int, turn: int = 0, **own: Tensor) -> Rows:
    """Row n follows the n-th setting."""
    return Rows(torch.arange(count), torch.full((count,), 3), torch.full((count,), turn), own)


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", PARAMETERIZATIONS)
@pytest.mark.parametrize("size", [18, 15])
def test_parameterization_pulls_back_as_autograd_does_and_has_an_inverse(
    name: str, size: int
) -> None:
    classifier = convolutional(size)
    module = registry.load_parameterization(name)
    parameterization = module.Parameterization(classifier)
    starts = [NOISE, Start("photograph", pictures(size, 1)[0])]
    parameters = torch.stack(
        [
            parameterization.start(Beginning(item_of(c, start=start), 0, 1, SEED))
            for c, start in enumerate(starts)
        ]
    )
    leaf = parameters.clone().requires_grad_()
    images, pull_back = parameterization.image(leaf)
    assert images.shape == (2, 3, size, size)
    gradient = drawn(2, 3, size, size)
    (expected,) = torch.autograd.grad((images * gradient).sum(), leaf)
    with torch.no_grad():
        found = pull_back(gradient)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5 * float(expected.abs().max()))
    again, _ = parameterization.image(parameterization.parameters(images.detach()))
    torch.testing.assert_close(again, images, rtol=1e-3, atol=1e-4)
    moved, _ = parameterization.image(parameterization.project(parameters + 3 * found))
    unit = classifier.denormalize(moved)
    assert unit.min() >= -1e-6 and unit.max() <= 1 + 1e-6


def test_shift_pulls_back_as_autograd_does() -> None:
    part = Shift([2, 0, 7], [True, True, False])
    starts = [part.start(Beginning(item_of(c), c, 90, SEED)) for c in range(3)]
    ends = [(int(s["offsets"].min()), int(s["offsets"].max())) for s in starts]
    assert ends == [(-2, 2), (0, 0), (0, 7)]
    rows = rows_of(3, turn=2, offsets=torch.stack([start["offsets"] for start in starts]))
    leaf, gradient = drawn(3, 3, 9, 8).requires_grad_(), drawn(3, 3, 9, 8, seed=1)
    seen, pull_back = part.view(leaf, rows)
    assert torch.equal(seen, shift(leaf, rows.own["offsets"][:, 2]))
    (expected,) = torch.autograd.grad((seen * gradient).sum(), leaf)
    assert torch.equal(pull_back(gradient), expected)


def test_penalty_is_the_derivative_of_its_formula() -> None:
    weights = [0.0, 0.1, 3.0]
    leaf = drawn(3, 3, 5, 5).requires_grad_()
    term = -(torch.tensor(weights) * leaf.square().sum((1, 2, 3))).sum()
    (expected,) = torch.autograd.grad(term, leaf)
    found = L2(weights, convolutional()).gradient(leaf.detach(), rows_of(3))
    torch.testing.assert_close(found, expected)


def test_each_row_is_blurred_by_its_own_setting_when_it_is_due() -> None:
    part = Blur([0.5, 0.0, 1.0, 0.5], [3, 1, 2, 4], convolutional())
    due = [part.due(rows_of(4, turn)).tolist() for turn in range(5)]
    assert due == [
        [True, False, True, True],
        [False] * 4,
        [False, False, True, False],
        [True, False, False, False],
        [False, False, True, True],
    ]
    images = drawn(4, 3, 9, 9)
    found = part.edited(images, torch.tensor([True, False, True, False]), rows_of(4))
    assert torch.equal(found[0], blur(images, gaussian_kernel(0.5))[0])
    assert torch.equal(found[2], blur(images, gaussian_kernel(1.0))[2])
    assert torch.equal(found[[1, 3]], images[[1, 3]])


@pytest.mark.parametrize("shape", [(3, 4, 5), (3, 4, 3, 2)])
def test_a_normalised_step_has_the_length_eta_in_parameters_of_any_shape(
    shape: tuple[int, ...],
) -> None:
    etas = [0.5, 2.0, 3.0]
    parameters, gradient = drawn(3, *shape), drawn(3, *shape, seed=1)
    gradient[1] = 0
    moved, _ = NormalizedAscent(etas, convolutional()).step(parameters, gradient, rows_of(3))
    lengths = (moved - parameters).flatten(1).norm(dim=1).tolist()
    assert lengths == pytest.approx([0.5, 0, 3], rel=1e-5)
    plain, _ = Ascent(etas, convolutional()).step(parameters, gradient, rows_of(3))
    torch.testing.assert_close(plain[2], parameters[2] + 3 * gradient[2])


@settings(max_examples=50, deadline=None)
@given(
    offsets=st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=1, max_size=4),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
)
def test_shift_equals_numpys_roll_and_is_undone_exactly(
    offsets: list[tuple[int, int]], height: int, width: int
) -> None:
    images = torch.arange(len(offsets) * 3.0 * height * width).view(-1, 3, height, width)
    given_offsets = torch.tensor(offsets)
    moved = shift(images, given_offsets)
    for image, offset, found in zip(images, offsets, moved, strict=True):
        np.testing.assert_array_equal(found, np.roll(image.numpy(), offset, (1, 2)))
    assert torch.equal(shift(moved, -given_offsets), images)


@pytest.mark.parametrize("sigma", [0.3, 0.5, 1.0, 1.37, 3.0])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_blur_equals_scipys(sigma: float, layout: torch.memory_format) -> None:
    images = drawn(2, 3, 15, 19)
    found = blur(images.contiguous(memory_format=layout), gaussian_kernel(sigma))
    expected = ndimage.gaussian_filter(
        images.numpy().astype(float), (0, 0, sigma, sigma), mode="reflect"
    )
    np.testing.assert_allclose(found, expected, atol=2e-6)


@given(sigma=st.floats(0.2, 20))
def test_kernel_sums_to_one_and_is_symmetric(sigma: float) -> None:
    kernel = gaussian_kernel(sigma)
    assert float(kernel.sum()) == pytest.approx(1, abs=1e-6)
    assert torch.equal(kernel, kernel.flip(0))
    assert len(kernel) == 2 * int(4 * sigma + 0.5) + 1


def test_total_variation() -> None:
    flat = torch.full((3, 8, 8), 0.3)
    stripes = torch.zeros(3, 8, 8)
    stripes[:, ::2] = 1
    assert total_variation(flat) == 0
    assert total_variation(stripes) == 0.5  # every neighbour below differs, none beside
    assert total_variation(stripes.transpose(1, 2)) == 0.5
    ramp = torch.arange(8.0).expand(3, 8, 8) / 7
    assert total_variation(ramp) == pytest.approx(0.5 / 7)
