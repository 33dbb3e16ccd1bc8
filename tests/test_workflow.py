"""The real workflow, tiny: what it computes after each kind of change, counted in its store."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from inputgrad.cells.store import CellStore
from inputgrad.hashing import file_digest
from inputgrad.jobs import regeneration
from inputgrad.jobs.locks import Lock
from inputgrad.photographs.index import load_index
from inputgrad.tables.files import write_parquet
from workflow_copies import (
    COMPUTING,
    CONFIG,
    IMAGE_RUNS,
    STATISTICS,
    Run,
    cells,
    command,
    configuration,
    copy_project,
    environment,
    put_photographs,
    run,
    sizes,
    statistics,
    with_measures,
)

PHOTOGRAPHS = range(4)
REPORTED = {"render_report", "record_provenance"}
PATIENCE = 300  # seconds for one job on a busy machine


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def built(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four photographs, computed at once on one core, up to the report."""
    folder = tmp_path_factory.mktemp("built")
    put_photographs(folder, PHOTOGRAPHS)
    first = run(project, folder, CONFIG, cores=1)
    assert first.status == 0, first.output
    assert {key: first.computed[key] for key in IMAGE_RUNS} == dict.fromkeys(IMAGE_RUNS, 4)
    assert first.computed["class_visualization ascent"] == 1
    return folder


def copied(built: Path, folder: Path) -> Path:
    """The built folder as it is, times of files included."""
    shutil.copytree(built, folder, dirs_exist_ok=True, symlinks=True)
    return folder


def test_again_nothing_is_done(project: Path, built: Path) -> None:
    again = run(project, built, CONFIG)
    assert "Nothing to be done" in again.output, again.output
    assert not again.computed


def test_touching_everything_computes_nothing(built: Path, tmp_path: Path) -> None:
    mine = copy_project(tmp_path / "project")
    folder = copied(built, tmp_path / "run")
    for path in [*mine.rglob("*"), *(folder / "photographs").rglob("*")]:
        os.utime(path)
    for path in (folder / "results").rglob("*"):
        os.utime(path)
    again = run(mine, folder, CONFIG, *STATISTICS)
    assert again.status == 0, again.output
    assert not again.computed


def test_a_fresh_clone_trusts_the_cells_and_not_the_outputs(built: Path, tmp_path: Path) -> None:
    """Without Snakemake's notes, and with another parameter, old outputs must not pass for new."""
    clone = copy_project(tmp_path)
    for part in ("results", "photographs"):
        shutil.copytree(built / part, clone / part)
    changed = configuration(long={"budget": 2})
    again = run(clone, clone, changed, *STATISTICS)
    assert again.status == 0, again.output
    assert again.computed == with_measures("adversarial long", 4) | {"transfer long": 4}
    old, new = statistics(built), statistics(clone)
    same = {name for name in old if name.startswith("statistics/") and old[name] == new[name]}
    assert "statistics/saliency.parquet" in same
    assert "statistics/adversarial.parquet" not in same
    # and what a kill would have left undone is still to be done
    left = run(clone, clone, changed, "--dry-run").jobs
    assert left.keys() - {"all"} == {"collect_exemplars", "draw_figures", *REPORTED}


def test_after_a_kill_between_two_rules_the_second_still_runs(built: Path, tmp_path: Path) -> None:
    """Only the code that gathers has changed, and only it has run again."""
    mine = copy_project(tmp_path / "project")
    folder = copied(built, tmp_path / "run")
    code = mine / "scripts/inputgrad/tables/gathering.py"
    code.write_text(code.read_text(encoding="utf-8") + "\nANOTHER = 1\n", encoding="utf-8")
    gathered = run(mine, folder, CONFIG, *STATISTICS)
    chosen = {"add_images": 1}  # copies of photographs have other ctimes, so they are looked at
    assert gathered.jobs == {**chosen, "gather_statistics": 1}, gathered.output
    left = run(mine, folder, CONFIG, "--dry-run").jobs
    assert left.keys() - {"all"} == {"collect_exemplars", "draw_figures", *REPORTED}


