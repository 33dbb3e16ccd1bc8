"""`fourier` and `yosinski` against plain loops written from their formulas, and their parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from inputgrad.class_visualization.objectives import TERMS, ClassScore, Terms
from inputgrad.class_visualization.optimizers import Adam
from inputgrad.class_visualization.parameterizations import fourier
from inputgrad.class_visualization.parts import Beginning
from inputgrad.class_visualization.regularizers.smoothness import Smoothness
from inputgrad.class_visualization.regularizers.yosinski import ClipSmall, Decay
from inputgrad.class_visualization.transforms import Noise, View, interpolation
from inputgrad.class_visualization.visualize import compute
from inputgrad.engine.randomness import generator
from inputgrad.engine.records import ClassItem, Run, Start
from inputgrad.models.classifier import Classifier
from inputgrad.registry import load
from small_networks import convolutional, squeezenet
from test_class_visualization import NOISE, SEED, ascended, drawn, item_of, rows_of

CLASS = 30


@pytest.fixture(scope="module")
def network() -> Classifier:
    return convolutional()


def stream(purpose: str) -> torch.Generator:
    return generator(SEED, CLASS, purpose)


# --- fourier ---------------------------------------------------------------------------------


def plain_fourier(classifier: Classifier, item: ClassItem) -> Tensor:
    """The method by autograd, `grid_sample` and torch's own Adam; image (3, S, S) in [0, 1]."""
    p, size = item.run.parameters, classifier.input_size
    colours = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]])
    colours = colours / colours.norm(dim=0).max()
    down, right = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)
    frequency = torch.from_numpy(np.maximum(np.hypot(down, right), 1 / size)).float()
    start = fourier.Parameterization(classifier).start(Beginning(item, 0, 1, SEED))
    spectrum = torch.view_as_complex(start).clone().requires_grad_()
    sides = torch.rand(p.iterations, 3, generator=stream("class views"))
    noises = stream("class view noise")
    field = torch.randn(3, size, size, generator=noises)
    offsets = torch.randint(0, size, (p.iterations, 2), generator=noises)
    optimizer = torch.optim.Adam([spectrum], lr=1.0)

    def image() -> Tensor:
        plain = torch.fft.irfft2(spectrum / frequency, s=(size, size), norm="ortho") / 4
        return torch.einsum("dc,chw->dhw", colours, plain).sigmoid()

    for turn in range(p.iterations):
        side = p.smallest_view + (p.largest_view - p.smallest_view) * float(sides[turn, 0])
        reach = max(0.0, 1 - side) + p.margin
        t_down, t_right = (reach * (2 * float(u) - 1) for u in sides[turn, 1:])
        theta = torch.tensor([[[side, 0, t_right], [0, side, t_down]]])
        grid = affine_grid(theta, [1, 3, size, size], align_corners=False)
        x = image()
        view = grid_sample(
            classifier.normalize(x[None]), grid, padding_mode="reflection", align_corners=False
        )
        noise = field.roll(offsets[turn].tolist(), (1, 2)) * p.noise_sd
        logits = classifier.forward_normalized(view + noise / classifier.std)[0]
        rest = (logits.sum() - logits[CLASS]) / 999
        rough = x.diff(dim=1).square().sum() + x.diff(dim=2).square().sum()
        optimizer.zero_grad()
        (-(logits[CLASS] - rest) + p.lambda_ * rough).backward()
        optimizer.param_groups[0]["lr"] = p.eta * (1 - 0.9 * turn / (p.iterations - 1))
        optimizer.step()
    return image().detach()


@pytest.mark.parametrize(
    "changes",
    [{}, {"lambda": 0.5}, {"noise_sd": 0.3}, {"smallest_view": 0.2}, {"margin": 1.0}, {"eta": 0.5}],
    ids=str,
)
def test_fourier_equals_a_plain_loop(network: Classifier, changes: dict[str, Any]) -> None:
    item = item_of(method="fourier", **{"eta": 0.05, "iterations": 12, "snapshots": []} | changes)
    (found,) = ascended(network, item)
    shown = network.denormalize(torch.from_numpy(found.images[-1]))[0]
    expected = plain_fourier(network, item)
    torch.testing.assert_close(shown, expected, rtol=0, atol=2e-3)
    (start,) = ascended(network, item_of(method="fourier", iterations=1, eta=1e-6, snapshots=[]))
    begun = network.denormalize(torch.from_numpy(start.images[-1]))[0]
    assert (expected - begun).abs().max() > 0.05


