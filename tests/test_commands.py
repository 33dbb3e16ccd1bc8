"""The commands of the Makefile call what they should and stop where they should."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PYTHON = """#!/bin/sh
printf "%s\\n" "$*" >> calls
exit "$STATUS"
"""
REPORT = "-m inputgrad report --config {} --cores all"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The Makefile beside an environment whose Python writes down what it is asked to run."""
    for folder in (".venv/bin", "config", "results/cells"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("config/config.yaml", "requirements.lock", ".venv/.ready"):
        (tmp_path / name).touch()
    (tmp_path / "config/other.yaml").write_text("results: 'elsewhere'\n")
    (tmp_path / ".venv/bin/python").write_text(PYTHON)
    (tmp_path / ".venv/bin/python").chmod(0o755)
    shutil.copy(ROOT / "Makefile", tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    """Run make with a Python that ends with a status."""
    surroundings = {"PATH": os.environ["PATH"], "STATUS": str(status)}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=surroundings, capture_output=True, text=True
    )


def calls(folder: Path) -> list[str]:
    """What the environment's Python was asked to do."""
    written = folder / "calls"
    return written.read_text().splitlines() if written.exists() else []


def test_help_lists_every_target(checkout: Path) -> None:
    rules = (ROOT / "Makefile").read_text().replace("\\\n", " ").splitlines()
    phony = next(line for line in rules if line.startswith(".PHONY"))
    listed = [line.split()[0] for line in make(checkout).stdout.splitlines() if line[:2] == "  "]
    assert sorted(listed) == sorted(set(phony.split()[1:]) - {"config-exists"})


def test_report_and_regenerate_take_a_config_and_more_options(checkout: Path) -> None:
    make(checkout, "report")
    make(checkout, "report", "CONFIG=config/other.yaml", "SNAKEMAKE_ARGS=--until predict -n")
    make(checkout, "regenerate")
    assert calls(checkout) == [
        REPORT.format("config/config.yaml") + " --",
        REPORT.format("config/other.yaml") + " -- --until predict -n",
        REPORT.format("config/config.yaml") + " --regenerate --",
    ]


def test_report_goes_to_a_cluster(checkout: Path) -> None:
    make(checkout, "report", "PROFILE=slurm", "PARTITION=gpu", "ACCOUNT=project")
    placed = " --profile slurm --partition gpu --account project --"
    assert calls(checkout) == [REPORT.format("config/config.yaml") + placed]


def test_report_is_made_in_another_folder(checkout: Path) -> None:
    elsewhere = checkout / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.yaml").touch()
    makefile = str(checkout / "Makefile")
    make(elsewhere, "-f", makefile, "report")
    make(elsewhere, "-f", makefile, "report", "CONFIG=mine.yaml")
    assert calls(elsewhere) == [
        REPORT.format(checkout / "config/config.yaml") + " --",
        REPORT.format("mine.yaml") + " --",
    ]


def test_images_are_a_rule_of_the_workflow(checkout: Path) -> None:
    make(checkout, "images", "CONFIG=config/other.yaml")
    assert calls(checkout) == [REPORT.format("config/other.yaml") + " -- adversarial_images"]


def test_a_config_may_have_spaces_in_its_name(checkout: Path) -> None:
    (checkout / "my config.yaml").touch()
    make(checkout, "report", "CONFIG=my config.yaml")
    assert calls(checkout) == [REPORT.format("my config.yaml") + " --"]


def test_a_failed_workflow_is_a_failed_make(checkout: Path) -> None:
    assert make(checkout, "report", status=1).returncode != 0


def test_prune_deletes_only_with_yes(checkout: Path) -> None:
    make(checkout, "prune", "YES=1")
    assert calls(checkout) == ["-m inputgrad prune --config config/config.yaml --yes"]


def test_an_unknown_config_names_those_that_exist(checkout: Path) -> None:
    run = make(checkout, "report", "CONFIG=config/confg.yaml")
    assert run.returncode != 0
    expected = "no config file config/confg.yaml; there are: config/config.yaml config/other.yaml"
    assert expected in run.stderr.splitlines()
    assert calls(checkout) == []


@pytest.mark.parametrize("command", ["status", "prune", "verify", "prefetch"])
def test_commands_of_the_library(checkout: Path, command: str) -> None:
    make(checkout, command, "CONFIG=config/other.yaml")
    assert calls(checkout) == [f"-m inputgrad {command} --config config/other.yaml"]


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["IMAGES=my photographs"], "--images my photographs"),
        (["IMAGES=new", "LABELS=new/labels.csv"], "--images new --labels new/labels.csv"),
    ],
)
def test_add_passes_folder_and_labels(checkout: Path, arguments: list[str], options: str) -> None:
    make(checkout, "add", *arguments)
    assert calls(checkout) == [f"-m inputgrad add --config config/config.yaml {options}"]


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], ""),
        (
            ["MODEL=my net.pth", "ARCHITECTURE=vgg16", "ENTRY=ema"],
            "--model my net.pth --architecture vgg16 --entry ema",
        ),
        (["IMAGES=a b", "LABELS=$c's.csv"], "--images a b --labels $c's.csv"),
    ],
)
def test_new_passes_what_is_given(checkout: Path, arguments: list[str], options: str) -> None:
    given = [argument.replace("$", "$$") for argument in arguments]  # as make reads it
    make(checkout, "new", "CONFIG=my own.yaml", *given)
    assert calls(checkout) == [f"-m inputgrad new --config my own.yaml {options}".rstrip()]


def test_new_asks_for_the_file_to_write(checkout: Path) -> None:
    run = make(checkout, "new", "MODEL=net.pth")
    assert run.returncode != 0
    assert "make new CONFIG=mine.yaml" in run.stderr.splitlines()[0]
    assert calls(checkout) == []


def test_add_asks_for_the_photographs(checkout: Path) -> None:
    run = make(checkout, "add")
    assert run.returncode != 0
    assert "make add IMAGES=folder" in run.stderr
    assert calls(checkout) == []


def test_a_python_that_does_not_run_is_one_line(checkout: Path) -> None:
    shutil.copytree(ROOT / "tools", checkout / "tools")
    run = make(checkout, "test", "VENV=new", "PYTHON=/nowhere/python3")
    assert run.returncode != 0
    assert "Python 3.11 or newer is needed, but none runs here" in run.stderr.splitlines()[0]
    assert not (checkout / "new").exists()


def test_clean_keeps_the_results(checkout: Path) -> None:
    for folder in ("scripts/__pycache__", "tests", "tools", ".mypy_cache"):
        (checkout / folder).mkdir(parents=True)
    assert make(checkout, "clean").returncode == 0
    assert {path.name for path in checkout.iterdir() if path.name[0] == "."} == set()
    assert not (checkout / "scripts/__pycache__").exists()
    assert (checkout / "results/cells").exists()
