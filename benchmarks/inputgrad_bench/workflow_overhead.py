"""Share of the default run's core-seconds that is not forward, backward or decoding.

The real command, Snakemake and all, in an empty results folder. A sampler inside every Python
process (`sampling/sitecustomize.py`) looks a hundred times a second at what the main thread does
and books the processor time since the last look. Core-seconds are seconds on the clock times
cores, so a core that waits counts as overhead too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inputgrad_bench.bench import ROOT
from inputgrad_bench.result import Figure, Target
from inputgrad_bench.sides import environment

if TYPE_CHECKING:
    from inputgrad_bench.bench import Bench

KEY = "workflow_overhead"
REQUIRES = ("snakemake", "yaml")
TARGET = Target(0.40, at_least=False)
SIDES: dict[str, Any] = {}
USEFUL = ("forward and backward", "decoding")
SAMPLING = Path(__file__).resolve().parent / "sampling"


def measure(bench: Bench) -> list[Figure]:
    """One run of the configuration, its core-seconds by what they were spent on."""
    config = ROOT / bench.setting.config
    with tempfile.TemporaryDirectory(prefix="inputgrad-workflow-") as name:
        seconds, spent = _run(config, Path(name), bench.setting.cores)
    total = seconds * bench.setting.cores
    spent["waiting"] = max(0.0, total - sum(spent.values()))
    useful = sum(spent.get(name, 0.0) for name in USEFUL)
    parts = {part: round(value, 2) for part, value in sorted(spent.items(), key=_second)[::-1]}
    made_of = {"seconds": seconds, "core_seconds": total, "breakdown": parts}
    return [Figure(KEY, config.name, [1 - useful / total], TARGET, made_of)]


def _run(config: Path, folder: Path, cores: int) -> tuple[float, dict[str, float]]:
    """Seconds of the workflow on the clock, and processor seconds by what they went into."""
    import yaml

    content = yaml.safe_load(config.read_text(encoding="utf-8")) | {"results": f"{folder}/results"}
    (folder / "config.yaml").write_text(yaml.safe_dump(content))
    (folder / "samples").mkdir()
    settings = environment(ours=False) | {"INPUTGRAD_BENCH_SAMPLES": str(folder / "samples")}
    settings["PYTHONPATH"] = os.pathsep.join([str(SAMPLING), settings["PYTHONPATH"]])
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores)]
    command += ["--snakefile", str(ROOT / "workflow" / "Snakefile")]
    command += ["--directory", str(folder), "--configfile", str(folder / "config.yaml")]
    began = time.perf_counter()
    with (folder / "log").open("w+") as log:
        run = subprocess.run(command, env=settings, stdout=log, stderr=log, check=False)
        if run.returncode:
            log.seek(0)
            raise RuntimeError("the workflow failed:\n" + "".join(log.readlines()[-30:]))
    seconds = time.perf_counter() - began
    spent: dict[str, float] = defaultdict(float)
    for file in (folder / "samples").iterdir():
        for heading, value in json.loads(file.read_text()).items():
            spent[heading] += value
    return seconds, spent


def _second(pair: tuple[str, float]) -> float:
    return pair[1]
