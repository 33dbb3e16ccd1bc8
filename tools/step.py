"""Run one step script in this process, outside Snakemake, so that a debugger can stop it.

    .venv/bin/python tools/step.py attack_images config/test.yaml model=lite0 --pdb

Idea: Snakemake builds the graph of the configuration as `make report` does. The first job of the
rule with the given wildcards (the first of all where none is given) supplies wildcards, input,
output, params and log to its script, which is executed here and reads and writes the real job's
files. Its input must exist: run `make report` before, or this tool for the steps before it.

Options:
    --pdb        stop before the script's first line, and where an exception was raised
    --fresh      compute with an empty store, where all cells are stored already
    --directory  the folder that the workflow runs in (default: here)
"""

from __future__ import annotations

import argparse
import pdb
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.iocontainers import Snakemake
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings

ROOT = Path(__file__).resolve().parent.parent
SNAKEFILE = ROOT / "workflow" / "Snakefile"


def main() -> None:
    """Find the job and execute its script."""
    arguments = _parser().parse_args()
    wildcards = dict(word.partition("=")[::2] for word in arguments.wildcards)
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            ResourceSettings(cores=1),
            ConfigSettings(configfiles=[arguments.config.absolute()]),
            snakefile=SNAKEFILE,
            workdir=arguments.directory,
        )
        job = find_job(graph(workflow), arguments.rule, wildcards)
        snakemake = job_object(job)
        print(f"{arguments.rule} {dict(job.wildcards_dict)}, log: {snakemake.log[0]}")
        with fresh_store(snakemake) if arguments.fresh else nullcontext():
            execute(ROOT / "scripts" / f"{arguments.rule}.py", snakemake, debug=arguments.pdb)


def graph(workflow: Any) -> Any:
    """Snakemake's graph of a workflow (of its API), as `snakemake --dag` builds it."""
    workflow.dag()  # sets the defaults that the next lines need
    built = workflow._workflow
    built._prepare_dag(forceall=False, ignore_incomplete=True, lock_warn_only=True)
    built._build_dag()
    return built.dag


def find_job(dag: Any, rule: str, wildcards: dict[str, str]) -> Any:
    """The first job, by wildcards, of a rule with the given wildcards; SystemExit where none is."""
    jobs = sorted(dag.jobs, key=lambda job: (job.rule.name, *job.wildcards_dict.items()))
    of_rule = [job for job in jobs if job.rule.name == rule]
    found = [job for job in of_rule if wildcards.items() <= job.wildcards_dict.items()]
    if not found:
        known = [f"{job.rule.name} {dict(job.wildcards_dict)}" for job in of_rule or jobs]
        sys.exit(
            f"there is no job {rule} {wildcards}; there are:\n  " + "\n  ".join(known) + "\n"
            "(jobs on photographs are known once add_images has run)"
        )
    return found[0]


def job_object(job: Any) -> Snakemake:
    """What the script of a job sees as `snakemake`; SystemExit where its input is missing."""
    missing = [path for path in job.input if not Path(path).exists()]
    if missing:
        sys.exit(f"the input {missing[0]} does not exist; make it first: snakemake {missing[0]}")
    for path in [*job.output, *job.log]:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    return Snakemake(
        job.input,
        job.output,
        job.params,
        job.wildcards,
        job.threads,
        job.resources,
        job.log,
        job.dag.workflow.config,
        job.rule.name,
        None,
        str(ROOT / "scripts"),
    )


@contextmanager
def fresh_store(snakemake: Snakemake) -> Iterator[None]:
    """Show the script the results' photographs and an empty store, in a temporary folder."""
    results = Path(snakemake.config.get("results", "results"))
    with tempfile.TemporaryDirectory(prefix="inputgrad-") as folder:
        shutil.copytree(results / "images", Path(folder) / "images")
        snakemake.config = {**snakemake.config, "results": folder}
        yield


def execute(script: Path, snakemake: Snakemake, *, debug: bool) -> None:
    """Execute a step script as Snakemake's `script:` does, with `snakemake` among its names."""
    code = compile(script.read_text(encoding="utf-8"), str(script), "exec")
    names = {"__name__": "__main__", "__file__": str(script), "snakemake": snakemake}
    if not debug:
        exec(code, names)
        return
    try:
        pdb.Pdb().run(code, names)
    except Exception:
        pdb.post_mortem()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Run one step script in this process.")
    parser.add_argument("rule", help="the rule, which has its script's name")
    parser.add_argument("config", type=Path, help="configuration file")
    parser.add_argument("wildcards", nargs="*", help="such as model=lite0 batch=0123456789ab")
    parser.add_argument("--pdb", action="store_true", help="stop before the first line")
    parser.add_argument("--fresh", action="store_true", help="compute what is stored as well")
    parser.add_argument("--directory", type=Path, default=Path(), help="the workflow's folder")
    return parser


if __name__ == "__main__":
    main()
