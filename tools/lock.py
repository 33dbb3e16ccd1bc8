"""Make requirements.lock from pyproject.toml, and give environment.yml the same versions.

Usage: python tools/lock.py [--upgrade]

Idea: pyproject.toml has the ranges that should work, requirements.lock one version of everything
that does, for every platform and every Python from 3.11 on, with hashes and the test tools, and
environment.yml the same versions for conda. Without --upgrade, locked versions stay.
tests/test_environment.py checks that the three agree.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
ENVIRONMENT = ROOT / "environment.yml"
COMPILE = (
    "-m uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest "
    "--generate-hashes --extra test --extra cluster pyproject.toml --output-file requirements.lock"
)


def locked_versions(lock: str) -> dict[str, str]:
    """Return name → version of every package in a lock's text.

    Raises ValueError if a package has two versions: a number must not depend on the platform
    more than it has to, so the lock is made with uv's fork strategy `fewest`.
    """
    pins = re.findall(r"^([a-z0-9-]+)==([^ ]+)", lock, re.MULTILINE)
    versions = dict(pins)
    if len(versions) < len(pins):
        twice = sorted({name for name, version in pins if versions[name] != version})
        raise ValueError(f"two versions in the lock: {', '.join(twice)}")
    return versions


def repin(environment: str, versions: dict[str, str]) -> str:
    """Return environment.yml's text with each `name==version` at the given version.

    Raises KeyError with the name of a package that has no version.
    """
    return re.sub(
        r"^( +- ([a-z0-9-]+)==)[^ ;\n]+",
        lambda match: match[1] + versions[match[2]],
        environment,
        flags=re.MULTILINE,
    )


def main() -> None:
    """Write both files."""
    command = [sys.executable, *COMPILE.split(), "--custom-compile-command", "make lock"]
    subprocess.run([*command, *sys.argv[1:]], cwd=ROOT, check=True)
    versions = locked_versions(LOCK.read_text())
    ENVIRONMENT.write_text(repin(ENVIRONMENT.read_text(), versions))


if __name__ == "__main__":
    main()
