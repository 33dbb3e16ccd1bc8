"""The benchmark runs on a tiny setting and writes sane numbers. How large they are is no test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
import torch

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from inputgrad_bench import FIGURES, engine_efficiency, networks, photographs  # noqa: E402
from inputgrad_bench.bench import Bench  # noqa: E402
from inputgrad_bench.result import Figure, Skipped, Target, table  # noqa: E402
from inputgrad_bench.setting import Network, Photo, Setting, Task  # noqa: E402
from inputgrad_bench.sides import Measured, Side, environment  # noqa: E402

OPTIONS = {
    "attack_vs_foolbox": {"steps": 2},
    "saliency_vs_captum": {"batch": 2},
    "classvis_vs_notebook": {"steps": 2},
    "ascents": {"steps": 1},
    "engine_efficiency": {"batch": 2},
    "growth": {"points": [1, 2, 3, 4]},
}
SIDES = [(figure, side) for figure, name in FIGURES.items() for side in import_module(name).SIDES]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    path = networks.write_random_weights("squeezenet1_1", tmp_path_factory.mktemp("weights"))
    return Network("checkpoint", "squeezenet1_1", str(path), trained=False)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return photographs.collect(None, 25, tmp_path_factory.mktemp("photographs"))[0]


@pytest.fixture(autouse=True)
def _deterministic_algorithms_as_before() -> Iterator[None]:
    before = torch.are_deterministic_algorithms_enabled()
    yield
    torch.use_deterministic_algorithms(before)


@pytest.mark.parametrize("name", FIGURES.values())
def test_every_module_offers_what_the_command_asks_for(name: str) -> None:
    module: ModuleType = import_module(name)
    assert callable(module.measure)
    assert isinstance(module.REQUIRES, tuple)


@pytest.mark.parametrize(("figure", "side"), SIDES)
def test_every_side_does_its_work_and_counts_it(
    figure: str, side: str, network: Network, files: list[Path]
) -> None:
    for package in import_module(FIGURES[figure]).REQUIRES:
        pytest.importorskip(package)
    photos = tuple(Photo(str(file), 3) for file in files[:2])
    task = Task(figure, side, network, photos, "cpu", 2, OPTIONS.get(figure, {}))
    sent = Task.from_json(json.loads(json.dumps(task.to_json())))
    assert sent == task
    counts = import_module(FIGURES[figure]).SIDES[side].prepare(sent)()
    assert counts
    assert all(value > 0 for value in counts.values())


def test_packages_of_another_environment_are_for_the_other_sides_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    ours, theirs = (environment(ours=own)["PYTHONPATH"].split(os.pathsep) for own in (True, False))
    assert theirs == [*ours, "elsewhere"]
    assert "elsewhere" not in ours
    monkeypatch.delenv("PYTHONPATH")
    assert environment(ours=False)["PYTHONPATH"].split(os.pathsep) == ours


class HereCrew(AbstractContextManager["HereCrew"]):
    """A side's work in this process."""

    def __init__(self, task: Task, side: Side, setting: Setting) -> None:
        del setting
        self._work = side.prepare(task)

    def run(self) -> Measured:
        """One repetition, whose every row took a second."""
        counts = self._work()
        return Measured(1.0, [counts | {"seconds": counts["rows"]}])

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""


def test_engine_efficiency_passes_through_all_photographs_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inputgrad_bench.sides.Crew", HereCrew)
    monkeypatch.setitem(engine_efficiency.TURN, "cpu", 1)
    monkeypatch.setattr("inputgrad_bench.setting.UNTRAINED_BUDGET", 3)
    setting = Setting(photographs=2, repetitions=2, batches=(1, 2), slots=2)
    bench = Bench(
        setting, architecture="squeezenet1_1", checkpoint=None, images=None, work=tmp_path
    )
    (figure,) = engine_efficiency.measure(bench)
    assert list(figure.values) == [1.0, 1.0], "every side computed a row a second"
    assert all(turns >= 2 for turns in figure.details["turns"])
    assert set(figure.details["rows_per_second_by_batch"]["bare"]) == {1, 2}


def test_a_quick_run_writes_every_figure_with_its_machine(tmp_path: Path) -> None:
    output = tmp_path / "benchmark.json"
    command = [sys.executable, str(BENCHMARKS / "run.py"), "--quick", "--output", str(output)]
    command += ["--only", "attack_vs_foolbox", "growth"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    report = json.loads(output.read_text())
    assert [f["key"] for f in report["figures"]] == [
        "attack_vs_foolbox", "rss_growth", "cost_growth",
    ]  # fmt: skip
    for figure in report["figures"]:
        assert 0 < figure["lowest"] <= figure["median"] <= figure["highest"]
        assert len(figure["repetitions"]) == 1
        assert figure["met"] is None, "so little work is held to no target"
    assert report["machine"]["cores"] >= 1
    assert report["versions"]["torch"] == torch.__version__.partition("+")[0]
    assert "| rss_growth" in run.stdout


def test_figures_are_summed_up_by_their_median() -> None:
    figure = Figure("speed", "net", [3.0, 1.0, 2.0], Target(1.5))
    assert figure.to_json() | {"details": None} == {
        "key": "speed",
        "network": "net",
        "repetitions": [3.0, 1.0, 2.0],
        "median": 2.0,
        "lowest": 1.0,
        "highest": 3.0,
        "spread": 1.0,
        "target": ">= 1.5",
        "met": True,
        "details": None,
    }
    assert Figure("growth", "net", [1.2], Target(1.1, at_least=False)).to_json()["met"] is False
    text = table([figure], [Skipped("other", "needs a GPU")])
    assert text.splitlines()[-1] == "not measured: other: needs a GPU"
    assert len({len(line) for line in text.splitlines()[:-1]}) == 1


def test_photographs_are_derived_without_two_alike(files: list[Path], tmp_path: Path) -> None:
    assert len({file.read_bytes() for file in files}) == len(files) == 25
    small = photographs.shrink(files[:3], 60, 64, tmp_path)
    assert len({file.read_bytes() for file in small}) == 60
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit, match=r"holds no \.jpg"):
        photographs.collect(tmp_path / "empty", 1, tmp_path)


def test_only_our_side_is_told_to_keep_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_MMAP_MAX_", "0")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    theirs, ours = environment(ours=False), environment(ours=True)
    assert "MALLOC_MMAP_MAX_" not in theirs and "OMP_NUM_THREADS" not in theirs
    assert ours["MALLOC_MMAP_MAX_"] == "0"


def test_the_sampler_books_the_time_of_a_program(tmp_path: Path) -> None:
    program = "import json; sum(i * i for i in range(3_000_000))"
    sampling = BENCHMARKS / "inputgrad_bench" / "sampling"
    settings = environment(ours=False) | {"INPUTGRAD_BENCH_SAMPLES": str(tmp_path)}
    settings["PYTHONPATH"] = f"{sampling}:{settings['PYTHONPATH']}"
    subprocess.run([sys.executable, "-c", program], env=settings, check=True)
    (file,) = tmp_path.iterdir()
    spent = json.loads(file.read_text())
    assert spent["rest of Python"] > 0.05
    assert set(spent) <= {"rest of Python", "importing", "start and end of processes"}
