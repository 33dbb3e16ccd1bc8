"""One process of one side: reads its task, prepares, and does the work whenever told to go.

`sides.py` starts it and talks to it through pipes: `python -m inputgrad_bench.job`.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from importlib import import_module
from typing import TextIO

from inputgrad_bench import FIGURES
from inputgrad_bench.machine import peak_mb
from inputgrad_bench.setting import Task
from inputgrad_bench.stand_in import provide_pydantic


def main() -> None:
    """Serve one task until the pipe says something other than go."""
    answers = _own_stdout()
    provide_pydantic()
    task = Task.from_json(json.loads(sys.stdin.readline()))
    sides = import_module(FIGURES[task.figure]).SIDES
    work = sides[task.side].prepare(task)
    print("ready", file=answers, flush=True)
    while sys.stdin.readline().strip() == "go":
        gc.collect()
        began = time.perf_counter()
        counts = work()
        seconds = time.perf_counter() - began
        answer = {"peak_mb": peak_mb(), "seconds": seconds, **counts}
        print(json.dumps(answer), file=answers, flush=True)


def _own_stdout() -> TextIO:
    """The pipe for answers; whatever libraries print goes to stderr instead."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


if __name__ == "__main__":
    main()
