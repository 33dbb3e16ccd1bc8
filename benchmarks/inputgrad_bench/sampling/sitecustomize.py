"""Python imports this module at its start where its folder is on the path: a sampler.

While the program runs, a thread looks at the main thread's stack and books the processor time that
the main thread has used since the last look under one heading. At the end the sums are written to
the folder INPUTGRAD_BENCH_SAMPLES.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType

EVERY = 0.01  # seconds between two looks

# heading <- the first of these that some frame belongs to: end of the file's path, functions
RULES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("importing", "<frozen importlib._bootstrap>", ()),
    ("PNG round trip", "inputgrad/images/decoding.py", ("png_bytes", "from_png")),
    ("forward and backward", "inputgrad/engine/gradients.py", ("score_and_gradient",)),
    ("forward and backward", "inputgrad/models/classifier.py", ("forward",)),
    ("decoding", "inputgrad/images/decoding.py", ("decode", "fit")),
)
PACKAGES = {
    "models": "loading models",
    "figures": "drawing figures",
    "report": "rendering the report",
    "summaries": "rendering the report",
    "statistics": "rendering the report",
    "fingerprint.py": "identities and planning",
    "dag.py": "identities and planning",
    "plan.py": "identities and planning",
    "maps.py": "measures",
    "distances.py": "measures",
    "adversarial": "engine and methods",
    "saliency": "engine and methods",
    "class_visualization": "engine and methods",
    "slots.py": "engine and methods",
    "scoring.py": "engine and methods",
    "gradients.py": "engine and methods",
}


def _heading(frame: FrameType | None) -> str:
    frames: list[tuple[str, str]] = []
    while frame is not None:
        frames.append((frame.f_code.co_filename, frame.f_code.co_name))
        frame = frame.f_back
    for heading, ending, functions in RULES:
        for path, function in frames:
            if path.endswith(ending) and (not functions or function in functions):
                return heading
    for path, _ in frames:
        inside = path.partition("/inputgrad/")[2]
        if inside:
            return PACKAGES.get(inside.split("/")[0], "rest of inputgrad")
    return "Snakemake" if any("/snakemake" in path for path, _ in frames) else "rest of Python"


def _watch(folder: Path) -> None:
    main = threading.get_ident()
    clock = time.pthread_getcpuclockid(main)
    spent: dict[str, float] = defaultdict(float)
    stop = threading.Event()

    def look() -> None:
        last = 0.0
        while not stop.wait(EVERY):
            now = time.clock_gettime(clock)
            spent[_heading(sys._current_frames().get(main))] += now - last
            last = now

    def write() -> None:
        stop.set()
        watcher.join()
        spent["start and end of processes"] += max(0.0, time.process_time() - sum(spent.values()))
        (folder / f"{os.getpid()}.json").write_text(json.dumps(spent))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    atexit.register(write)


if "INPUTGRAD_BENCH_SAMPLES" in os.environ:
    _watch(Path(os.environ["INPUTGRAD_BENCH_SAMPLES"]))
