"""What each saliency method is: identities, and oracles that compute it in another way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from captum.attr import GuidedBackprop, IntegratedGradients
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from torch import Tensor, nn

from inputgrad import registry
from inputgrad.engine.gradients import score_and_gradient
from inputgrad.engine.randomness import Noise, stream
from inputgrad.engine.records import ImageItem, LabelledImage, Run
from inputgrad.engine.tools import Tools
from inputgrad.errors import ModelError
from inputgrad.images.blurring import gaussian_blur
from inputgrad.images.maps import gini, half_mass_share
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.saliency.attribution import Attribution, scores_of
from inputgrad.saliency.explain import Request, maps_of
from random_networks import random_network
from small_networks import convolutional, pictures, preprocessing, samples_of, squeezenet

SLOTS = 3


def found_by(
    method: str, classifier: Classifier, images: Tensor, targets: Tensor, **parameters: Any
) -> Attribution:
    module = registry.load("saliency", method)
    noise = Noise(range(len(images)), images)
    found: Attribution = module.attribute(
        classifier, images, targets, module.Parameters(**parameters), noise
    )
    return found


def coloured(size: int, count: int) -> Tensor:
    return torch.stack([to_tensor(pixels) for pixels in pictures(size, count)])


@pytest.fixture(scope="module")
def network() -> Classifier:
    return squeezenet(64)


@pytest.fixture(scope="module")
def targets(network: Classifier) -> Tensor:
    """Of four photographs: the last one's logit is zero."""
    with torch.no_grad():
        logits = network(coloured(64, 4))
    found = logits.argmax(dim=1)
    found[-1] = logits[-1].argmin()
    assert logits[-1].min() == 0
    return found


def linear() -> Classifier:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 1000))
    return Classifier(network, preprocessing(8))


# --- passes over the network ------------------------------------------------------------------


