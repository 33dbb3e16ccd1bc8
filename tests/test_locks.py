"""Who holds the lock on the results: a process that lives, one that was killed, another machine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest

from inputgrad.errors import WorkflowBusyError
from inputgrad.jobs.locks import Holder, Lock

NOTES, RESULTS = Path(".snakemake"), Path("results")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def lock() -> Lock:
    return Lock(NOTES, RESULTS)


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """Another process, which sleeps."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


def snakemake_locks(results: str = "results") -> list[Path]:
    """Lock files as Snakemake writes them."""
    folder = NOTES / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    number = len(list(folder.iterdir()))
    files = [folder / f"{number}.input.lock", folder / f"{number}.output.lock"]
    for file in files:
        file.write_text(f"{results}/images/index.json\n{results}/report/report.html\n")
    return files


def holder(process: subprocess.Popen[bytes]) -> Holder:
    began = psutil.Process(process.pid).create_time()
    return replace(Holder.here("mine.yaml"), pid=process.pid, began=began)


def held(by: Holder, *, lock: Lock) -> None:
    """As if that process had taken the lock."""
    lock.take("any")
    (note,) = (NOTES / "inputgrad-holders").iterdir()
    note.write_text(json.dumps(asdict(by)))


def test_a_free_lock_is_claimed_and_released(lock: Lock) -> None:
    assert lock.claim("mine.yaml") is None
    assert lock.holder() == Holder.here("mine.yaml")
    lock.release()
    assert lock.holder() is None


def test_a_living_process_is_named(
    lock: Lock, other: subprocess.Popen[bytes], folder: Path
) -> None:
    held(holder(other), lock=lock)
    locks = snakemake_locks()
    with pytest.raises(WorkflowBusyError) as caught:
        lock.claim("yours.yaml")
    message = str(caught.value)
    assert message.count("\n") == 0
    assert f"process {other.pid}, since 20" in message
    assert f"(mine.yaml, in {folder})" in message
    assert all(path.exists() for path in locks)
    lock.release()  # not ours
    assert lock.holder() == holder(other)


@pytest.mark.parametrize("reaped", [True, False], ids=["gone", "zombie"])
def test_what_a_killed_process_has_left_is_taken_off(
    lock: Lock, other: subprocess.Popen[bytes], reaped: bool
) -> None:
    killed = holder(other)
    held(killed, lock=lock)
    locks = snakemake_locks()
    other.kill()
    if reaped:
        other.wait()
    else:
        while psutil.Process(other.pid).status() != psutil.STATUS_ZOMBIE:
            pass
    assert lock.claim("yours.yaml") == killed
    assert not any(path.exists() for path in locks)
    assert lock.holder() == Holder.here("yours.yaml")


def test_a_number_that_another_process_has_by_now_holds_nothing(
    lock: Lock, other: subprocess.Popen[bytes]
) -> None:
    before = replace(holder(other), began=holder(other).began - 3600)  # before the power cut
    held(before, lock=lock)
    locks = snakemake_locks()
    assert lock.claim("yours.yaml") == before
    assert not any(path.exists() for path in locks)


@pytest.mark.parametrize("note", [None, "", "{}", '{"pid": 1', "[]"])
def test_a_lock_of_nobody_is_taken_off(lock: Lock, note: str | None) -> None:
    if note is not None:
        held(Holder.here("mine.yaml"), lock=lock)
        next((NOTES / "inputgrad-holders").iterdir()).write_text(note)
    locks = snakemake_locks()
    assert lock.claim("yours.yaml") is None
    assert not any(path.exists() for path in locks)


def test_the_lock_of_another_machine_stands_until_it_is_taken_off(lock: Lock) -> None:
    held(replace(Holder.here("mine.yaml"), host="elsewhere"), lock=lock)
    locks = snakemake_locks()
    with pytest.raises(WorkflowBusyError, match=r"on elsewhere, since .*`make unlock`"):
        lock.claim("yours.yaml")
    assert all(path.exists() for path in locks)
    for path in locks:  # as `make unlock` does
        path.unlink()
    assert lock.claim("yours.yaml") is None


def test_locks_on_other_results_are_left_alone(lock: Lock) -> None:
    others = snakemake_locks("results/others")
    mine = snakemake_locks()
    lock.claim("mine.yaml")
    assert all(path.exists() for path in others)
    assert not any(path.exists() for path in mine)
    assert Lock(NOTES, Path("results/others")).holder() is None


def test_of_two_that_start_together_one_is_told(
    lock: Lock, other: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    held(holder(other), lock=lock)
    read = Lock.holder
    seen: list[Holder | None] = [None]  # it looked a moment before the other wrote its note
    monkeypatch.setattr(Lock, "holder", lambda self: seen.pop() if seen else read(self))
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    with pytest.raises(WorkflowBusyError, match=f"process {other.pid}"):
        lock.claim("yours.yaml")


def test_whoever_has_snakemakes_lock_replaces_the_note(
    lock: Lock, other: subprocess.Popen[bytes]
) -> None:
    held(holder(other), lock=lock)
    lock.take("yours.yaml")
    assert lock.holder() == Holder.here("yours.yaml")