@pytest.mark.parametrize(
    ("file", "old", "new", "rules"),
    [
        ("report_templates/report.css", "{", "{ /* another style */", REPORTED),
        (
            "scripts/inputgrad/report/figures/style.py",
            "\n\nfrom",
            "\n\nANOTHER = 1\nfrom",
            {"draw_figures", *REPORTED},
        ),
    ],
)
def test_words_and_style_only_render(
    built: Path, tmp_path: Path, file: str, old: str, new: str, rules: set[str]
) -> None:
    mine = copy_project(tmp_path)
    text = (mine / file).read_text(encoding="utf-8")
    assert old in text
    (mine / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    planned = run(mine, built, CONFIG, "--dry-run").jobs
    assert planned.keys() - {"all"} == rules


def test_a_title_only_renders(project: Path, built: Path) -> None:
    planned = run(project, built, CONFIG | {"title": "Another"}, "--dry-run").jobs
    assert "render_report" in planned
    assert not planned.keys() & (COMPUTING - {"collect_exemplars"})


def test_three_steps_another_order_and_a_kill_give_the_same_bytes(
    project: Path, built: Path, tmp_path: Path
) -> None:
    put_photographs(tmp_path, [3])
    first = run(project, tmp_path, CONFIG, *STATISTICS)
    assert {key: first.computed[key] for key in IMAGE_RUNS} == dict.fromkeys(IMAGE_RUNS, 1)

    put_photographs(tmp_path, [0])
    before = cells(tmp_path)
    kill_after_a_cell(project, tmp_path, run_name="adversarial short", before=before)
    left = sizes(tmp_path, cells(tmp_path) - before)
    assert left["adversarial short"] == 1
    assert "cannot be locked" in run(project, tmp_path, CONFIG, *STATISTICS).output
    take_off_the_lock(tmp_path)
    second = run(project, tmp_path, CONFIG, *STATISTICS)
    assert second.status == 0, second.output
    assert second.computed, "the kill came too late to leave anything undone"
    together = left + second.computed
    assert {key: together[key] for key in IMAGE_RUNS} == dict.fromkeys(IMAGE_RUNS, 1)

    put_photographs(tmp_path, [2, 1])
    third = run(project, tmp_path, CONFIG)
    assert third.status == 0, third.output
    assert {key: third.computed[key] for key in IMAGE_RUNS} == dict.fromkeys(IMAGE_RUNS, 2)
    assert_same(statistics(tmp_path), statistics(built))


def assert_same(ours: dict[str, bytes], theirs: dict[str, bytes]) -> None:
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []
    assert {"statistics/predictions.parquet", "report/data/adversarial.csv"} <= ours.keys()


def kill_after_a_cell(project: Path, folder: Path, *, run_name: str, before: set[str]) -> None:
    """Start the workflow and end it, jobs included, by SIGKILL once the run has a cell."""
    snakemake = psutil.Popen(
        command(project, folder, CONFIG, *STATISTICS),
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + PATIENCE
    while not sizes(folder, cells(folder) - before)[run_name]:
        assert snakemake.poll() is None, "the workflow ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    processes = [snakemake, *snakemake.children(recursive=True)]
    for process in processes:
        process.suspend()
    for process in processes:
        process.kill()
    psutil.wait_procs(processes)


def take_off_the_lock(folder: Path) -> None:
    """As `make report` does before it starts Snakemake."""
    lock = Lock(folder / ".snakemake", Path("results"))
    killed = lock.claim("config.yaml")
    assert killed is not None
    assert (killed.config, killed.folder) == ("config.yaml", str(folder))
    lock.release()


def test_regenerating_replaces_every_cell_by_the_same_bytes(
    project: Path, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(built, tmp_path)
    store, before = CellStore(folder / "results/cells"), statistics(folder)

    def times() -> dict[str, int]:
        return {i: store.file(i).stat().st_mtime_ns for i in store.identities()}

    old = times()
    monkeypatch.setenv(regeneration.VARIABLE, "1")
    planned = run(project, folder, CONFIG, "--forceall", "--dry-run", *STATISTICS)
    assert planned.status == 0, planned.output
    assert times() == old
    again = run(project, folder, CONFIG, "--forceall", *STATISTICS)
    assert again.status == 0, again.output
    new = times()
    assert new.keys() == old.keys()
    assert [identity for identity in old if new[identity] == old[identity]] == []
    assert statistics(folder) == before
    assert not regeneration.mark_of(folder / "results").exists()
    monkeypatch.delenv(regeneration.VARIABLE)
    assert "Nothing to be done" in run(project, folder, CONFIG, *STATISTICS).output


def test_the_configuration_is_read_by_our_own_reader(project: Path, built: Path) -> None:
    options = command(project, built, CONFIG, "--dry-run")
    config = built / "config.yaml"

    def jobs_of(text: str, *more: str) -> Run:
        config.write_text(text)
        ended = subprocess.run(
            [*options, *more], cwd=built, env=environment(), capture_output=True, text=True
        )
        return Run(ended.returncode, ended.stdout + ended.stderr, Counter())

    text = config.read_text()
    twice = jobs_of(text + "models: {}\n")
    assert twice.status != 0
    assert "the key 'models' is there twice" in twice.output
    octal = jobs_of(text + "report: {questions: [013]}\n")  # 11 to Snakemake's own reader
    assert "report.questions.0: expected less than or equal to 11; came '013'" in octal.output
    assert "Nothing to be done" in jobs_of(text).output
    seeded = jobs_of(text, "--config", "seed=3")
    assert "add_images" in seeded.jobs, seeded.output


# -- the commands, where they need real cells


def inputgrad(project: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    options = ["--config", str(folder / "config.yaml"), "--directory", str(folder)]
    return subprocess.run(
        [sys.executable, "-m", "inputgrad", *arguments, *options],
        env=environment() | {"PYTHONPATH": str(project / "scripts")},
        capture_output=True,
        text=True,
    )


def test_status_knows_that_all_is_done(project: Path, built: Path) -> None:
    run(project, built, CONFIG, "--dry-run")  # writes this very configuration
    status = inputgrad(project, built, "status")
    assert "Nothing to compute: every cell is stored." in status.stdout, status.stderr


def test_verify_finds_the_one_cell_that_was_altered(
    project: Path, built: Path, tmp_path: Path
) -> None:
    folder = copied(built, tmp_path)
    store = CellStore(folder / "results/cells")
    altered = next(s for s in store.all() if s.recipe.get("measure") == "concentration")
    table = pq.read_table(store.file(altered.identity))
    place = table.schema.get_field_index("gini")
    turned = table["gini"].take(list(reversed(range(len(table)))))
    write_parquet(table.set_column(place, "gini", turned), store.file(altered.identity))
    verify = inputgrad(project, folder, "verify", "--share", "1")
    assert verify.returncode == 1, verify.stdout
    faults = verify.stderr.splitlines()[1:]
    assert len(faults) == 1
    named = f"saliency lite0 gradient concentration, cell {altered.identity}: gini differs"
    assert named in faults[0]


def test_every_job_stays_within_the_memory_that_it_declares(built: Path) -> None:
    declared = 2000  # the default of `models: <name>: memory_mb`
    used: Counter[str] = Counter()
    for path in (built / "results/benchmark").rglob("*.tsv"):
        (row,) = csv.DictReader(path.open(), delimiter="\t")
        used[path.parts[len((built / "results/benchmark").parts)]] = float(row["max_rss"])
    assert used.keys() >= COMPUTING
    assert max(used.values()) < declared


MODULE = """
import yaml

module inputgrad:
    snakefile: {snakefile!r}
    config: yaml.safe_load(open("config.yaml"))

use rule * from inputgrad as inputgrad_*

rule mine:
    default_target: True
    input: "results/statistics/saliency.parquet"
    output: "mine.txt"
    shell: "wc -l < results/report/data/saliency.csv > {{output}}"
"""


def test_another_workflow_imports_this_one_as_a_module(
    project: Path, built: Path, tmp_path: Path
) -> None:
    folder = copied(built, tmp_path)
    run(project, folder, CONFIG, "--dry-run")  # writes the configuration
    (folder / "Snakefile").write_text(MODULE.format(snakefile=str(project / "workflow/Snakefile")))
    command_line = [
        sys.executable,
        "-m",
        "snakemake",
        "--cores",
        "1",
        "--rerun-triggers",
        "params",
        "input",
    ]
    done = subprocess.run(
        command_line, cwd=folder, env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert int((folder / "mine.txt").read_text()) == 1 + len(PHOTOGRAPHS)  # and the header


def test_the_provenance_leads_from_the_report_to_cells_that_can_be_verified(
    project: Path, built: Path
) -> None:
    found = json.loads((built / "results/provenance.json").read_text())
    artefacts, about = found["artefacts"], found["cells"]
    results = built / "results"
    waiting, reached, behind = ["report/report.html"], set(), set()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            assert artefacts[name]["sha256"] == file_digest(results / name)
            waiting += artefacts[name].get("from", [])
            behind |= set(artefacts[name].get("cells", []))
    assert behind == about.keys() == cells(built)
    assert {cell["recipe"] for cell in about.values()} == found["recipes"].keys()
    assert all("code" in recipe and "seed" in recipe for recipe in found["recipes"].values())
    assert found["report"]["fonts"].keys() >= {"DejaVuSerif.ttf"}
    assert found["report"]["batch_size"] == CONFIG["images"]["batch_size"]

    one = next(i for i, c in about.items() if (c["table"], c["name"]) == ("saliency", "gradient"))
    done = inputgrad(project, built, "verify", "--cell", one[:12])
    assert "1 cells came out as they are stored" in done.stdout, done.stderr
    image = load_index(results / "images/index.json").images[0].image_id
    row = inputgrad(project, built, "verify", "--cell", f"predictions/lite0/predict/{image}")
    assert "2 cells came out as they are stored" in row.stdout, row.stderr  # and its roughness
    none = inputgrad(project, built, "verify", "--cell", "saliency/lite0/gradient/nothing")
    assert none.returncode == 1 and none.stderr.count("\n") == 1
    assert "names 0 stored cells" in none.stderr
