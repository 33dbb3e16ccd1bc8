"""Copies of a classifier whose layers have lost what they learned.

A layer begins anew by its own `reset_parameters`, as before training; parameters of a module that
has none (a token, a scale) are drawn from the normal distribution of their own mean and standard
deviation. Each layer draws from a stream of its own, named by the seed, the network's form, the
draw and the layer, so a layer's new weights do not depend on which others are new. torch's global
generator is put back, and the classifier itself is never touched.
"""

from __future__ import annotations

import copy

import torch
from torch import nn

from inputgrad.engine.randomness import stream
from inputgrad.hashing import digest
from inputgrad.models.classifier import Classifier


def layers_of(classifier: Classifier) -> list[str]:
    """Names of the modules that have parameters of their own, from the input to the scores.

    In the order of their definition, which is that of their use in all common networks.
    """
    return [name for name, module in classifier.network.named_modules() if _own(module)]


def randomised(classifier: Classifier, *, seed: int, draw: int, layers: int) -> Classifier:
    """A copy whose last so many `layers` (see `layers_of`) are new, on the same device.

    Frozen and in evaluation mode like the classifier; drawn on the CPU, whatever the device.
    """
    names = layers_of(classifier)
    assert 0 <= layers <= len(names), "no more layers than there are"
    device = classifier.mean.device
    changed = copy.deepcopy(classifier).cpu()
    form = digest([[name, list(t.shape)] for name, t in changed.network.state_dict().items()])
    modules = dict(changed.network.named_modules())
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        for name in names[len(names) - layers :]:
            torch.manual_seed(stream(seed, form, f"randomised {draw} {name}"))
            _reset(modules[name])
    return changed.to(device).eval().requires_grad_(False)


def _own(module: nn.Module) -> list[nn.Parameter]:
    return list(module.parameters(recurse=False))


def _reset(module: nn.Module) -> None:
    reset = getattr(module, "reset_parameters", None)
    if reset is not None:
        reset()
        return
    for parameter in _own(module):
        spread, mean = torch.std_mean(parameter, correction=0)
        parameter.copy_(mean + spread * torch.randn(parameter.shape))
