"""What is asked of Slurm before a run, with programs that only pretend to be Slurm's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from inputgrad.__main__ import main
from inputgrad.cells.cell import Cell
from inputgrad.cells.store import CellStore
from inputgrad.cells.timings import Rates, Timing, _kind
from inputgrad.errors import ConfigError, SchedulerError, StoreError
from inputgrad.jobs import shared_folder, slurm, wall_time
from inputgrad.jobs.profiles import read_profile
from pretended import configuration, photographs

PARTITIONS = "cpu*|(null)|1-00:00:00|up\ngpu|gpu:a100:4|12:00:00|up\nold|gpu:1|infinite|down\n"
CONFIGURATION = "Configuration data\nMinJobAge               = {age} sec\n"
RECIPE = {"model_id": "m", "device": "cpu", "threads": 1, "method": "a", "parameters": {}}


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with Slurm's programs that is searched first, and without those of this machine."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(slurm, "TIMEOUT", 5.0)
    program(folder, "sinfo", says=PARTITIONS)
    program(folder, "scontrol", says=CONFIGURATION.format(age=300))
    program(folder, "sacct", status=1)
    return folder


def program(folder: Path, name: str, *, says: str = "", status: int = 0, body: str = "") -> None:
    (folder / f"{name}.txt").write_text(says)
    shell = f'#!/bin/sh\n{body}\n/bin/cat "{folder}/{name}.txt"\nexit {status}\n'
    (folder / name).write_text(shell)
    (folder / name).chmod(0o755)


def test_jobs_go_to_the_default_partition_and_ask_for_no_gpu_that_it_lacks() -> None:
    found = slurm.found_here(device="auto", partition=None)
    assert (found.partition.name, found.gpus, found.status_command) == ("cpu", False, "squeue")
    assert found.first_check == slurm.BETWEEN_CHECKS
    assert found.options(["predict"], {}) == [
        *("--slurm-status-command", "squeue"),
        *("--slurm-init-seconds-before-status-checks", "40"),
        *("--default-resources", "slurm_partition='cpu'"),
    ]


@pytest.mark.parametrize(("device", "asks"), [("auto", True), ("cuda", True), ("cpu", False)])
def test_jobs_that_need_torch_ask_for_a_gpu_where_there_are_some(device: str, asks: bool) -> None:
    options = slurm.found_here(device=device, partition="gpu").options(["predict", "judge"], {})
    assert ("--set-resources" in options) is asks
    assert not asks or options[-2:] == ["predict:gres='gpu:1'", "judge:gres='gpu:1'"]


def test_accounts_are_named_where_slurm_keeps_them(programs: Path) -> None:
    defaults = {"slurm_account": "project", "runtime": "30"}
    without = slurm.found_here(device="cpu", partition=None).options([], defaults)
    assert without[-2:] == ["runtime=30", "slurm_partition='cpu'"]
    program(programs, "sacct")
    found = slurm.found_here(device="cpu", partition=None)
    assert found.options([], defaults)[-3:] == [
        "slurm_account='project'",
        "runtime=30",
        "slurm_partition='cpu'",
    ]
    assert found.status_command == "sacct"


def test_an_sacct_that_does_not_answer_is_not_used(programs: Path) -> None:
    program(programs, "sacct", body="exec /bin/sleep 60")
    assert slurm.found_here(device="cpu", partition=None).status_command == "squeue"


@pytest.mark.parametrize(
    ("changes", "device", "partition", "fault"),
    [
        ({"sinfo": None}, "cpu", None, "no Slurm on this machine .*login node"),
        ({"sinfo": "status"}, "cpu", None, "Slurm does not answer .*scontrol ping"),
        ({"sinfo": "hang"}, "cpu", None, "sinfo took more than .*scontrol ping"),
        ({}, "cuda", None, "'cpu' has GPUs; name one that has, PARTITION=gpu, or"),
        ({}, "cpu", "gpus", "unknown partition 'gpus'; did you mean 'gpu'"),
        ({}, "cpu", "old", "unknown partition 'old'"),
        ({"sinfo": "gpu|gpu:1|infinite|up\n"}, "cpu", None, "name one, PARTITION=…: gpu"),
        ({"scontrol": "MinJobAge = 2 sec\n"}, "cpu", None, "forgets jobs 2 s after their end"),
    ],
)
def test_what_is_in_the_way_is_one_line_with_its_remedy(
    programs: Path, changes: dict[str, str | None], device: str, partition: str, fault: str
) -> None:
    for name, change in changes.items():
        if change is None:
            (programs / name).unlink()
        elif change == "status":
            program(programs, name, status=1)
        elif change == "hang":
            program(programs, name, body="exec /bin/sleep 60")
        else:
            program(programs, name, says=change)
    with pytest.raises(SchedulerError, match=fault) as caught:
        slurm.found_here(device=device, partition=partition)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("limit", "minutes"),
    [
        ("infinite", None),
        ("30", 30),
        ("30:00", 30),
        ("1:30:00", 90),
        ("2-00", 2880),
        ("1-12:30:00", 2190),
    ],
)
def test_time_limits_are_read_as_slurm_writes_them(limit: str, minutes: int | None) -> None:
    assert slurm.minutes(limit) == minutes


# -- the command


def report(folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str, **changes: object) -> int:
    monkeypatch.chdir(folder)
    photographs(range(2))
    python = folder / "python"
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > calls\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    (folder / "config.yaml").write_text(yaml.safe_dump(configuration(**changes)))
    return main(["report", "--config", "config.yaml", *options])


def test_the_profile_is_handed_to_snakemake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(wall_time.VARIABLE, raising=False)
    monkeypatch.setenv(wall_time.VARIABLE, "1")  # undone after the test
    options = ["--profile", "slurm", "--partition", "gpu", "--account", "project"]
    assert report(tmp_path, monkeypatch, *options, device="auto") == 0
    given = (tmp_path / "calls").read_text().splitlines()
    assert given[given.index("--profile") + 1] == str(read_profile("slurm").folder)
    assert "slurm_partition='gpu'" in given and "collect_exemplars:gres='gpu:1'" in given
    assert not any(word.startswith("mem_mb=") for word in given)  # the nodes' is not this machine's
    assert wall_time.bounded(100_000) == 12 * 60


def test_a_fault_of_the_scheduler_is_one_line_and_nothing_starts(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    (programs / "sinfo").unlink()
    assert report(tmp_path, monkeypatch, "--profile", "slurm") == 1
    out, err = capsys.readouterr()
    assert err.startswith("inputgrad report: there is no Slurm") and err.count("\n") == 1
    assert (out, (tmp_path / "calls").exists()) == ("", False)


def test_a_profile_is_a_name_or_a_folder(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "config.yaml").write_text("executor: other\ndefault-resources: {runtime: 30}\n")
    profile = read_profile(str(mine))
    assert (profile.executor, profile.default_resources) == ("other", {"runtime": "30"})
    assert read_profile("default").executor == "local"
    with pytest.raises(ConfigError, match="unknown profile 'slrm'; did you mean 'slurm'"):
        read_profile("slrm")


# -- wall time


def cell(size: int) -> Cell:
    items = tuple((f"{number:016x}", 0) for number in range(size))
    return Cell("predictions", "lite0", "predict", items, (), RECIPE)


def test_wall_time_is_that_of_earlier_cells_with_a_margin(tmp_path: Path) -> None:
    store = CellStore(tmp_path / "cells")
    rates = Rates([Timing(_kind(cell(1)), 10, 600.0, "cpu")])  # a minute each
    first = wall_time.minutes(rates, store, [cell(100), cell(100)], attempt=1)
    assert first == pytest.approx(100 * wall_time.MARGIN, rel=0.01)
    assert wall_time.minutes(rates, store, [cell(100)], attempt=3) == 4 * first
    assert wall_time.minutes(rates, store, [cell(1)], attempt=1) == wall_time.FEWEST
    store.put(cell(100), {}, None, device="cpu")
    assert wall_time.minutes(rates, store, [cell(100)], attempt=1) == wall_time.FEWEST


def test_what_was_never_timed_gets_hours_within_the_partitions_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CellStore(tmp_path)
    assert wall_time.minutes(Rates([]), store, [cell(1)], attempt=1) == wall_time.UNKNOWN
    monkeypatch.setenv(wall_time.VARIABLE, "60")
    assert wall_time.minutes(Rates([]), store, [cell(1)], attempt=2) == 60


# -- the folder that machines share


def test_a_folder_that_cannot_be_written_and_a_clock_that_is_off_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared_folder.check_folder(tmp_path / "results")
    assert list((tmp_path / "results").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(
        StoreError, match=r"cannot write to .*file/results: Not a directory; choose"
    ):
        shared_folder.check_folder(tmp_path / "file" / "results")
    now = shared_folder.time.time
    monkeypatch.setattr(shared_folder.time, "time", lambda: now() - 600)
    with pytest.raises(StoreError, match=r"the clock of .* is 600 s behind .*NTP"):
        shared_folder.check_folder(tmp_path)