@pytest.mark.parametrize("sizes", [(18, 26), (15, 18), (18, 15), (15, 21)])
def test_starts_of_different_sizes_are_one_image(sizes: tuple[int, int]) -> None:
    """The same coefficients below half the sampling rate of the smaller image."""
    small, large = sorted(sizes)
    starts = {
        size: fourier.Parameterization(convolutional(size)).start(
            Beginning(item_of(method="fourier"), 0, 1, SEED)
        )
        for size in sizes
    }
    shared = (small - 1) // 2
    down = torch.arange(-shared, shared + 1)
    one, other = (starts[size][:, down, : shared + 1] for size in (small, large))
    assert torch.equal(one, other)
    everything = torch.cat([start.flatten() for start in starts.values()])
    assert float(everything.std()) == pytest.approx(fourier.SPREAD, rel=0.1)
    assert everything.unique().numel() == starts[large].numel(), "no two coefficients are the same"


@settings(max_examples=40, deadline=None)
@given(
    side=st.floats(0.1, 1.5),
    centre=st.tuples(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5)),
    size=st.integers(4, 20),
)
def test_a_view_is_that_of_grid_sample(side: float, centre: tuple[float, float], size: int) -> None:
    images = drawn(1, 3, size, size)
    theta = torch.tensor([[[side, 0, centre[1]], [0, side, centre[0]]]])
    grid = affine_grid(theta, [1, 3, size, size], align_corners=False)
    expected = grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    down, right = (interpolation(torch.tensor([side]), torch.tensor([c]), size) for c in centre)
    found = down[0] @ images @ right[0].T
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-3)
    torch.testing.assert_close(down.sum(dim=2), torch.ones(1, size))


def test_view_and_noise_pull_back_as_autograd_does_and_stay_within_their_ranges() -> None:
    classifier = convolutional(9)
    part = View([0.5, 0.2, 1.0], [1.1, 0.2, 1.0], [0.1, 0.0, 0.0], classifier)
    items = [item_of(c) for c in range(3)]
    starts = [part.start(Beginning(i, n, 300, SEED))["views"] for n, i in enumerate(items)]
    side, down = starts[0][:, 0], starts[0][:, 1]
    assert 0.5 <= float(side.min()) < 0.51 and 1.09 < float(side.max()) <= 1.1
    assert (down.abs() <= (1 - side).clamp(min=0) + 0.1 + 1e-6).all()
    assert torch.equal(starts[1][:, 0], torch.full((300,), 0.2))
    rows = rows_of(3, turn=5, views=torch.stack(starts))
    leaf, gradient = drawn(3, 3, 9, 9).requires_grad_(), drawn(3, 3, 9, 9, seed=1)
    seen, pull_back = part.view(leaf, rows)
    torch.testing.assert_close(seen[2], leaf[2], rtol=0, atol=1e-5)
    (expected,) = torch.autograd.grad((seen * gradient).sum(), leaf)
    torch.testing.assert_close(pull_back(gradient), expected)
    noise = Noise([0.0, 0.1, 0.1], classifier)
    own = [noise.start(Beginning(i, n, 300, SEED)) for n, i in enumerate(items)]
    rows = rows_of(3, turn=5, **{k: torch.stack([o[k] for o in own]) for k in own[0]})
    seen, pull_back = noise.view(leaf.detach(), rows)
    added = (seen - leaf.detach()) * classifier.std
    assert torch.equal(pull_back(gradient), gradient)
    assert added[0].abs().max() == 0
    assert float(added[1:].std()) == pytest.approx(0.1, rel=0.1)
    later, _ = noise.view(leaf.detach(), rows._replace(turn=rows.turn + 1))
    assert (later[1] - seen[1]).abs().max() > 0.1


