"""What 50,000 photographs and five models cost beside the computing: `make bench-scale`.

A folder with that many small photographs, the cells of every family (which hold nothing) and the
files of all jobs are made, as if everything were finished. Then the real workflow is asked what is
left to do, does nothing, and is asked again after 100 photographs were added. Tables of two million
rows are gathered from files as the jobs write them, and the report is made from tables of the whole
sample. Each figure has a target, and one that is missed ends the run with status 1; `--quick` takes
a hundredth and no targets.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / name) for name in ("scripts", "benchmarks", "tests")]

import yaml  # noqa: E402 - after the paths above
from inputgrad_bench.sides import KEEP_MEMORY  # noqa: E402

MODELS = 5
ADDED = 100
GATHERED_COLUMNS = 40
TARGETS: dict[str, float] = {
    "dry_run_seconds": 15,
    "dry_run_mb": 1000,
    "nothing_to_do_seconds": 30,
    "added_seconds": 15,
    "gather_seconds": 60,
    "gather_mb": 2000,
    "report_seconds": 120,
    "html_mb": 15,
    "files": 50_000,
}


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock and of processors, and the most memory of a process, in MB."""

    seconds: float
    processor: float
    mb: float
    output: str
    status: int


def main() -> None:
    """Measure, print a line for each figure and write `results/benchmark/scale.json`."""
    parser = argparse.ArgumentParser(description="Measure the workflow at the size of ImageNet.")
    parser.add_argument("--quick", action="store_true", help="a hundredth, without targets")
    parser.add_argument("--parts", nargs="*", default=[*PARTS], choices=[*PARTS])
    parser.add_argument("--out", type=Path, default=ROOT / "results/benchmark/scale.json")
    arguments = parser.parse_args()
    size = 500 if arguments.quick else 50_000
    found: dict[str, float] = {}
    for part in arguments.parts:
        with tempfile.TemporaryDirectory(prefix="inputgrad-scale-") as name:
            found |= PARTS[part](Path(name), size)
    missed = []
    for name, value in found.items():
        target = None if arguments.quick else TARGETS.get(name)
        missed += [name] if target is not None and value > target else []
        print(f"{name:28} {value:10.1f}" + (f"   at most {target:g}" if target else ""), flush=True)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps({"photographs": size, "figures": found}, indent=1) + "\n")
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


# -- the graph of jobs


def graph(folder: Path, size: int) -> dict[str, float]:
    """The workflow where everything is finished, and after some photographs were added."""
    from inputgrad.config.schema import parse_config
    from inputgrad.jobs import listing
    from inputgrad.jobs.choosing import choose_photographs
    from inputgrad.jobs.stamp import adopt

    content = _configuration(folder)
    (folder / "config.yaml").write_text(yaml.safe_dump(content))
    _photographs(folder / "photographs", range(size))
    adopt(folder / "results", notes=folder / ".snakemake")  # older than all that follows
    began = time.perf_counter()
    choose_photographs(parse_config(content), folder=folder / "results/images")
    indexed = time.perf_counter() - began
    dag = _finish(folder, content)
    figures = {"first_index_seconds": indexed, "batches": float(len(dag.index().batches))}
    figures["jobs"] = float(sum(1 for _ in listing.jobs(dag)))
    dry = _snakemake(folder, "--dry-run")
    if "Nothing to be done" not in dry.output:
        raise RuntimeError(f"something is left to do:\n{dry.output[-3000:]}")
    again = _snakemake(folder)
    figures |= {"dry_run_seconds": dry.seconds, "dry_run_mb": dry.mb}
    figures |= {"dry_run_processor": dry.processor, "nothing_to_do_processor": again.processor}
    figures["nothing_to_do_seconds"] = again.seconds
    _photographs(folder / "photographs", range(size, size + ADDED))
    until = _snakemake(folder, "--until", "add_images")
    figures["add_images_seconds"] = until.seconds
    added = _snakemake(folder, "--dry-run")
    figures |= {"added_seconds": added.seconds, "added_processor": added.processor}
    figures["files"] = float(sum(len(files) for _, _, files in os.walk(folder)) - size - ADDED - 1)
    return figures


def _configuration(folder: Path) -> dict[str, Any]:
    """Five models, every family, two runs of each."""
    model = {"source": "package", "architecture": "efficientnet_lite0"}
    return {
        "device": "cpu",
        "keep": "exemplars",
        "results": str(folder / "results"),
        "images": {"sources": [{"kind": "folder", "path": str(folder / "photographs")}]},
        "models": {
            f"model_{number}": {**model, "slots": 4 * 2**number} for number in range(MODELS)
        },
        "saliency": {"runs": {"gradient": {}, "grad_cam": {}}},
        "adversarial": {
            "runs": {
                "ascent": {"method": "gradient_ascent", "eta": 0.5, "budget": 50},
                "fgsm": {},
            }
        },
        "class_visualization": {
            "classes": [1, 9, 130, 207],
            "runs": {"ascent": {"method": "normalized", "iterations": 10}},
        },
    }


