"""pyproject.toml, requirements.lock and environment.yml agree."""

import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

import bootstrap
import lock

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUNTIME = [Requirement(line) for line in PROJECT["dependencies"]]
LOCKED_EXTRAS = [
    Requirement(line)
    for extra in ("test", "cluster")
    for line in PROJECT["optional-dependencies"][extra]
]
LOCK = (ROOT / "requirements.lock").read_text()
VERSIONS = lock.locked_versions(LOCK)
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
OLDEST = bootstrap.dotted(bootstrap.OLDEST)


@pytest.mark.parametrize("requirement", RUNTIME + LOCKED_EXTRAS, ids=lambda each: each.name)
def test_the_lock_satisfies_pyproject(requirement: Requirement) -> None:
    assert Version(VERSIONS[requirement.name]) in requirement.specifier


def test_everything_in_the_lock_has_hashes() -> None:
    entries = LOCK.split("\n    # via")[:-1]
    assert len(entries) == len(VERSIONS)
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_lock_names_no_registry() -> None:
    assert "://" not in LOCK
    assert "index-url" not in LOCK


def test_conda_gets_the_dependencies_of_pyproject_at_the_versions_of_the_lock() -> None:
    pinned = {each.name: each for each in map(Requirement, CONDA[-1]["pip"])}
    assert set(pinned) == {each.name for each in RUNTIME}
    for each in RUNTIME:
        assert str(pinned[each.name].specifier) == f"=={VERSIONS[each.name]}"
        assert pinned[each.name].marker == each.marker


def test_the_oldest_python_is_the_same_everywhere() -> None:
    assert PROJECT["requires-python"] == f">={OLDEST}"
    assert f"python={OLDEST}" in CONDA
    assert f"--python-version {OLDEST} " in lock.COMPILE


def test_repin_changes_versions_only() -> None:
    text = "dependencies:\n  - pip:\n      - torch==1.0; sys_platform == 'linux'\n  - pango\n"
    assert lock.repin(text, {"torch": "2.0"}) == text.replace("1.0", "2.0")


def test_repin_names_what_the_lock_lacks() -> None:
    with pytest.raises(KeyError, match="torch"):
        lock.repin("  - torch==1.0\n", {"numpy": "2.0"})


def test_a_lock_with_two_versions_of_a_package_is_refused() -> None:
    with pytest.raises(ValueError, match="numpy"):
        lock.locked_versions("numpy==2.0 ; python_version < '3.12' \\\nnumpy==2.1 \\\n")