@pytest.mark.parametrize("method", list(registry.METHODS["saliency"]))
def test_every_pass_has_the_constant_batch_shape(
    method: str, network: Classifier, targets: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the memory does not grow with samples or steps, and bits hang on no number of them."""
    shapes: list[tuple[int, ...]] = []
    theirs = network.score_targets
    monkeypatch.setattr(
        network, "score_targets", lambda x, t: (shapes.append(x.shape), theirs(x, t))[1]
    )
    images = coloured(64, 4)
    found_by(method, network, images, targets)
    expected = {
        **{"smoothgrad": 16, "integrated_gradients": 51, "grad_cam": None},
        "occlusion": 64 + 1,
    }
    controls = ("random", "edges", "centre")
    if (passes := expected.get(method, 0 if method in controls else 1)) is not None:
        assert len(shapes) == passes
    assert {*shapes} <= {images.shape, (1, 3, 64, 64)}
    if method != "grad_cam":  # one look inside the network, the first time
        assert {*shapes} <= {images.shape}


# --- SmoothGrad -------------------------------------------------------------------------------


@pytest.mark.parametrize("samples", [1, 3, 16])
def test_smoothgrad_without_noise_is_the_gradient(
    network: Classifier, targets: Tensor, samples: int
) -> None:
    images = coloured(64, 4)
    found = found_by("smoothgrad", network, images, targets, sigma=0, samples=samples)
    assert torch.equal(found.maps, found_by("gradient", network, images, targets).maps)


def test_smoothgrad_is_the_mean_gradient_of_its_own_noisy_images() -> None:
    classifier, images = convolutional(), coloured(18, 3)
    targets = torch.tensor([3, 4, 5])
    found = found_by("smoothgrad", classifier, images, targets, samples=5, sigma=0.2).maps
    noises = [Noise([row], images[row : row + 1]) for row in range(3)]
    for row, noise in enumerate(noises):
        total = np.zeros((3, 18, 18))
        for _ in range(5):
            leaf = (images[row : row + 1] + 0.2 * noise.normal()).requires_grad_()
            classifier(leaf)[0, targets[row]].backward()
            assert leaf.grad is not None
            total += leaf.grad[0].numpy()
        np.testing.assert_allclose(found[row], total / 5, rtol=1e-3, atol=1e-5)


def test_smoothgrad_of_a_linear_model_is_its_gradient_whatever_the_noise() -> None:
    classifier, images, targets = linear(), coloured(8, 2), torch.tensor([3, 4])
    found = found_by("smoothgrad", classifier, images, targets, sigma=0.5).maps
    torch.testing.assert_close(found, found_by("gradient", classifier, images, targets).maps)


# --- integrated gradients ---------------------------------------------------------------------


def completeness_errors(
    classifier: Classifier, images: Tensor, targets: Tensor, **parameters: Any
) -> Tensor:
    """|sum of the map - (S(x) - S(b))| / |S(x) - S(b)| of each row."""
    from inputgrad.saliency.methods.integrated_gradients import BASELINES

    maps = found_by("integrated_gradients", classifier, images, targets, **parameters).maps
    start = BASELINES[parameters.get("baseline", "black")](classifier, images)
    with torch.no_grad():
        ends = [classifier(x).gather(1, targets[:, None])[:, 0] for x in (images, start)]
    rise = ends[0] - ends[1]
    return (maps.sum(dim=(1, 2, 3)) - rise).abs() / rise.abs()


@pytest.mark.parametrize("baseline", ["black", "mean", "blur"])
def test_integrated_gradients_add_up_to_the_rise_of_the_score(baseline: str) -> None:
    classifier, images = convolutional(), coloured(18, 8)
    targets = torch.arange(8) * 100
    errors = completeness_errors(classifier, images, targets, baseline=baseline)
    assert errors.median() < 1e-3
    coarse = completeness_errors(classifier, images, targets, baseline=baseline, steps=2)
    assert errors.median() < coarse.median()


@pytest.mark.parametrize("steps", [2, 7])
def test_integrated_gradients_of_a_linear_model_are_exact(steps: int) -> None:
    classifier, images, targets = linear(), coloured(8, 2), torch.tensor([3, 4])
    assert completeness_errors(classifier, images, targets, steps=steps).max() < 1e-4
    maps = found_by("integrated_gradients", classifier, images, targets, steps=steps).maps
    other = found_by("input_x_gradient", classifier, images, targets).maps
    torch.testing.assert_close(maps, other)


def test_integrated_gradients_are_a_mean_over_midpoints_of_the_way() -> None:
    classifier, images = convolutional(), coloured(18, 3)
    targets = torch.tensor([3, 4, 5])
    found = found_by("integrated_gradients", classifier, images, targets, steps=4, baseline="mean")
    start = classifier.mean.expand_as(images)
    points = [start + share * (images - start) for share in (1 / 8, 3 / 8, 5 / 8, 7 / 8)]
    gradients = [score_and_gradient(classifier, point, targets).gradient for point in points]
    expected = torch.stack(gradients).double().mean(dim=0) * (images - start)
    torch.testing.assert_close(found.maps.double(), expected, rtol=1e-4, atol=1e-6)


def test_integrated_gradients_attribute_one_score_on_the_whole_way() -> None:
    """Where the logit is zero on a part of the way, its stand-in has no say.

    Captum, which knows no stand-in, is the oracle for the network alone.
    """
    classifier, images = squeezenet(64), coloured(64, 2)
    with torch.no_grad():  # classes wake up on the way from black
        classifier.network.classifier[1].bias.fill_(-0.05)
        logits, faint = classifier(images), classifier(images / 4)
    waking = (logits > 0) & (faint == 0)
    assert waking.any(dim=1).all()
    targets = (logits * waking).argmax(dim=1)
    found = found_by("integrated_gradients", classifier, images, targets)
    assert not found.scored.zero.any()
    theirs = IntegratedGradients(classifier).attribute(
        images, torch.zeros_like(images), target=targets, n_steps=50, method="riemann_middle",
        internal_batch_size=2,
    )  # fmt: skip
    torch.testing.assert_close(found.maps, theirs.detach(), rtol=1e-3, atol=1e-6)
    scores = scores_of(classifier, images / 4, targets)
    assert scores.zero.all() and (scores.score < 0).all()  # what the stand-in would have added


def test_a_class_whose_logit_is_zero_has_integrated_gradients_of_its_stand_in(
    network: Classifier, targets: Tensor
) -> None:
    found = found_by("integrated_gradients", network, coloured(64, 4), targets, steps=4)
    assert found.scored.zero.tolist() == [False, False, False, True]
    assert found.maps[-1].any()


# --- guided backpropagation -------------------------------------------------------------------


@pytest.mark.parametrize("architecture", ["squeezenet1_1", "vgg11", "resnet18"])
def test_guided_backprop_is_captums_on_modules_of_relu(architecture: str) -> None:
    classifier = random_network(architecture, inplace=False)
    images = coloured(64, 2)
    with torch.no_grad():
        targets = classifier(images).argmax(dim=1)
    found = found_by("guided_backprop", classifier, images, targets)
    plain = found_by("gradient", classifier, images, targets)
    leaf = images.contiguous(memory_format=torch.channels_last).requires_grad_()
    with pytest.warns(UserWarning, match="backward hooks"):
        theirs = GuidedBackprop(classifier).attribute(leaf, target=targets).detach()
    torch.testing.assert_close(found.maps, theirs, rtol=1e-4, atol=1e-7)
    assert not torch.allclose(found.maps, plain.maps, rtol=0.1)
    assert torch.equal(found.scored.score, plain.scored.score)


def test_guided_backprop_of_a_small_network_by_hand() -> None:
    """y = v . relu(W x): the gradient is W' (v [W x > 0]), guided W' (v [W x > 0] [v > 0])."""
    torch.manual_seed(0)
    first, last = nn.Linear(3 * 8 * 8, 50), nn.Linear(50, 1000)
    network = nn.Sequential(nn.Flatten(), first, nn.ReLU(inplace=True), last)
    classifier, images = Classifier(network, preprocessing(8)), coloured(8, 2)
    targets = torch.tensor([3, 4])
    hidden = first(classifier.normalize(images).flatten(1))
    weights = last.weight[targets] * (hidden > 0)
    expected = (weights.clamp(min=0) @ first.weight).view(2, 3, 8, 8) / classifier.std
    found = found_by("guided_backprop", classifier, images, targets).maps
    torch.testing.assert_close(found, expected.detach())


def test_guided_backprop_without_a_relu_is_refused() -> None:
    with pytest.raises(ModelError, match=r"^guided_backprop: Sequential has no ReLU$"):
        found_by("guided_backprop", convolutional(), coloured(18, 2), torch.tensor([3, 4]))


# --- Grad-CAM ---------------------------------------------------------------------------------


def features_of(classifier: Classifier, images: Tensor, layer: str) -> Tensor:
    taken: list[Tensor] = []
    module = classifier.network.get_submodule(layer)
    handle = module.register_forward_hook(lambda _, __, y: taken.append(y.clone()))
    with torch.no_grad():
        classifier(images)
    handle.remove()
    return taken[-1]


def enlarged(maps: Tensor, size: int) -> Tensor:
    return nn.functional.interpolate(maps[:, None], (size, size), mode="bilinear")[:, 0]


@pytest.mark.parametrize(
    ("architecture", "layer", "head"),
    [("resnet18", "layer4", "fc"), ("mobilenet_v2", "features.18", "classifier.1")],
)
@pytest.mark.parametrize("relu", [True, False])
def test_grad_cam_at_the_last_layer_is_the_class_activation_map(
    architecture: str, layer: str, head: str, relu: bool
) -> None:
    """Zhou et al. 2016: after a mean over positions and a linear layer a_k is w_k / positions."""
    classifier, images = random_network(architecture), coloured(64, 3)
    targets = torch.tensor([5, 6, 7])
    features = features_of(classifier, images, layer)
    weight = classifier.network.get_submodule(head).weight[targets]
    maps = torch.einsum("nk,nkij->nij", weight, features) / features[0, 0].numel()
    found = found_by("grad_cam", classifier, images, targets, relu=relu)
    expected = enlarged(maps.relu() if relu else maps, 64)
    torch.testing.assert_close(found.maps, expected, rtol=1e-4, atol=1e-6)
    assert found.maps.any()


def test_grad_cam_before_a_functional_relu_in_place() -> None:
    """DenseNet's last map is that of a normalisation, which is then replaced by its ReLU."""
    classifier, images = random_network("densenet121"), coloured(64, 3)
    targets = torch.tensor([5, 6, 7])
    features = features_of(classifier, images, "features.norm5")
    assert (features < 0).any()
    share = (features > 0).float().mean(dim=(2, 3)) / features[0, 0].numel()
    weights = classifier.network.classifier.weight[targets] * share
    expected = torch.einsum("nk,nkij->nij", weights, features).relu()
    found = found_by("grad_cam", classifier, images, targets)
    torch.testing.assert_close(found.maps, enlarged(expected, 64), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("layer", ["features.3", "early", "middle", "last"])
def test_grad_cam_does_not_mind_a_relu_in_place(layer: str) -> None:
    images, targets = coloured(64, 2), torch.tensor([5, 6])
    found = [
        found_by("grad_cam", random_network("vgg11", inplace=inplace), images, targets, layer=layer)
        for inplace in (True, False)
    ]
    assert torch.equal(found[0].maps, found[1].maps)
    assert found[0].maps.any()


def test_grad_cam_has_three_depths_and_takes_any_layer() -> None:
    classifier, images = random_network("resnet18"), coloured(64, 2)
    targets = torch.tensor([5, 6])
    depths = {"early": "layer2", "middle": "layer3", "last": "layer4"}
    maps = {
        layer: found_by("grad_cam", classifier, images, targets, layer=layer).maps
        for layer in (*depths, *depths.values(), "layer4.1.conv1")
    }
    assert all(torch.equal(maps[depth], maps[layer]) for depth, layer in depths.items())
    assert len({found.numpy().tobytes() for found in maps.values()}) == 4
    with pytest.raises(ModelError, match=r"^grad_cam: unknown layer of resnet18 'layer5'; did you"):
        found_by("grad_cam", classifier, images, targets, layer="layer5")


def test_grad_cam_explains_the_stand_in_of_a_zero_logit(
    network: Classifier, targets: Tensor
) -> None:
    """The mean class map W_y . F + b without its ReLU: a_k = W_yk / positions."""
    images = coloured(64, 4)
    found = found_by("grad_cam", network, images, targets, relu=False)
    features = features_of(network, images, "features")[-1:]
    weight = network.network.classifier[1].weight[targets[-1:], :, 0, 0]
    maps = torch.einsum("nk,nkij->nij", weight, features) / features[0, 0].numel()
    torch.testing.assert_close(found.maps[-1:], enlarged(maps, 64), rtol=1e-4, atol=1e-6)
    assert found.maps[-1].any()


# --- controls ---------------------------------------------------------------------------------


def request(image: LabelledImage, method: str, target: int | None = None, **given: Any) -> Request:
    parameters = registry.load("saliency", method).Parameters(**given)
    item = ImageItem(image, Run(f"{method} {given}", method, parameters))
    return Request(item, to_tensor(image.pixels), image.label if target is None else target)


def maps_for(classifier: Classifier, requests: Sequence[Request], seed: int = 7) -> list[Any]:
    return [*maps_of(Tools(classifier, seed, SLOTS), requests)]


def test_random_maps_are_uniform_and_hang_on_photograph_draw_and_seed_alone() -> None:
    classifier = linear()
    large = Noise([stream(0, "photograph", "x")], torch.empty(1, 3, 224, 224)).uniform()[0, 0]
    values = np.sort(large.numpy(), axis=None)
    assert abs(values - (np.arange(values.size) + 0.5) / values.size).max() < 0.01  # Kolmogorov
    assert half_mass_share(large.numpy()) == pytest.approx(1 - math.sqrt(0.5), abs=0.005)
    assert gini(large.numpy()) == pytest.approx(1 / 3, abs=0.005)

    first, second = samples_of(classifier, pictures(8, 2))
    requests = [request(first, "random", draw=draw) for draw in (0, 1, 4)]
    requests += [request(second, "random"), request(first, "random", target=first.label + 1)]
    found = [made.tobytes() for made in maps_for(classifier, requests)]
    assert found[0] == found[4]
    assert len(set(found)) == 4
    assert maps_for(classifier, requests[:1], seed=8)[0].tobytes() not in found


def test_edges_are_scipys() -> None:
    images = coloured(64, 3)
    found = found_by("edges", linear(), images, torch.zeros(3)).maps.double().numpy()
    for image, edges in zip(images.double().numpy(), found, strict=True):
        grey = np.tensordot([0.299, 0.587, 0.114], image, axes=1)
        expected = np.hypot(*(ndimage.sobel(grey, axis=a, mode="nearest") for a in (0, 1)))
        np.testing.assert_allclose(edges, expected, atol=1e-5)
    assert found.max() <= 4 * math.sqrt(2)


@pytest.mark.parametrize("size", [8, 65])
def test_centre_is_a_gaussian_about_the_middle(size: int) -> None:
    images = torch.rand(2, 3, size, size)
    found = found_by("centre", linear(), images, torch.zeros(2), sigma=0.5).maps
    assert torch.equal(found[0], found[1])
    for same in (found[0].flip(0), found[0].flip(1), found[0].T):
        assert torch.equal(found[0], same)
    down, across = torch.meshgrid(*[torch.arange(size) + 0.5 - size / 2] * 2, indexing="ij")
    expected = torch.exp(-(down**2 + across**2) / (2 * (size / 2) ** 2))
    torch.testing.assert_close(found[0], expected)


# --- blur -------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    sigma=st.floats(0.2, 12),
    seed=st.integers(0, 99),
)
def test_blur_is_scipys_keeps_the_sum_and_commutes_with_mirrors(
    height: int, width: int, sigma: float, seed: int
) -> None:
    images = torch.randn(2, height, width, generator=torch.Generator().manual_seed(seed))
    found = gaussian_blur(images, sigma)
    for image, blurred in zip(images.double().numpy(), found, strict=True):
        expected = ndimage.gaussian_filter(image, sigma, mode="reflect")
        np.testing.assert_allclose(blurred, expected, atol=1e-5)
    torch.testing.assert_close(found.sum(dim=(1, 2)), images.sum(dim=(1, 2)), rtol=0, atol=1e-3)
    assert torch.equal(gaussian_blur(images.flip(2), sigma), found.flip(2))
    assert torch.equal(gaussian_blur(images.flip(1), sigma), found.flip(1))
    assert torch.equal(gaussian_blur(images[1:], sigma), found[1:])
    assert gaussian_blur(images, 0) is images


@pytest.mark.parametrize("method", ["gradient", "random", "grad_cam"])
def test_a_blurred_run_is_the_blurred_map_of_the_run(method: str, network: Classifier) -> None:
    photographs = samples_of(network, pictures(64, 2))
    plain = maps_for(network, [request(photograph, method) for photograph in photographs])
    given: dict[str, Any] = {"blur": 2.5}
    smooth = maps_for(network, [request(photograph, method, **given) for photograph in photographs])
    for one, other in zip(plain, smooth, strict=True):
        np.testing.assert_allclose(other, ndimage.gaussian_filter(one, 2.5), atol=1e-5)
        assert one.any() and other.flags.c_contiguous and other.dtype == np.float32