def test_adam_equals_torchs_with_its_schedule_by_item() -> None:
    first, last, iterations = [0.1, 0.5], [0.01, 0.5], [4, 7]
    part = Adam(first, last, iterations, convolutional())
    parameters = drawn(2, 3, 4)
    own = {name: torch.zeros_like(parameters) for name in ("mean", "square")}
    leaves = [row.clone().requires_grad_() for row in parameters]
    oracles = [torch.optim.Adam([leaf], lr=1.0, maximize=True) for leaf in leaves]
    for turn in range(4):
        gradient = drawn(2, 3, 4, seed=turn + 1)
        parameters, own = part.step(parameters, gradient, rows_of(2, turn, **own))
        for n, (leaf, oracle) in enumerate(zip(leaves, oracles, strict=True)):
            leaf.grad = gradient[n].clone()
            fall = (last[n] - first[n]) * turn / (iterations[n] - 1)
            oracle.param_groups[0]["lr"] = first[n] + fall
            oracle.step()
            torch.testing.assert_close(parameters[n], leaf.detach(), rtol=1e-5, atol=1e-6)


# --- objectives and penalties ----------------------------------------------------------------


def test_terms_add_and_each_row_has_its_weights(network: Classifier) -> None:
    images, rows = drawn(4, 3, 18, 18), rows_of(4)
    weights: list[dict[str, float]] = [{name: 1.0} for name in TERMS]
    weights.append({"score": 0.5, "contrast": 2.0})
    found = Terms(weights, network).gradient(images, rows)
    own = [Terms([w] * 4, network).gradient(images, rows)[n] for n, w in enumerate(weights)]
    assert torch.equal(found, torch.stack(own))
    torch.testing.assert_close(found[0], ClassScore(network).gradient(images, rows)[0])
    every = [Terms([{name: 1.0}] * 4, network).gradient(images, rows)[3] for name in TERMS]
    torch.testing.assert_close(found[3], 0.5 * every[0] + 2 * every[2])


def test_terms_are_their_formulas() -> None:
    logits, classes = drawn(2, 5), torch.tensor([3, 0])
    found_of = [term(logits, classes) for term in TERMS.values()]
    for n, (row, c) in enumerate(zip(logits, [3, 0], strict=True)):
        found = [values[n] for values in found_of]
        others = [z for k, z in enumerate(row.tolist()) if k != c]
        expected = [row[c], row.softmax(0)[c].log(), row[c] - sum(others) / 4]
        assert [float(f) for f in found] == pytest.approx([float(e) for e in expected], rel=1e-5)


def test_smoothness_is_the_derivative_of_its_formula() -> None:
    classifier, weights = convolutional(), [0.0, 0.1, 3.0]
    leaf = drawn(3, 3, 5, 6).requires_grad_()
    x = classifier.denormalize(leaf)
    squares = x.diff(dim=2).square().sum((1, 2, 3)) + x.diff(dim=3).square().sum((1, 2, 3))
    (expected,) = torch.autograd.grad(-(torch.tensor(weights) * squares).sum(), leaf)
    found = Smoothness(weights, classifier).gradient(leaf.detach(), rows_of(3))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)


# --- yosinski --------------------------------------------------------------------------------


def plain_yosinski(classifier: Classifier, item: ClassItem) -> np.ndarray[Any, Any]:
    p, size = item.run.parameters, classifier.input_size
    x = torch.randn(3, size, size, generator=stream("class noise"))
    low, high = (classifier.normalize(torch.full((3, 1, 1), v))[0] for v in (0.0, 1.0))
    for turn in range(p.iterations):
        leaf = x.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(classifier.forward_normalized(leaf[None])[0, CLASS], leaf)
        y = (x + p.eta * gradient).clamp(low, high).numpy() * (1 - p.decay)
        if p.blur_sigma and turn % p.blur_every == 0:
            y = ndimage.gaussian_filter(y, (0, *[p.blur_sigma] * 2))
        norms = np.sqrt((y**2).sum(axis=0))
        y = y * (norms >= np.sort(norms.flat)[int(p.clipped * norms.size)])
        x = torch.from_numpy(y)
    return x.numpy()


