"""The sides of a measurement, each in fresh processes with the environment that it would have.

Our side runs as the workflow runs it: a process for every core, one thread each, glibc told to
keep its memory. The other side runs as its users do: one process, all threads, nothing set. A
side's processes are started and warmed up before anything is timed and stay for all repetitions,
waiting; they work only when it is their turn. A side's time is what passes from the signal to go
until its last process has finished.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from inputgrad_bench.setting import Setting, Task

BENCHMARKS = Path(__file__).resolve().parents[1]
PATHS = [BENCHMARKS, BENCHMARKS.parent / "scripts"]
KEEP_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40)}
FOREIGN = [
    *KEEP_MEMORY,
    "CUBLAS_WORKSPACE_CONFIG",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "LD_PRELOAD",
]

TURNS = 2  # of each part in a repetition

Name = TypeVar("Name")
Counts = dict[str, float]
Prepare = Callable[[Task], Callable[[], Counts]]


@dataclass(frozen=True)
class Side:
    """How a side is set up: `prepare(task)` loads all it needs and returns what is timed.

    ours: one-thread processes on all cores in our environment; else one process as it comes.
    single: one process of ours alone, for what a single job does.
    """

    prepare: Prepare
    ours: bool = False
    single: bool = False


@dataclass(frozen=True)
class Measured:
    """One repetition of a side: seconds on the clock, and each process's own seconds and counts."""

    seconds: float
    jobs: Sequence[Counts]

    def total(self, name: str) -> float:
        """Sum of a count over the processes."""
        return sum(job[name] for job in self.jobs)


class Crew(AbstractContextManager["Crew"]):
    """The processes of one side."""

    def __init__(self, task: Task, side: Side, setting: Setting) -> None:
        parts = setting.cores if side.ours and not side.single and task.device == "cpu" else 1
        self._jobs = [_start(part, side) for part in _deal(task, parts)]
        for job in self._jobs:
            _expect(job, "ready")

    def run(self) -> Measured:
        """One repetition."""
        began = time.perf_counter()
        for job in self._jobs:
            _tell(job, "go")
        counts = [json.loads(_line(job)) for job in self._jobs]
        return Measured(time.perf_counter() - began, counts)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the processes."""
        for job in self._jobs:
            job.kill() if error else job.communicate("end\n")
            job.wait()


def alternate(
    tasks: Mapping[str, Task], sides: Mapping[str, Side], setting: Setting
) -> dict[str, list[Measured]]:
    """Run the tasks' sides in turn, the order reversed in every second repetition."""
    with started(tasks, sides, setting) as crews:
        return take_turns(crews, setting.repetitions)


@contextmanager
def started(
    tasks: Mapping[Name, Task], sides: Mapping[str, Side], setting: Setting
) -> Iterator[dict[Name, Crew]]:
    """The tasks' sides at the ready, ended in any case."""
    with ExitStack() as stack:
        yield {n: stack.enter_context(Crew(t, sides[t.side], setting)) for n, t in tasks.items()}


def take_turns(crews: Mapping[Name, Crew], turns: int) -> dict[Name, list[Measured]]:
    """Run the crews in turn, the order reversed in every second one."""
    measured: dict[Name, list[Measured]] = {name: [] for name in crews}
    for turn in range(turns):
        for name in list(crews) if turn % 2 == 0 else list(reversed(crews)):
            measured[name].append(crews[name].run())
    return measured


def taking_turns(
    prepare: Callable[[Task], Mapping[str, Callable[[], None]]],
) -> Callable[[Task], Callable[[], Counts]]:
    """A side with two parts, "over" and "under": processor seconds of each over some turns.

    A shared machine does not keep its speed, so the parts of a ratio are timed one right after the
    other, each first in every second turn.
    """

    def side(task: Task) -> Callable[[], Counts]:
        parts = prepare(task)
        for part in parts.values():
            part()

        def work() -> Counts:
            spent = dict.fromkeys(parts, 0.0)
            for turn in range(TURNS):
                for name in list(parts) if turn % 2 == 0 else list(reversed(parts)):
                    began = time.process_time()
                    parts[name]()
                    spent[name] += time.process_time() - began
            return spent

        return work

    return side


def over(repetition: Measured) -> float:
    """Of a side that takes turns, the first part's seconds over the second's."""
    return repetition.total("over") / repetition.total("under")


def ratios(
    measured: Mapping[str, Sequence[Measured]], side: str, base: str, *, per: str
) -> list[float]:
    """Seconds for each of what both sides count, of a side over those of another, by repetition."""
    pairs = zip(measured[side], measured[base], strict=True)
    return [
        (one.seconds / one.total(per)) / (other.seconds / other.total(per)) for one, other in pairs
    ]


def details(measured: Mapping[str, Sequence[Measured]]) -> dict[str, Any]:
    """Seconds and counts of every repetition, by side."""
    return {
        name: [{"seconds": m.seconds, "jobs": list(m.jobs)} for m in repetitions]
        for name, repetitions in measured.items()
    }


def environment(*, ours: bool) -> dict[str, str]:
    """Environment of a process of one side; the others find packages of `PYTHONPATH` as well."""
    bare = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    inherited = os.environ.get("PYTHONPATH")
    given = [inherited] if inherited and not ours else []
    paths = os.pathsep.join([*map(str, PATHS), *given])
    return bare | {"PYTHONPATH": paths} | (KEEP_MEMORY if ours else {})


def _deal(task: Task, parts: int) -> list[Task]:
    return [replace(task, photographs=task.photographs[part::parts]) for part in range(parts)]


def _start(task: Task, side: Side) -> subprocess.Popen[str]:
    job = subprocess.Popen(
        [sys.executable, "-m", "inputgrad_bench.job"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(ours=side.ours),
    )
    _tell(job, json.dumps(task.to_json()))
    return job


def _tell(job: subprocess.Popen[str], line: str) -> None:
    assert job.stdin is not None
    job.stdin.write(line + "\n")
    job.stdin.flush()


def _line(job: subprocess.Popen[str]) -> str:
    assert job.stdout is not None
    line = job.stdout.readline()
    if not line:
        raise RuntimeError("a process of the benchmark ended early; its error is above")
    return line


def _expect(job: subprocess.Popen[str], word: str) -> None:
    came = _line(job).strip()
    if came != word:
        raise RuntimeError(f"a process of the benchmark should have said {word!r}, said {came!r}")