def _photographs(folder: Path, numbers: Sequence[int]) -> None:
    """Pictures of four pixels, all different, in a folder for each class."""
    from PIL import Image

    for number in numbers:
        place = folder / str(number % 1000)
        place.mkdir(parents=True, exist_ok=True)
        colours = [(number >> shift & 255, 0, 7) for shift in (0, 8, 16, 24)]
        picture = Image.new("RGB", (2, 2))
        picture.putdata(colours)
        picture.save(place / f"{number:08d}.png")


def _finish(folder: Path, content: dict[str, Any]) -> Any:
    """Cells, the files of all jobs, and what Snakemake notes about them."""
    from inputgrad.config.schema import parse_config
    from inputgrad.jobs import listing
    from inputgrad.jobs.dag import Dag

    dag = Dag(parse_config(content))
    results = folder / "results"
    names = [f"statistics/{table}.parquet" for table in dag.tables]
    names += [f"report/data/{table}.csv" for table in dag.tables]
    names += ["statistics/exemplars.json", "provenance.json", "report/headline.txt"]
    names += ["report/report.html", "report/report.pdf"]
    names += [f"collect_exemplars/{model}.npz" for model in dag.models]
    for job in listing.jobs(dag):
        names.append(f"{job.rule}/{job.model}/{job.key}.parquet")
        if job.rule == "visualize_classes":
            names.append(f"{job.rule}/{job.model}/{job.key}.npz")
        for cell in job.cells:
            dag.store.put(cell, {}, None, device="cpu", machine="none")
    for name in names:
        (results / name).parent.mkdir(parents=True, exist_ok=True)
        (results / name).write_bytes(b"")
    (results / "figures").mkdir()
    touched = _snakemake(folder, "--touch")
    if touched.status:
        raise RuntimeError(touched.output[-3000:])
    return dag


def _snakemake(folder: Path, *options: str) -> Cost:
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "workflow/Snakefile")]
    command += ["--workflow-profile", str(ROOT / "workflow/profiles/default"), "--cores", "2"]
    return _cost([*command, "--configfile", str(folder / "config.yaml"), *options], folder)


def _cost(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Cost:
    """What a command costs; its memory is that of the largest process, asked of the kernel."""
    program = (
        "import resource, subprocess, sys; status = subprocess.call(sys.argv[2:]); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "open(sys.argv[1], 'w').write(f'{used.ru_maxrss / 1024} {used.ru_utime + used.ru_stime}'); "
        "sys.exit(status)"
    )
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder / "peak"), *command],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    peak, processor = map(float, (folder / "peak").read_text().split())
    return Cost(seconds, processor, peak, done.stdout + done.stderr, done.returncode)


# -- the tables


def gathering(folder: Path, size: int) -> dict[str, float]:
    """Two million rows of up to 40 columns, from the files of all jobs, as Parquet and CSV."""
    _row_files(folder, rows=size * 40)
    cost = _cost([sys.executable, __file__, "--gather", str(folder)], folder)
    if not (folder / "tables/adversarial.csv").is_file():
        raise RuntimeError(cost.output)
    figures = {"gather_seconds": cost.seconds, "gather_processor": cost.processor}
    return figures | {"gather_mb": cost.mb}


def _row_files(folder: Path, *, rows: int, batch: int = 512) -> None:
    """Row files of attacks as jobs write them: 40 columns, 8 runs, five models; and the index."""
    import numpy as np
    import pyarrow as pa

    from inputgrad.photographs.index import Index, IndexedImage, write_index
    from inputgrad.tables.files import TABLE, write_parquet
    from inputgrad.tables.schema import tables

    declared = [*tables()["adversarial"].columns.values()][:GATHERED_COLUMNS]
    runs = [f"run_{number}" for number in range(8)]
    models = [f"model_{number}" for number in range(MODELS)]
    count = rows // len(runs) // len(models)
    ids = [f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}" for number in range(count)]
    images = tuple(IndexedImage(i, n % 1000, "b", f"{n}.png", "f") for n, i in enumerate(ids))
    write_index(Index(0, None, images, ("b",), ()), folder / "index.json")
    random = np.random.default_rng(0)
    for start in range(0, count, batch):
        own = ids[start : start + batch]
        total = len(own) * len(runs)
        for model in models:
            values: dict[str, pa.Array] = {TABLE: pa.array(["adversarial"] * total)}
            for column in declared:
                if column.kind == "real":
                    values[column.name] = pa.array(random.random(total))
                elif column.kind == "whole":
                    values[column.name] = pa.array(random.integers(0, 1000, total))
                elif column.kind == "flag":
                    values[column.name] = pa.array(random.random(total) < 0.5)
                else:
                    values[column.name] = pa.array(["text"] * total)
            values["image_id"] = pa.array(own * len(runs))
            numbers = [n % 1000 for n in range(start, start + len(own))]
            values["label"] = pa.array(numbers * len(runs), pa.int64())
            values["model"] = pa.array([model] * total)
            values["run"] = pa.array([run for run in runs for _ in own])
            write_parquet(pa.table(values), folder / "rows" / model / f"{start}.parquet")


