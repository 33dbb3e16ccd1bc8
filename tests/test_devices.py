"""Which GPU a process takes, by locks on devices that only have names."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from inputgrad.jobs import worker
from inputgrad.jobs.devices import Devices

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("GPU-a/0", "GPU-b/1")
PROGRAM = (
    "import sys, time; sys.path.insert(0, {scripts!r}); from pathlib import Path; "
    "from inputgrad.jobs.devices import Devices; "
    "print(Devices({names!r}, Path({folder!r})).take(), flush=True); time.sleep(600)"
)
PATIENCE = 60  # seconds for a process to start on a busy machine


class Job:
    """Another process that has taken a device."""

    def __init__(self, folder: Path) -> None:
        program = PROGRAM.format(scripts=str(ROOT / "scripts"), names=NAMES, folder=str(folder))
        self.process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)

    def device(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[list[Job]]:
    started = [Job(tmp_path), Job(tmp_path)]
    yield started
    for job in started:
        job.kill()


def test_every_job_has_its_own_and_a_killed_one_gives_it_back(
    jobs: list[Job], tmp_path: Path
) -> None:
    first, second = (job.device() for job in jobs)
    assert {first, second} == {0, 1}
    mine = Devices(NAMES, tmp_path)
    with pytest.raises(TimeoutError, match="all of GPU-a/0, GPU-b/1 are taken"):
        mine.take(patience=0.5)
    jobs[1].kill()
    assert mine.take(patience=PATIENCE) == second


def test_a_job_waits_for_one(jobs: list[Job], tmp_path: Path) -> None:
    for job in jobs:
        job.device()
    third = Job(tmp_path)
    time.sleep(1)
    assert third.process.poll() is None
    jobs[0].kill()
    assert third.device() in (0, 1)
    third.kill()


def test_all_jobs_share_the_only_one(tmp_path: Path) -> None:
    alone = Devices(NAMES[:1], tmp_path)
    assert alone.take() == alone.take() == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_job_computes_on_the_device_that_it_holds(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: list[int] = []
    cuda = torch.cuda
    monkeypatch.setattr(cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(cuda, "device_count", lambda: count)
    monkeypatch.setattr(cuda, "set_device", chosen.append)
    monkeypatch.setattr(
        cuda, "get_device_properties", lambda n: type("Properties", (), {"uuid": NAMES[n]})
    )
    monkeypatch.setattr(worker, "Devices", lambda names: Devices(names, tmp_path))
    if count == 2:
        assert Devices(NAMES, tmp_path)._lock(NAMES[0])  # another job's
    worker._own_gpu.cache_clear()
    device = worker.resolve_device("auto")
    worker._own_gpu.cache_clear()
    expected = {0: "cpu", 1: "cuda", 2: "cuda:1"}[count]
    assert device == torch.device(expected)
    assert chosen == {0: [], 1: [0], 2: [1]}[count]
