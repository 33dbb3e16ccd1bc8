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
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

from inputgrad_bench import FIGURES, machine
from inputgrad_bench.bench import ROOT, Bench
from inputgrad_bench.result import Figure, Skipped, table
from inputgrad_bench.setting import Setting

PHOTOGRAPHS_PER_CORE = 16  # at least, so that a job has several for each of its slots
QUICK: dict[str, Any] = {
    "photographs": 4,
    "repetitions": 1,
    "steps": 2,
    "growth": (4, 8, 12, 16),
    "batches": (2,),
}


def main() -> None:
    """Measure what the command line asks for."""
    arguments = _parser().parse_args()
    setting, began = _setting(arguments), time.monotonic()
    described = machine.describe(setting.device)
    with tempfile.TemporaryDirectory(prefix="inputgrad-bench-") as name:
        bench = Bench(
            setting,
            architecture=arguments.architecture,
            checkpoint=arguments.checkpoint,
            images=arguments.images,
            work=Path(name),
        )
        figures, skipped = _measure(bench, arguments.only or _default(arguments))
    if arguments.quick:
        figures = [replace(figure, target=None) for figure in figures]
    report = {
        "machine": described,
        "versions": machine.versions(),
        "photographs": f"{setting.photographs}, {bench.origin}",
        "setting": vars(setting),
        "seconds": round(time.monotonic() - began, 1),
        "figures": [figure.to_json() for figure in figures],
        "skipped": [vars(s) for s in skipped],
    }
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(report, indent=1) + "\n")
    print(table(figures, skipped))
    _say(f"written: {arguments.output} ({report['seconds']} s)")


def _measure(bench: Bench, keys: Sequence[str]) -> tuple[list[Figure], list[Skipped]]:
    """The figures, and what cannot be measured here."""
    figures: list[Figure] = []
    skipped: list[Skipped] = []
    for key in keys:
        _say(f"{key} ...")
        module = import_module(FIGURES[key])
        if missing := _missing(module.REQUIRES):
            skipped.append(Skipped(key, f"not installed here: {', '.join(missing)}"))
            continue
        for measured in module.measure(bench):
            if isinstance(measured, Skipped):
                skipped.append(measured)
                continue
            figures.append(measured)
            _say(f"  {measured.key}, {measured.network}: {median(measured.values):.2f}")
    return figures, skipped


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
        setting = replace(setting, slots=64, batches=(32, 64, 128, 256), photographs=512)
    if arguments.quick:
        setting = replace(setting, config="config/test.yaml", **QUICK)
    given = {"slots": arguments.slots, "repetitions": arguments.repetitions}
    return replace(setting, **{name: value for name, value in given.items() if value is not None})


def _missing(requirements: Sequence[str]) -> list[str]:
    return [name for name in requirements if importlib.util.find_spec(name) is None]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