def gather_here(folder: Path) -> None:
    """What `gather_statistics` does, in a process of its own."""
    from inputgrad.photographs.index import load_index
    from inputgrad.tables.files import write_csv, write_parquet
    from inputgrad.tables.gathering import gather_tables

    files = sorted((folder / "rows").rglob("*.parquet"))
    for name, table in gather_tables(load_index(folder / "index.json"), files):
        write_parquet(table, folder / f"tables/{name}.parquet")
        write_csv(table, folder / f"tables/{name}.csv")
        print(name, len(table), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


# -- the report


def report(folder: Path, size: int) -> dict[str, float]:
    """Figures and both documents from tables of the whole sample, without pictures."""
    _report_tables(folder / "data", size)
    cost = _cost([sys.executable, __file__, "--report", str(folder)], folder, KEEP_MEMORY)
    html = folder / "report.html"
    if not html.is_file():
        raise RuntimeError(cost.output)
    seconds = json.loads((folder / "seconds.json").read_text())
    return {f"{step}_seconds": value for step, value in seconds.items()} | {
        "report_seconds": sum(seconds.values()),
        "report_processor": cost.processor,
        "report_mb": cost.mb,
        "html_mb": html.stat().st_size / 1e6,
    }


def _report_tables(folder: Path, size: int) -> None:
    """Tables of so many photographs before all models, as Parquet and CSV."""
    import pyarrow as pa
    from large_tables import large_tables

    from inputgrad.tables.files import write_csv, write_parquet
    from inputgrad.tables.schema import tables

    names = [f"model_{number}" for number in range(MODELS)]
    for name, rows in large_tables(names, size).items():
        table = pa.Table.from_pandas(rows, schema=tables()[name].schema, preserve_index=False)
        write_parquet(table, folder / f"{name}.parquet")
        write_csv(table, folder / f"{name}.csv")
        print(f"{name}: {len(table)} rows", flush=True)


def report_here(folder: Path) -> None:
    """What `draw_figures` and `render_report` do, in a process of its own.

    Both read and summarize the tables, which is counted once here.
    """
    from figure_data import WORDS
    from inputgrad.places import TEMPLATES
    from inputgrad.report.assets import NATIVE
    from inputgrad.report.figures.arrays import Exemplars, Pictures
    from inputgrad.report.figures.native import write_native
    from inputgrad.report.figures.output import draw_all
    from inputgrad.report.pdf import probe
    from inputgrad.report.summaries.summary import summarize
    from inputgrad.report.write import write_report
    from inputgrad.tables.files import read_parquet
    from synthetic_tables import synthetic_context

    moments = [time.perf_counter()]
    files = sorted((folder / "data").glob("*.parquet"))
    tables = {path.stem: read_parquet(path.stem, path).to_pandas() for path in files}
    moments.append(time.perf_counter())
    names = [f"model_{number}" for number in range(MODELS)]
    summary = summarize(tables, context=synthetic_context(names))
    moments.append(time.perf_counter())
    pictures = Pictures(Exemplars({}), {}, {})
    write_native(summary, pictures, folder / "figures" / NATIVE)
    draw_all(summary, pictures, WORDS, folder / "figures/en")
    moments.append(time.perf_counter())
    write_report(
        summary,
        folder / "figures",
        data=[path.with_suffix(".csv") for path in files],
        templates=TEMPLATES,
        language="en",
        provenance={},
        pdf_engine=probe(),
        out=folder,
    )
    moments.append(time.perf_counter())
    steps = ("reading", "summary", "figures", "documents")
    taken = (end - start for start, end in pairwise(moments))
    (folder / "seconds.json").write_text(json.dumps(dict(zip(steps, taken, strict=True))))


PARTS: dict[str, Callable[[Path, int], dict[str, float]]] = {
    "graph": graph,
    "gathering": gathering,
    "report": report,
}

if __name__ == "__main__":
    if sys.argv[1:2] == ["--gather"]:
        gather_here(Path(sys.argv[2]))
    elif sys.argv[1:2] == ["--report"]:
        report_here(Path(sys.argv[2]))
    else:
        main()
