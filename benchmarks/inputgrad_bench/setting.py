"""What is measured on: the networks, the photographs, the device. Plain values, sent as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

ETA = 0.25  # step length of the practical work, L2 in [0, 1] units
BUDGET = 100  # most steps, as in the default configuration
UNTRAINED_BUDGET = 20  # with random weights the target is hardly ever reached: bound the time


@dataclass(frozen=True)
class Network:
    """A network under measurement; `path` is its weights file where it has one."""

    source: str
    architecture: str
    path: str | None = None
    trained: bool = True

    @property
    def budget(self) -> int:
        """Most steps of an attack on this network."""
        return BUDGET if self.trained else UNTRAINED_BUDGET

    @property
    def name(self) -> str:
        """As in the table."""
        return self.architecture + ("" if self.trained else " (random weights)")


@dataclass(frozen=True)
class Photo:
    """A file, and the class that the network sees in it: so every photograph counts as correct."""

    path: str
    label: int = 0


@dataclass(frozen=True)
class Task:
    """One job's part of one side of one measurement."""

    figure: str
    side: str
    network: Network
    photographs: tuple[Photo, ...]
    device: str
    slots: int
    options: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Values for `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Task:
        """The task that `to_json` described."""
        photographs = tuple(Photo(**photo) for photo in values["photographs"])
        network = Network(**values["network"])
        return cls(**{**values, "photographs": photographs, "network": network})


@dataclass(frozen=True)
class Setting:
    """How much is measured.

    photographs: how many an attack is timed on.
    steps: gradient steps of a photograph or class where the number is fixed.
    growth: photographs at the four points (rss from, cost from, cost to, rss to).
    cores: processes of our side on a CPU.
    """

    photographs: int = 64
    repetitions: int = 3
    steps: int = 8
    growth: tuple[int, int, int, int] = (200, 400, 1600, 2000)
    batches: tuple[int, ...] = (2, 4, 8, 16)
    cores: int = 1
    device: str = "cpu"
    slots: int = 4
    config: str = "config/config.yaml"
