"""`python -m inputgrad report`: what it checks, and how it starts Snakemake and ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import yaml

from inputgrad.__main__ import main
from inputgrad.commands import report as report_command
from inputgrad.jobs import memory, regeneration
from inputgrad.jobs.locks import Lock
from pretended import BASE, configuration, photographs

Output = pytest.CaptureFixture[str]
PYTHON_HERE = sys.executable
PYTHON = f"""#!/bin/sh
echo "$* ${regeneration.VARIABLE}" > calls
cat .snakemake/inputgrad-holders/*.json > holder 2>/dev/null
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Python that writes down what it is asked to run, and the findings of an earlier report."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(memory, "LIMITS", ())
    monkeypatch.setattr(memory, "SHARE", 0)
    photographs(range(2))
    (tmp_path / "results/report").mkdir(parents=True)
    (tmp_path / "results/report/headline.txt").write_text("three findings\n")
    python("exit 0")
    return tmp_path


def python(ending: str) -> None:
    Path("python").write_text(PYTHON + ending + "\n")
    Path("python").chmod(0o755)


def report(*options: str, **changes: object) -> int:
    Path("my config.yaml").write_text(yaml.safe_dump(configuration(**changes)))
    return main(["report", "--config", "my config.yaml", *options])


def called() -> str:
    return Path("calls").read_text().strip() if Path("calls").exists() else ""


def test_snakemake_runs_and_the_findings_are_shown(folder: Path, capsys: Output) -> None:
    assert report("--cores", "2", "--", "--until", "predict") == 0
    given = f"--resources mem_mb=0 --configfile {folder}/my config.yaml --cores 2"
    workflow = Path(__file__).resolve().parents[1] / "workflow"
    ours = f"--snakefile {workflow}/Snakefile --workflow-profile {workflow}/profiles/default"
    assert called() == f"-m snakemake {ours} --quiet host reason {given} --until predict"
    assert capsys.readouterr().out == "three findings\n"


def test_the_options_may_begin_with_a_rule() -> None:
    """No option before them takes it for a value of its own."""
    assert report("--cores", "2", "--", "adversarial_images") == 0
    assert called().endswith("--cores 2 adversarial_images")


def test_it_holds_the_lock_while_snakemake_runs() -> None:
    assert report() == 0
    assert f'"pid": {os.getpid()}' in Path("holder").read_text()
    assert Lock(Path(".snakemake"), Path("results")).holder() is None


def test_regenerating_is_asked_for_by_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(regeneration.VARIABLE, raising=False)
    assert report("--regenerate") == 0
    assert called().endswith("--forceall 1")


@pytest.mark.parametrize(("ending", "status"), [("exit 3", 3), ("kill -9 $$", 137)])
def test_a_failed_workflow_shows_no_old_findings(ending: str, status: int, capsys: Output) -> None:
    python(ending)
    assert report() == status
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "ending",
    [
        "echo 'x changed; run the same command again' > results/.changed; exit 1",
        # as Snakemake, which is told to start no more jobs and ends when those that run have
        "echo 'x changed; run the same command again' > results/.changed; "
        "trap 'echo told > told; exit 1' TERM; while :; do sleep 0.1; done",
    ],
    ids=["ended", "told"],
)
def test_what_changed_in_mid_run_is_the_last_line_and_no_job_is_started_any_more(
    ending: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setattr(report_command, "BETWEEN_LOOKS", 0.2)
    python(ending)
    assert report() == 1
    out, err = capsys.readouterr()
    assert (out, err) == ("", "inputgrad report: x changed; run the same command again\n")
    assert Path("told").exists() is ("trap" in ending)
    python("exit 0")
    assert report() == 0  # the note is of one run
    assert capsys.readouterr().out == "three findings\n"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"seed": -1}, "seed: expected"),
        ({"models__lite0__architecture": "efficientnet_lit0"}, "did you mean 'efficientnet_lite0'"),
        ({"images__sources": [{"kind": "folder", "path": "nowhere"}]}, "'nowhere'"),
        ({"class_visualization__runs__short__init_img": "Noise"}, "did you mean 'noise'"),
    ],
)
@pytest.mark.parametrize("options", [[], ["--regenerate"], ["--", "-n"]])
def test_a_faulty_configuration_is_one_line_and_nothing_starts(
    changes: dict[str, object], fault: str, options: list[str], capsys: Output
) -> None:
    assert report(*options, **changes) == 1
    out, err = capsys.readouterr()
    assert err.startswith("inputgrad report: ") and fault in err
    assert (out, err.count("\n"), called()) == ("", 1, "")


def test_a_dry_run_passes_by_a_lock_that_another_holds(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    lock = Lock(Path(".snakemake"), Path("results"))
    with subprocess.Popen(["sleep", "600"]) as other:
        monkeypatch.setattr(os, "getpid", lambda: other.pid)
        monkeypatch.setattr(psutil, "Process", lambda pid=other.pid, make=psutil.Process: make(pid))
        lock.claim("theirs.yaml")
        monkeypatch.undo()
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "executable", str(folder / "python"))
        assert report() == 1
        assert f"computed by process {other.pid}" in capsys.readouterr().err
        assert report("--", "-n") == 0
        assert called().endswith(" -n")
        assert "findings" not in capsys.readouterr().out
        other.kill()


def test_memory_is_that_of_the_machine_or_of_its_container(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = folder / "memory.max"
    monkeypatch.setattr(memory, "LIMITS", (limit,))
    monkeypatch.setattr(memory, "SHARE", 0.9)
    machine = memory.memory_mb()
    limit.write_text("max\n")
    assert memory.memory_mb() == machine
    limit.write_text("1000000000\n")
    assert memory.memory_mb() == 900


def test_a_reader_that_has_had_enough_is_no_fault() -> None:
    """`make status | head -1`: more lines than a pipe holds, of which one is read."""
    Path("config.yaml").write_text(yaml.safe_dump(BASE))
    program = (
        "import sys; from inputgrad.__main__ import main; from inputgrad.commands import status; "
        "status.report = lambda *_, **__: ['line' * 100] * 5000; "
        "sys.exit(main(['status', '--config', 'config.yaml']))"
    )
    scripts = Path(__file__).resolve().parents[1] / "scripts"
    with subprocess.Popen(
        [PYTHON_HERE, "-c", program],
        env=os.environ | {"PYTHONPATH": str(scripts)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=120) == 0
        assert process.stderr.read() == b""
