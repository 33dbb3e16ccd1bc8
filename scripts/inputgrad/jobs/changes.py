"""Whether code, configuration or weights changed after a run had begun.

A job that a scheduler starts builds the graph anew, from the files as they are by then, and would
compute what nobody planned, under the notes of what was (Snakemake's issue 3234). So a run writes
down what it began with, and a job that finds other files ends in one line. What is finished is in
the store under its own identity, so nothing is lost, and the next run takes the new files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from inputgrad.config.schema import Config
from inputgrad.errors import StoreError
from inputgrad.files import write_json, write_text
from inputgrad.hashing import digest, file_digest
from inputgrad.models.specification import model_id
from inputgrad.places import LIBRARY, SCRIPTS, WORKFLOW

VARIABLE = "INPUTGRAD_BEGAN"  # the file with what the run began with, for its jobs
FOLDER = "inputgrad-began"
LEFT_OUT = ("commands", "report", "statistics")  # packages that compute no cell
SAID = ("title", "report")  # keys that change no cell
NAMED = 3  # files that are named

State = Mapping[str, str]


def state(config: Config) -> dict[str, str]:
    """What the cells of a configuration are made by, part by part, each with its hash."""
    files = [*SCRIPTS.glob("*.py"), *LIBRARY.rglob("*.py"), *WORKFLOW.rglob("*.smk")]
    left_out = {LIBRARY / name for name in LEFT_OUT}
    found = {
        path.relative_to(SCRIPTS.parent).as_posix(): file_digest(path)
        for path in [*files, WORKFLOW / "Snakefile"]
        if left_out.isdisjoint(path.parents)
    }
    content = config.model_dump(mode="json", exclude=set(SAID))
    models = {f"the weights of {n}": model_id(s) for n, s in config.specifications.items()}
    return found | models | {"the configuration": digest(content)}


def begin(now: State, *, notes: Path) -> None:
    """Write down, in the workflow's folder of notes, what this process and its jobs begin with."""
    path = notes / FOLDER / f"{digest(dict(now), length=12)}.json"
    write_json(path, dict(now))
    os.environ[VARIABLE] = str(path.absolute())


def check(now: State, *, results: Path) -> None:
    """StoreError where a run began with something else; it is told, so that it starts no more."""
    path = os.environ.get(VARIABLE)
    if path is None:  # a scheduler that hands on no variables
        return
    try:
        before: State = json.loads(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise StoreError(
            f"cannot read {path}: {error}; is the folder of the workflow on a file system that "
            "every node sees?"
        ) from None
    changed = sorted(k for k in before.keys() | now.keys() if before.get(k) != now.get(k))
    if changed:
        refuse(changed, results=results)


def check_planned(planned: object, now: object, what: str, *, results: Path) -> None:
    """StoreError where a job would use another thing than that which it was planned with."""
    if planned != now:
        refuse([what], results=results)


def refuse(changed: list[str], *, results: Path) -> None:
    """Leave a note for the process that started the run, and end the job in one line."""
    more = f" and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
    line = (
        f"{', '.join(changed[:NAMED])}{more} changed after the workflow had started; what is "
        "finished is stored and stays, so run the same command again"
    )
    write_text(note_of(results), line + "\n")
    raise StoreError(line)


def note_of(results: Path) -> Path:
    """Where a job says that something changed."""
    return results / ".changed"
