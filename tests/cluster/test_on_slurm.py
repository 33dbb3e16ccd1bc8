"""The workflow on a real Slurm: what becomes of it when jobs are ended and code is edited.

`make test-cluster` runs it; the other tests leave it out. Two runs through Slurm, which share a
folder, and one without it. The faults of the first run: one job is cancelled, the process of one is
killed, one reaches its time limit and one that of its memory.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import one_node
import psutil
import pytest
import yaml

from inputgrad.cells.store import CellStore
from inputgrad.cells.timings import read_timings
from workflow_copies import CONFIG, copy_project, environment, put_photographs, statistics

pytestmark = pytest.mark.cluster
PHOTOGRAPHS = range(3)
CONTENT: dict[str, Any] = CONFIG | {"device": "auto"}
QUICKLY = ["--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "10"]
STEP = re.compile(r"tmp\w+\.(\w+)\.py")
EDIT = "{# edited in mid-run #}\n"
PATIENCE = 1500  # seconds for one run on a busy machine
# the first attempt of these rules is submitted with limits that it cannot keep
SBATCH = """#!/bin/bash
arguments=("$@")
for rule in attack_images visualize_classes; do
    if [[ "$*" == *"--comment rule_$rule"* ]] && mkdir {marks}/$rule 2>/dev/null; then
        for i in "${{!arguments[@]}}"; do
            case $rule-${{arguments[i]}} in
                attack_images---mem) arguments[i+1]=60 ;;
                visualize_classes--t) arguments[i+1]=1 ;;
            esac
        done
    fi
done
exec {sbatch} "${{arguments[@]}}"
"""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Slurm on this machine, and a folder with an `sbatch` that spoils the first attempts."""
    if lacking := one_node.missing():
        pytest.fail(lacking)
    folder = tmp_path_factory.mktemp("slurm")
    programs, marks = folder / "bin", folder / "marks"
    programs.mkdir()
    marks.mkdir()
    wrapper = programs / "sbatch"
    wrapper.write_text(SBATCH.format(marks=marks, sbatch=shutil.which("sbatch")))
    wrapper.chmod(0o755)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends the daemons as well
    with one_node.started(folder):
        yield programs
    signal.signal(signal.SIGTERM, before)
    for name in ("munged", "slurmctld", "slurmd"):
        file = folder / f"{name}.pid"
        assert not file.is_file() or not Path(f"/proc/{file.read_text().strip()}").exists()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("project"))


@dataclass
class Report:
    """`make report PROFILE=slurm` in a folder, watched while it runs."""

    project: Path
    folder: Path
    content: dict[str, Any]
    programs: Path | None
    output: str = ""
    status: int = -1
    written: dict[str, int] = field(default_factory=dict)

    def run(self, *watchers: Callable[[], None]) -> Report:
        """Run to the end, and look again and again; notes when each cell was written."""
        (self.folder / "config.yaml").write_text(yaml.safe_dump(self.content))
        log = self.folder / "output.log"
        with log.open("w") as stream, self._start(stream) as process:
            deadline = time.monotonic() + PATIENCE
            while process.poll() is None:
                assert time.monotonic() < deadline, log.read_text()
                self._note_cells()
                STEPS.look(self.folder)
                for watcher in watchers:
                    with suppress(psutil.Error):
                        watcher()
                time.sleep(0.3)
        self.output, self.status = log.read_text(), process.returncode
        return self

    def _start(self, stream: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "inputgrad", "report", "--config", "config.yaml"]
        command += ["--cores", "2"]
        command += ["--profile", "slurm", "--", *QUICKLY] if self.programs else []
        variables = environment() | {"PYTHONPATH": str(self.project / "scripts")}
        if self.programs:
            variables["PATH"] = f"{self.programs}:{variables['PATH']}"
        return subprocess.Popen(
            command, cwd=self.folder, env=variables, stdout=stream, stderr=stream, text=True
        )

    def _note_cells(self) -> None:
        for identity, moment in self.cells().items():
            self.written.setdefault(identity, moment)

    def cells(self) -> dict[str, int]:
        """Identity -> when it was written."""
        store = CellStore(self.folder / "results/cells")
        return {i: store.file(i).stat().st_mtime_ns for i in store.identities()}


@dataclass
class Steps:
    """Processes that execute step scripts of one run, as they were when they were last looked for.

    Others on this machine may run the same workflow: theirs are in other folders, and are no
    business of ours.
    """

    found: dict[str, list[psutil.Process]] = field(default_factory=dict)

    def look(self, folder: Path) -> None:
        """Look for those whose script Snakemake has written into the folder of the run."""
        self.found = {}
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                for script in map(Path, process.cmdline()[1:2]):
                    name = STEP.fullmatch(script.name)
                    if name and script.parent == folder / ".snakemake/scripts":
                        self.found.setdefault(name[1], []).append(process)

    def of(self, rule: str) -> list[psutil.Process]:
        """Those of a rule."""
        return self.found.get(rule, [])


STEPS = Steps()


