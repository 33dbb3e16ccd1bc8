"""The sample as the graph of jobs asks for it: read once, with what was worked out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from inputgrad.cells.cell import Cell
from inputgrad.cells.fixed_targets import FixedTargets
from inputgrad.cells.plan import Labelled, Plan
from inputgrad.images.geometry import Box
from inputgrad.photographs.index import Index, load_index


@dataclass
class Sample:
    """The sample, what its file looked like, its fixed targets and boxes.

    `of_batch`: batch -> all its photographs, and those that are sampled.
    `judged`: batch or group -> the cells whose images are judged, which every judge has in common.
    `whole`: (table, model, batch) -> the cells of a batch that is sampled as a whole, since the
    graph asks for them several times.
    """

    version: tuple[int, int]
    index: Index
    fixed: FixedTargets
    boxes: Mapping[str, tuple[Box, ...]]
    digest: str | None = None
    of_batch: dict[str, tuple[Sequence[Labelled], Sequence[Labelled]]] = field(default_factory=dict)
    judged: dict[str, list[Cell]] = field(default_factory=dict)
    whole: dict[tuple[str, str, str], list[Cell]] = field(default_factory=dict)

    @cached_property
    def listed(self) -> Sequence[Labelled]:
        """(image_id, label) in rank order."""
        return [(image.image_id, image.label) for image in self.index.images]

    @cached_property
    def pairs(self) -> frozenset[Labelled]:
        """The same, to look one up in."""
        return frozenset(self.listed)


def current(path: Path, plan: Plan, known: Sample | None) -> Sample:
    """The sample of an index file; the known one unless the file has changed since."""
    stat = path.stat()
    version = (stat.st_mtime_ns, stat.st_size)
    if known is not None and known.version == version:
        return known
    index = load_index(path)
    boxes = {image.image_id: image.boxes for image in index.images}
    return Sample(version, index, plan.fixed_targets(index.images), boxes)
