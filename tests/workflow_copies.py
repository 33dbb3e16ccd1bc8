"""The real workflow in a copy of the project, on real photographs, with tiny settings."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from inputgrad import registry
from inputgrad.cells.store import CellStore
from inputgrad.photographs.bundled import list_photographs

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("scripts", "workflow", "report_templates", "environment.yml")
STATISTICS = ["results/statistics/exemplars.json"]
COMPUTING = {"predict", "compute_saliency", "attack_images", "visualize_classes"}
COMPUTING |= {"collect_exemplars"}
CONFIG: dict[str, Any] = {
    "device": "cpu",
    "images": {
        "sources": [{"kind": "folder", "path": "photographs"}],
        "exemplars": 1,
        "batch_size": 4,
    },
    "models": {"lite0": {"source": "package", "architecture": "efficientnet_lite0", "slots": 2}},
    "saliency": {"runs": {"gradient": {}}},
    "adversarial": {
        "runs": {
            "short": {"method": "gradient_ascent", "eta": 0.01, "budget": 1},
            "long": {"method": "gradient_ascent", "eta": 0.01, "budget": 6},
        }
    },
    "class_visualization": {
        "classes": ["daisy"],
        "runs": {"ascent": {"method": "practical", "iterations": 2, "snapshots": []}},
    },
}
IMAGE_RUNS = ["predictions predict", "saliency gradient", "adversarial short", "adversarial long"]


def configuration(**runs: dict[str, Any]) -> dict[str, Any]:
    """The tiny configuration with other parameters of some attacks."""
    content = deepcopy(CONFIG)
    for run, parameters in runs.items():
        content["adversarial"]["runs"][run] |= parameters
    return content


def copy_project(folder: Path) -> Path:
    """A copy of what a clone has, for running and editing."""
    for part in PARTS:
        if (ROOT / part).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, folder / part, ignore=ignored)
        else:
            shutil.copy(ROOT / part, folder / part)
    return folder


def put_photographs(folder: Path, numbers: Iterable[int]) -> None:
    """Some of the bundled photographs in `folder/photographs`, one subfolder for each class."""
    offered = list_photographs(path=None, labels=None).photographs
    for number in numbers:
        target = folder / "photographs" / str(offered[number].label)
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(offered[number].path, target)


@dataclass(frozen=True)
class Run:
    """How Snakemake ended, and which cells were computed meanwhile."""

    status: int
    output: str
    computed: Counter[str]

    @property
    def jobs(self) -> dict[str, int]:
        """Rule -> number of jobs, as listed before the first of them starts."""
        table = self.output.partition("Job stats:")[2].partition("total")[0]
        return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", table, re.M)}


def command(
    project: Path, directory: Path, content: dict[str, Any], *options: str, cores: int = 2
) -> list[str]:
    """Command line of the workflow; the configuration is written into the folder."""
    config = directory / "config.yaml"
    config.write_text(yaml.safe_dump(content))
    profile = project / "workflow/profiles/default"
    fixed = ["--snakefile", str(project / "workflow/Snakefile"), "--workflow-profile", str(profile)]
    fixed += ["--directory", str(directory), "--configfile", str(config), "--cores", str(cores)]
    return [sys.executable, "-m", "snakemake", *fixed, *options]


def environment() -> dict[str, str]:
    """Variables of a shell that knows nothing of this project."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


def run(
    project: Path, directory: Path, content: dict[str, Any], *options: str, cores: int = 2
) -> Run:
    """Run the workflow to its end."""
    before = cells(directory)
    ended = subprocess.run(
        command(project, directory, content, *options, cores=cores),
        cwd=directory,
        env=environment(),
        capture_output=True,
        text=True,
    )
    output = ended.stdout + ended.stderr
    return Run(ended.returncode, output, sizes(directory, cells(directory) - before))


def cells(directory: Path) -> set[str]:
    """Identities of the cells that are stored."""
    return CellStore(directory / "results/cells").identities()


def sizes(directory: Path, identities: Iterable[str]) -> Counter[str]:
    """Table, run and measure -> photographs or classes in the cells."""
    found: Counter[str] = Counter()
    store = CellStore(directory / "results/cells")
    for identity in identities:
        cell = store.stored(identity)
        measure = f" {cell.recipe['measure']}" if "measure" in cell.recipe else ""
        found[f"{cell.table} {cell.run}{measure}"] += len(cell.items)
    return found


def with_measures(unit: str, number: int) -> dict[str, int]:
    """What is computed when a run is: its cells and those of its measures."""
    measures = registry.DEFAULT_MEASURES[unit.split()[0]]
    return dict.fromkeys([unit, *(f"{unit} {measure}" for measure in measures)], number)


def statistics(directory: Path) -> dict[str, bytes]:
    """Name -> bytes of everything that must not depend on how it came about."""
    results = directory / "results"
    places = ["statistics/*", "report/data/*", "collect_exemplars/*", "figures/**/*"]
    places += ["report/report.html", "report/report.pdf", "report/headline.txt"]
    files = [path for place in places for path in results.glob(place) if path.is_file()]
    return {path.relative_to(results).as_posix(): path.read_bytes() for path in files}
