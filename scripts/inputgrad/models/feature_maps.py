"""The layer of a network that `layer:` means: looked up in the table, or found by a look inside.

A look is one forward pass of a grey image, with a hook on every module: which modules gave a map of
positions on the way to the score, (N, C, H, W) with H = W > 1 for a square image, in the order in
which they were done. Where the table (`models/layers.py`) has no row for the network, the widths of
these maps are taken as its resolutions, from the last one up, each at least 1.5 times the one
before. Of the modules with a resolution's maps, other than pooling and padding, the outermost in
the network are considered and the last of these is taken: the end of a stage rather than a layer
inside it. A network of which less than half comes before its last map, such as a transformer with
its one convolution, has none by this rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from inputgrad.errors import ModelError, unknown
from inputgrad.models.classifier import Classifier
from inputgrad.models.layers import DEPTHS, family, no_feature_maps, no_layer

WIDER = 1.5  # from one resolution to the next: twice, less what padding takes
HALF = 0.5
IDLE = re.compile("Pool|Pad")  # in the name of a class of layers that only pool or pad


class FeatureMaps(NamedTuple):
    """What a look inside has found.

    sides: module -> its map's side in pixels, in the order in which they were done (the last time
        where one is called several times).
    reach: share of the calls of modules without children that came before the last map was done.
    """

    sides: dict[str, int]
    reach: float


_known: WeakKeyDictionary[nn.Module, FeatureMaps] = WeakKeyDictionary()


def target_layer(classifier: Classifier, layer: str) -> nn.Module:
    """The module at one of `DEPTHS` or under a dotted name.

    Raises ModelError where there is none, or none that gives a map of positions.
    """
    return classifier.network.get_submodule(layer_name(classifier, layer))


def layer_name(classifier: Classifier, layer: str) -> str:
    """The full name of that module; raises ModelError as `target_layer` does."""
    row = family(classifier.source, classifier.architecture)
    if layer in DEPTHS:
        if row is None or row.maps == ():
            return _found(classifier, layer)
        if row.maps is None:
            raise ModelError(no_feature_maps(classifier.architecture))
        layer = row.maps[DEPTHS.index(layer)]
    name, sides = _spelled_out(classifier, layer), feature_maps(classifier).sides
    if name not in sides:
        kind = f"layer of {classifier.architecture} with a feature map"
        raise ModelError(unknown(kind, layer, sides))
    return name


def feature_maps(classifier: Classifier) -> FeatureMaps:
    """What a look inside the network finds; it is taken once."""
    if classifier not in _known:
        _known[classifier] = _look(classifier)
    return _known[classifier]


def _look(classifier: Classifier) -> FeatureMaps:
    size, device = classifier.input_size, classifier.mean.device
    calls: list[tuple[str, nn.Module, int]] = []
    with torch.no_grad(), _watched(classifier.network, calls):
        image = torch.full((1, 3, size, size), 0.5, device=device)
        target = torch.zeros(1, dtype=torch.int64, device=device)
        classifier.score_targets(classifier.normalize(image), target)
    sides: dict[str, int] = {}
    for name, _, side in calls:
        if side > 1:
            sides.pop(name, None)  # so that the last call decides its place
            sides[name] = side
    leaves = [side for _, module, side in calls if not [*module.children()]]
    reached = max((number for number, side in enumerate(leaves, start=1) if side > 1), default=0)
    return FeatureMaps(sides, reached / max(len(leaves), 1))


@contextmanager
def _watched(network: nn.Module, calls: list[tuple[str, nn.Module, int]]) -> Iterator[None]:
    """Every module's calls are noted with the side of its map, 0 where it gave none."""

    def watch(name: str, module: nn.Module) -> torch.utils.hooks.RemovableHandle:
        return module.register_forward_hook(lambda m, _, y: calls.append((name, m, _side(y))))

    handles = [watch(name, module) for name, module in network.named_modules() if name]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _side(output: object) -> int:
    """Side of a map (N, C, H, W) with H = W; 0 for anything else."""
    if isinstance(output, Tensor) and output.dim() == 4 and output.shape[2] == output.shape[3]:
        return output.shape[2]
    return 0


def _found(classifier: Classifier, depth: str) -> str:
    """The layer at a depth by the look inside."""
    maps = feature_maps(classifier)
    modules = dict(classifier.network.named_modules())
    sides = {n: s for n, s in maps.sides.items() if not IDLE.search(type(modules[n]).__name__)}
    if not sides or maps.reach < HALF:
        raise ModelError(no_feature_maps(classifier.architecture))
    side = [*sides.values()][-1]
    for _ in range(DEPTHS[::-1].index(depth)):
        wider = [other for other in sides.values() if other >= WIDER * side]
        if not wider:
            words = f"no {depth} layer found in {classifier.architecture}"
            raise ModelError(f"{words}, whose maps are at most {side} pixels wide; set layer:")
        side = min(wider)
    same = [name for name, other in sides.items() if side <= other < WIDER * side]
    outermost = min(name.count(".") for name in same)
    return [name for name in same if name.count(".") == outermost][-1]


def _spelled_out(classifier: Classifier, layer: str) -> str:
    """A dotted name without negative numbers; ModelError where there is no such module."""
    module: nn.Module = classifier.network
    names: list[str] = []
    for part in layer.split("."):
        children = dict(module.named_children())
        if part.startswith("-") and part[1:].isdigit() and int(part[1:]) <= len(children):
            part = [*children][int(part)]
        if part not in children:
            path = ".".join(names)
            known = tuple(f"{path}.{child}".lstrip(".") for child in children)
            raise ModelError(no_layer(classifier.architecture, layer, known))
        names.append(part)
        module = children[part]
    return ".".join(names)
