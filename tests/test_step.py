"""tools/step.py runs a step script on a job that Snakemake has found, under a debugger if asked."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from workflow_copies import CONFIG, ROOT, environment, put_photographs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One photograph and a configuration, nothing computed."""
    put_photographs(tmp_path, [0])
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    return tmp_path


def step(folder: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools/step.py"), *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment(), input=typed, capture_output=True, text=True
    )


def test_a_step_runs_and_the_next_one_stops_in_the_debugger(folder: Path) -> None:
    early = step(folder, "predict", "config.yaml", "model=lite0")
    assert early.returncode == 1
    assert "no job predict {'model': 'lite0'}; there are:\n  add_images {}" in early.stderr

    chosen = step(folder, "add_images", "config.yaml")
    assert chosen.returncode == 0, chosen.stderr
    assert (folder / "results/images/index.json").is_file()

    typed = "p snakemake.wildcards.model, snakemake.log\nq\n"
    stopped = step(folder, "predict", "config.yaml", "model=lite0", "--pdb", typed=typed)
    assert f"> {ROOT}/scripts/predict.py(1)<module>()" in stopped.stdout, stopped.stderr
    assert "('lite0', ['logs/predict/lite0/" in stopped.stdout
    assert not (folder / "results/cells").exists()