@dataclass
class Faults:
    """Each happens once."""

    done: set[str] = field(default_factory=set)
    gpus: Counter[str] = field(default_factory=Counter)

    def cancel(self) -> None:
        """`scancel` a job of `predict` while it computes."""
        if "cancel" not in self.done and STEPS.of("predict"):
            for line in one_node.ask("squeue", "-h", "-o", "%i %k").splitlines():
                job, comment = line.split(maxsplit=1)
                if comment.startswith("rule_predict"):
                    subprocess.run(["scancel", job], check=True)
                    self.done.add("cancel")

    def kill(self) -> None:
        """Kill the process of `compute_saliency`."""
        for process in STEPS.of("compute_saliency") if "kill" not in self.done else ():
            process.kill()
            self.done.add("kill")

    def stop(self) -> None:
        """Halt the process of `visualize_classes`, whose job then reaches its time limit."""
        for process in STEPS.of("visualize_classes") if "stop" not in self.done else ():
            process.send_signal(signal.SIGSTOP)
            self.done.add("stop")

    def note_gpus(self) -> None:
        """Which GPU each process that computes has been given; one that ends tells nothing more."""
        for rule in ("predict", "compute_saliency", "attack_images", "judge_images"):
            for process in STEPS.of(rule):
                if variables := process.environ():
                    self.gpus[variables.get("CUDA_VISIBLE_DEVICES", "none")] += 1


@pytest.fixture(scope="module")
def spoilt(
    slurm: Path, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Report, Faults]:
    """A run through Slurm in which everything happens that can."""
    folder, faults = tmp_path_factory.mktemp("cluster"), Faults()
    put_photographs(folder, PHOTOGRAPHS)
    report = Report(project, folder, CONTENT, slurm)
    report.run(faults.cancel, faults.kill, faults.stop, faults.note_gpus)
    assert report.status == 0, report.output
    return report, faults


def test_a_run_completes_whatever_becomes_of_its_jobs(spoilt: tuple[Report, Faults]) -> None:
    report, faults = spoilt
    assert faults.done == {"cancel", "kill", "stop"}
    ends = re.findall(r"Error in rule (\w+):\n.*SLURM status is: '(\w+)'", report.output)
    assert dict(ends) == {
        "predict": "CANCELLED",
        "compute_saliency": "FAILED",
        "visualize_classes": "TIMEOUT",
        "attack_images": "FAILED",
    }
    (log,) = (report.folder / "logs/slurm/rule_attack_images").rglob("*.log")
    assert "exceeded memory limit" in log.read_text()
    assert (report.folder / "results/report/report.pdf").is_file()


def test_jobs_that_need_torch_get_a_gpu_each(spoilt: tuple[Report, Faults]) -> None:
    _, faults = spoilt
    assert faults.gpus.keys() <= {"0", "1"} and faults.gpus, faults.gpus


def test_nothing_finished_is_computed_twice(spoilt: tuple[Report, Faults]) -> None:
    report, _ = spoilt
    final = report.cells()
    assert {i: final[i] for i in report.written} == report.written
    computed = Counter(t.kind for t in read_timings(report.folder / "results/benchmark/cells"))
    store = CellStore(report.folder / "results/cells")
    assert computed.total() <= len(final) and computed
    assert {stored.device for stored in store.all()} == {"cpu"}


def test_bytes_are_those_of_a_run_without_slurm(
    spoilt: tuple[Report, Faults], project: Path, tmp_path: Path
) -> None:
    report, _ = spoilt
    put_photographs(tmp_path, PHOTOGRAPHS)
    alone = Report(project, tmp_path, CONTENT, None).run()
    assert alone.status == 0, alone.output
    ours, theirs = statistics(report.folder), statistics(tmp_path)
    assert ours.keys() == theirs.keys() and "report/report.pdf" in ours
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_code_that_is_edited_in_mid_run_ends_it_in_one_line_and_costs_nothing(
    spoilt: tuple[Report, Faults], slurm: Path, project: Path
) -> None:
    """An attack is computed anew; meanwhile the script of the next rule, then a template change."""
    first, _ = spoilt
    before = first.cells()
    content = CONTENT | {"adversarial": {"runs": {"short": {"method": "fgsm"}}}}
    script = project / "scripts/judge_images.py"
    report = Report(project, first.folder, content, slurm)

    def edit_script() -> None:
        if STEPS.of("attack_images") and "ANOTHER" not in script.read_text():
            script.write_text(script.read_text() + "\nANOTHER = 1\n")

    report.run(edit_script)
    assert report.status == 1
    last = report.output.strip().splitlines()[-1]
    assert last.startswith("inputgrad report: scripts/judge_images.py changed after the workflow")
    assert last.endswith("run the same command again")
    after = report.cells()
    assert before.items() < after.items()  # all are left, and the attack is stored

    template = project / "report_templates/en/summary.html"
    again = Report(project, first.folder, content, None)  # the same command, without Slurm

    def edit_template() -> None:
        if STEPS.of("draw_figures") and EDIT not in template.read_text():
            template.write_text(template.read_text() + EDIT)

    again.run(edit_template)
    assert again.status == 1, again.output
    last = again.output.strip().splitlines()[-1]
    assert last.startswith("inputgrad report: the code or report_templates/ changed after")
    assert after.items() <= again.cells().items()
    final = Report(project, first.folder, content, None).run()
    assert final.status == 0, final.output
    jobs = re.findall(r"^(\w+) +\d+$", final.output.partition("Job stats:")[2], re.MULTILINE)
    assert set(jobs) == {"render_report", "record_provenance", "all", "total"}
