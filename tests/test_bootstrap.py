"""The environment is made once, whole or not at all, and what stops it is said in a line."""

import ast
from pathlib import Path

import pytest

import bootstrap


def script(path: Path, body: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def interpreters(folder: Path, bodies: list[str]) -> list[str]:
    """Stand-ins for interpreters, named 0, 1, …; a body answers the probe."""
    return [str(script(folder / str(place), body)) for place, body in enumerate(bodies)]


def environment(folder: Path, pip: str) -> tuple[Path, Path]:
    """A virtual environment whose Python runs `pip` when asked to install, and a lock."""
    venv = folder / "venv"
    script(venv / "bin" / "python", f'[ "$1" = -c ] || {{ {pip}; }}')
    (venv / "pyvenv.cfg").touch()
    (folder / "lock").write_text("torch==2.0")
    return venv, folder / "lock"


def test_old_pythons_can_read_it() -> None:
    ast.parse(Path(bootstrap.__file__).read_text(), feature_version=(3, 6))


@pytest.mark.parametrize(
    ("bodies", "chosen"),
    [
        pytest.param(["echo 3.11", "echo 3.13"], 0, id="the first that has wheels"),
        pytest.param(["echo 3.99", "echo 3.12"], 1, id="one with wheels before a newer one"),
        pytest.param(["echo 3.10", "echo 3.99"], 1, id="a newer one before none"),
        pytest.param(["echo shim >&2; exit 127", "echo 3.12"], 1, id="not a shim that fails"),
        pytest.param(["echo 3.12; exit 1", "echo 3.11"], 1, id="not one without venv"),
    ],
)
def test_choice_of_the_interpreter(tmp_path: Path, bodies: list[str], chosen: int) -> None:
    candidates = interpreters(tmp_path, bodies)
    assert bootstrap.choose(candidates) == candidates[chosen]


@pytest.mark.parametrize(
    ("bodies", "message"),
    [
        (["echo 3.9"], "Python 3.11 or newer is needed, but .*0 is 3.9: install Python 3.13 or"),
        (["exit 127"], "Python 3.11 or newer is needed, but none runs here"),
        (["echo 3.9", "echo 3.12; exit 1"], r"1 \(Python 3.12\) has no venv: .*python3.12-venv"),
    ],
)
def test_no_interpreter_is_one_line(tmp_path: Path, bodies: list[str], message: str) -> None:
    with pytest.raises(bootstrap.BootstrapError, match=message) as error:
        bootstrap.choose(interpreters(tmp_path, bodies))
    assert "\n" not in str(error.value)


def test_it_installs_when_the_lock_changes_and_only_then(tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    venv, lock = environment(tmp_path, f"echo >> {installed}")
    for text, installations in [("a==1", 1), ("a==1", 1), ("a==2", 2)]:
        lock.write_text(text)
        assert bootstrap.main([str(venv), str(lock)]) == 0
        assert len(installed.read_text().splitlines()) == installations
        assert (venv / ".ready").stat().st_mtime >= lock.stat().st_mtime


def test_a_failed_installation_leaves_no_stamp(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    venv, lock = environment(tmp_path, "seq 100; echo no matching distribution; exit 1")
    (venv / ".ready").write_text("of an older lock")
    assert bootstrap.main([str(venv), str(lock)]) == 1
    assert not (venv / ".ready").exists()
    shown = capsys.readouterr().err
    assert "no matching distribution\npip could not install" in shown
    assert len(shown.splitlines()) <= bootstrap.TAIL + 2


def test_an_interrupted_installation_leaves_no_stamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Path) -> None:
        raise KeyboardInterrupt

    venv, lock = environment(tmp_path, "true")
    monkeypatch.setattr(bootstrap, "install", interrupt)
    assert bootstrap.main([str(venv), str(lock)]) == 130
    assert not (venv / ".ready").exists()


def test_a_folder_that_is_no_environment_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    with pytest.raises(bootstrap.BootstrapError, match="is no virtual environment"):
        bootstrap.create(tmp_path, "python3")
    assert (tmp_path / "precious").exists()
