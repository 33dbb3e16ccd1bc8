"""How memory and time grow with the number of photographs: `rss_growth` and `cost_growth`.

One process does what all jobs of a workflow do, batch after batch: draw the sample, compute and
store the cells of every family, gather the tables. Each job has a process of its own in truth, so
what leaks from batch to batch shows here at its worst. What grows does not depend on the size of
the pictures, so they are small, and the time goes into what is under suspicion, not into the
network. Snakemake itself is not in it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inputgrad_bench import engine, machine, photographs
from inputgrad_bench.result import Figure, Target
from inputgrad_bench.setting import Task
from inputgrad_bench.sides import Counts, Crew, Side, details

if TYPE_CHECKING:
    from inputgrad.config.schema import Config
    from inputgrad.jobs.dag import Dag
    from inputgrad_bench.bench import Bench

FIGURE = "growth"
REQUIRES = ("pydantic", "yaml", "pyarrow", "skimage")
TARGETS = {"rss_growth": Target(1.05, at_least=False), "cost_growth": Target(4.2, at_least=False)}
SIDE = 64  # pixels of the small photographs
BATCH = 10  # photographs in a job, as in the default configuration
MODEL = "network"


def _config(task: Task, folder: Path, n: int) -> Config:
    """A configuration whose network takes photographs of `SIDE` pixels."""
    from inputgrad.config.schema import Config

    small = {"size": SIDE, "resize": SIDE, "mean": (0.5,) * 3, "std": (0.25,) * 3}
    network = {
        "source": "checkpoint",
        "architecture": task.network.architecture,
        "path": task.network.path,
        "slots": task.slots,
        "preprocessing": small,
    }
    content: dict[str, Any] = {
        "device": task.device,
        "results": folder / "results",
        "images": {
            "sources": [{"kind": "folder", "path": folder / "photographs"}],
            "n": n,
            "batch_size": BATCH,
        },
        "models": {MODEL: network},
        "saliency": {"runs": {"gradient": {}}},
        "adversarial": {"runs": {"ascent": {"method": engine.METHOD, "budget": 2}}},
        "class_visualization": {"classes": [1], "runs": {"ascent": {"method": "practical"}}},
    }
    return Config.model_validate(content)


def _prepare(task: Task) -> Callable[[], Counts]:
    keeper = tempfile.TemporaryDirectory(prefix="inputgrad-growth-")
    folder, points = Path(keeper.name), task.options["points"]
    _write_photographs(task, folder / "photographs", points[-1])

    def work() -> Counts:
        began, counts = time.perf_counter(), {}
        for n in points:
            _complete(_config(task, folder, n))
            counts[f"seconds_{n}"] = time.perf_counter() - began
            counts[f"peak_mb_{n}"] = machine.peak_mb()
        keeper.cleanup()
        return counts

    return work


def _write_photographs(task: Task, folder: Path, wanted: int) -> None:
    """Small photographs, each labelled with what the network takes it for."""
    from inputgrad.engine.scoring import score_images
    from inputgrad.models.loading import load_classifier

    folder.mkdir()
    sources = [Path(photo.path) for photo in task.photographs]
    files = photographs.shrink(sources, wanted, SIDE, folder)
    specification = _config(task, folder.parent, 1).specifications[MODEL]
    classifier = load_classifier(specification, device=task.device)
    labels = []
    for start in range(0, wanted, BATCH):
        pixels = [engine.pixels(file, classifier) for file in files[start : start + BATCH]]
        labels += [
            int(scores.argmax()) for scores in score_images(classifier, pixels, slots=task.slots)
        ]
    lines = [f"{file.name},{label}" for file, label in zip(files, labels, strict=True)]
    (folder / "labels.csv").write_text("\n".join(["file,label", *lines]) + "\n")


def _complete(config: Config) -> None:
    """All that the workflow does for the photographs of a configuration, in this process."""
    from inputgrad.jobs.choosing import choose_photographs
    from inputgrad.jobs.dag import IMAGE_TABLES, Dag
    from inputgrad.tables.gathering import gather_tables

    index = choose_photographs(config, folder=config.results / "images")
    dag = Dag(config)
    files = [_job(dag, table, batch) for table in IMAGE_TABLES for batch in index.batches]
    for _ in gather_tables(index, files):
        pass


def _job(dag: Dag, table: str, batch: str) -> Path:
    """What one job does; the file that it writes."""
    from inputgrad.jobs.complete import complete, gather
    from inputgrad.tables.files import write_parquet

    cells = dag.batch_cells(table, MODEL, batch)
    complete(dag.plan, dag.store, cells, dag.batch(batch).images, keeping=dag.keeping())
    path = dag.results / table / f"{batch}.parquet"
    write_parquet(gather(dag.store, cells), path)
    return path


SIDES = {"ours": Side(_prepare, ours=True, single=True)}


def measure(bench: Bench) -> list[Figure]:
    """Both figures from one run, with random weights: they have nothing to do with it."""
    low, start, end, high = points = bench.setting.growth
    task = bench.task(FIGURE, "ours", bench.random_network, points=points)
    with Crew(task, SIDES["ours"], bench.setting) as crew:
        run = crew.run()
    values = {
        "rss_growth": run.total(f"peak_mb_{high}") / run.total(f"peak_mb_{low}"),
        "cost_growth": run.total(f"seconds_{end}") / run.total(f"seconds_{start}"),
    }
    made_of, name = details({"ours": [run]}), bench.random_network.name
    return [Figure(key, name, [value], TARGETS[key], made_of) for key, value in values.items()]
