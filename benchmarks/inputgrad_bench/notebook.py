"""The other side: the loops of the course notebook, one image at a time.

As CS231n's notebook on network visualisation writes them (`make_fooling_image`,
`create_class_visualization`): a frozen network in PyTorch's ordinary memory format, `.item()` at
every step. The rule is ours to the letter (clipping, budget, and the way out of SqueezeNet's zero
gradients), so that both sides do the same work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from scipy.ndimage import gaussian_filter1d
from torch import Tensor
from torchvision import transforms
from torchvision.models import SqueezeNet

if TYPE_CHECKING:
    from inputgrad.models.classifier import Classifier

BLUR_EVERY, BLUR_SIGMA, LARGEST_SHIFT = 10, 0.5, 16
LAMBDA, CLASS_ETA = 1e-3, 25.0


def preprocessing(classifier: Classifier) -> transforms.Compose:
    """File to tensor, as torchvision's users write it."""
    modes = transforms.InterpolationMode
    return transforms.Compose(
        [
            transforms.Resize(classifier.resize_size, modes(classifier.interpolation)),
            transforms.CenterCrop(classifier.input_size),
            transforms.ToTensor(),
        ]
    )


def attack(classifier: Classifier, image: Tensor, target: int, *, eta: float, budget: int) -> int:
    """Climb until `target` is predicted; number of forward passes. `image` is (1, 3, S, S)."""
    image = image.clone().requires_grad_()
    for step in range(budget):
        logits, fallback = _scores(classifier.network, classifier.normalize(image))
        if logits.argmax(dim=1).item() == target:
            return step + 1
        score = logits[0, target]
        if fallback is not None and score.item() == 0:
            score = fallback[0, target]
        torch.autograd.backward(score)
        with torch.no_grad():
            gradient = image.grad
            assert gradient is not None
            image += eta * gradient / gradient.norm()
            image.clamp_(0, 1)
            image.grad = None
    _scores(classifier.network, classifier.normalize(image))
    return budget + 1


def draw_class(classifier: Classifier, class_index: int, *, steps: int) -> Tensor:
    """Image (1, 3, S, S) of a class after that many steps, in normalised units."""
    device = classifier.mean.device
    low, high = (classifier.normalize(torch.full((1, 3, 1, 1), v, device=device)) for v in (0, 1))
    image = torch.randn(1, 3, classifier.input_size, classifier.input_size, device=device)
    for step in range(steps):
        shifts = torch.randint(-LARGEST_SHIFT, LARGEST_SHIFT + 1, (2,)).tolist()
        image = image.roll(shifts, dims=(2, 3)).requires_grad_()
        logits, _ = _scores(classifier.network, image)
        torch.autograd.backward(logits[0, class_index] - LAMBDA * image.square().sum())
        with torch.no_grad():
            gradient = image.grad
            assert gradient is not None
            image = image + CLASS_ETA * gradient / gradient.norm()
            image = image.roll([-shift for shift in shifts], dims=(2, 3))
            image = torch.clamp(image, low, high)
            if (step + 1) % BLUR_EVERY == 0:
                image = _blurred(image)
    return image


def _scores(network: torch.nn.Module, images: Tensor) -> tuple[Tensor, Tensor | None]:
    """Logits, and for SqueezeNet the means before its last ReLU."""
    if not isinstance(network, SqueezeNet):
        return network(images), None
    class_map = network.classifier[1](network.features(images))
    return class_map.relu().mean((2, 3)), class_map.mean((2, 3))


def _blurred(image: Tensor) -> Tensor:
    pixels = image.cpu().numpy()
    pixels = gaussian_filter1d(gaussian_filter1d(pixels, BLUR_SIGMA, axis=2), BLUR_SIGMA, axis=3)
    return torch.from_numpy(pixels).to(image.device)
