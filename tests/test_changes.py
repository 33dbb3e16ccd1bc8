"""Code, configuration and weights that change while a run is under way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inputgrad.config.schema import parse_config
from inputgrad.errors import StoreError
from inputgrad.jobs import changes
from pretended import configuration, photographs

NOTES, RESULTS = Path(".snakemake"), Path("results")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(changes.VARIABLE, "")
    monkeypatch.delenv(changes.VARIABLE)
    photographs(range(2))
    return tmp_path


def state(**change: object) -> dict[str, str]:
    return changes.state(parse_config(configuration(**change)))


def test_nothing_is_said_where_nothing_changed() -> None:
    changes.check(state(), results=RESULTS)  # a scheduler that hands on no variables
    changes.begin(state(), notes=NOTES)
    changes.check(state(title="Another title"), results=RESULTS)
    assert not changes.note_of(RESULTS).exists()


def test_what_cells_are_made_by_is_watched_and_prose_is_not() -> None:
    watched = state().keys()
    assert {"scripts/predict.py", "workflow/Snakefile", "workflow/rules/common.smk"} <= watched
    assert {"scripts/inputgrad/jobs/worker.py", "the weights of lite0"} <= watched
    assert not any("/report/" in name or "/commands/" in name for name in watched)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 5}, "the configuration changed"),
        ({"models__lite0__architecture": "efficientnet_lite1"}, "the weights of lite0 changed"),
    ],
)
def test_a_change_is_one_line_that_says_what_to_do(change: dict[str, object], named: str) -> None:
    changes.begin(state(), notes=NOTES)
    with pytest.raises(StoreError) as caught:
        changes.check(state(**change), results=RESULTS)
    message = str(caught.value)
    assert named in message and "run the same command again" in message
    assert message.count("\n") == 0
    assert changes.note_of(RESULTS).read_text() == message + "\n"


def test_many_changed_files_are_counted() -> None:
    before = {f"scripts/{number}.py": "a" for number in range(5)}
    changes.begin(before, notes=NOTES)
    with pytest.raises(StoreError, match=r"scripts/0.py, scripts/1.py, scripts/2.py and 2 more ch"):
        changes.check(dict.fromkeys(before, "b"), results=RESULTS)


def test_a_node_that_does_not_see_the_folder_says_so() -> None:
    changes.begin(state(), notes=NOTES)
    Path(os.environ[changes.VARIABLE]).unlink()
    with pytest.raises(StoreError, match="a file system that every node sees"):
        changes.check(state(), results=RESULTS)