@pytest.mark.parametrize(
    "changes", [{}, {"decay": 0.05}, {"clipped": 0.0}, {"clipped": 0.7}, {"blur_every": 2}], ids=str
)
def test_yosinski_equals_a_plain_loop(network: Classifier, changes: dict[str, Any]) -> None:
    item = item_of(method="yosinski", **{"eta": 0.02, "iterations": 9, "snapshots": []} | changes)
    (found,) = ascended(network, item)
    expected = plain_yosinski(network, item)
    far = np.abs(found.images[-1] - expected) > 1e-4  # a tie at the limit may go either way
    assert far.any(axis=0).mean() < 0.02
    (plain,) = ascended(network, item_of(method="yosinski", eta=0.02, iterations=9, snapshots=[]))
    if changes:
        assert np.abs(plain.images - found.images).max() > 0.01


def test_small_pixels_become_the_mean_colour_in_rows_that_ask_for_it() -> None:
    classifier, images = convolutional(10), drawn(3, 3, 10, 10)
    part = ClipSmall([0.3, 0.0, 0.9], classifier)
    assert part.due(rows_of(3)).tolist() == [True, False, True]
    found = part.edited(images, part.due(rows_of(3)), rows_of(3))
    gone = (found == 0).all(dim=1)
    assert gone.flatten(1).sum(1).tolist() == [30, 0, 90]
    norms = images.norm(dim=1)
    assert norms[0][gone[0]].max() < norms[0][~gone[0]].min()
    decay = Decay([0.1, 0.0, 0.5], classifier)
    assert decay.due(rows_of(3)).tolist() == [True, False, True]
    shrunk = decay.edited(images, decay.due(rows_of(3)), rows_of(3))
    torch.testing.assert_close(shrunk[2], 0.5 * images[2])
    assert torch.equal(shrunk[1], images[1])


# --- divergence ------------------------------------------------------------------------------


class Exploding(Classifier):
    """A classifier whose scores overflow once an image is bright enough."""

    def forward_normalized(self, images: Tensor) -> Tensor:
        """Logits, infinite where the mean of an image exceeds a limit."""
        bright = images.mean(dim=(1, 2, 3), keepdim=True)
        return super().forward_normalized(images * torch.where(bright > 0.4, torch.inf, 1.0))


def test_an_ascent_that_diverges_ends_and_leaves_the_others_alone() -> None:
    calm = convolutional()
    exploding = convolutional()
    exploding.__class__ = Exploding
    bright = Start("bright", np.full((18, 18, 3), 200, dtype=np.uint8))
    settings_of = load("class_visualization", "normalized").Parameters
    run = Run("run", "normalized", settings_of(iterations=6, snapshots=[0, 2, 4], shift=0, eta=0.1))
    items = [ClassItem(c, start, run) for c, start in ((3, NOISE), (3, bright), (7, NOISE))]
    found = dict(compute(exploding, items, seed=SEED, slots=2))
    expected = dict(compute(calm, items, seed=SEED, slots=2))
    (record,) = found[1]
    assert record.row["diverged"] is True
    assert (record.row["iteration"], record.row["iterations"]) == (0, 6)
    np.testing.assert_array_equal(record.arrays["snapshots"], [bright.pixels])
    for calm_item in (0, 2):
        rows = [record.row for record in found[calm_item]]
        assert rows == [record.row for record in expected[calm_item]]
        assert [row["iteration"] for row in rows] == [0, 2, 4, 6]
        assert not any(row["diverged"] for row in rows)


def test_an_ascent_that_diverges_on_the_way_keeps_what_it_reached() -> None:
    exploding = squeezenet(64)
    method = load("class_visualization", "normalized")
    run = Run("run", "normalized", method.Parameters(iterations=5, snapshots=[1, 2, 4], shift=0))
    item = ClassItem(3, NOISE, run)
    steps = iter([1.0, 1.0, float("nan")])
    plain = exploding.score_targets

    def failing(images: Tensor, targets: Tensor) -> Any:
        found = plain(images, targets)
        return found._replace(score=found.score * next(steps))

    exploding.score_targets = failing  # type: ignore[method-assign]
    ((_, records),) = compute(exploding, [item], seed=SEED, slots=1)
    assert [record.row["iteration"] for record in records] == [1, 2]
    assert records[-1].row["diverged"]
    assert len(records[-1].arrays["snapshots"]) == 2
