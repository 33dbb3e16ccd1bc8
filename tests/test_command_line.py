"""`python -m inputgrad`: what each command says and does, on a store that pretends to be full."""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from inputgrad import registry
from inputgrad.__main__ import COMMANDS, main
from inputgrad.cells.timings import write_timings
from inputgrad.errors import ModelError
from inputgrad.jobs import listing
from inputgrad.jobs.known import remember
from pretended import BASE, configuration, photographs, planned, pretend, store

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four photographs, of which everything is stored."""
    monkeypatch.chdir(tmp_path)
    photographs(range(4))
    pretend(planned(BASE))
    return tmp_path


def command(name: str, *options: str, content: dict[str, Any] = BASE) -> int:
    Path("config.yaml").write_text(yaml.safe_dump(content))
    return main([name, "--config", "config.yaml", *options])


def test_every_command_says_what_it_is_for(capsys: Output) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert all(module.HELP in text for module in COMMANDS.values())


def test_a_mistake_is_one_line_and_status_1(capsys: Output) -> None:
    assert command("status", content=configuration(images__exemplrs=1)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("inputgrad status: images.exemplrs: unknown key 'exemplrs'; did you mean")
    assert err.count("\n") == 1
    assert main(["prune", "--config", "nowhere.yaml"]) == 1
    assert command("status", "--directory", "nowhere") == 1
    assert "nowhere: No such file or directory" in capsys.readouterr().err


CELLS = sum(
    runs * (1 + len(registry.DEFAULT_MEASURES[table]))
    for table, runs in (("predictions", 1), ("saliency", 1), ("adversarial", 2))
)
CELLS += 2  # what other models see in the adversarial images of either run
BESIDE = len(BASE["class_visualization"]["classes"])  # pictures of the first run, beside a batch
WITH_MEASURES = 2 + len(registry.DEFAULT_MEASURES["adversarial"])  # and what judges see
ATTACKS = "; ".join(
    ["ascent, fine", *(f"{m} of ascent, fine" for m in registry.DEFAULT_MEASURES["adversarial"])]
)


# -- status


def status(capsys: Output, **changes: Any) -> str:
    assert command("status", "--cores", "2", content=configuration(**changes)) == 0
    return capsys.readouterr().out


def test_status_of_nothing_to_do(capsys: Output) -> None:
    assert "Nothing to compute: every cell is stored." in status(capsys)


def test_status_looks_at_the_sources_and_writes_nothing(folder: Path, capsys: Output) -> None:
    before = sorted(str(path) for path in folder.rglob("*"))
    index = (folder / "results/images/index.json").read_bytes()
    photographs(range(6))
    text = status(capsys)
    assert "6 photographs, models: lite0" in text
    assert "  lite0 sees: size 224, resize 256, interpolation bicubic, mean 0.498039" in text
    # pictures beside both batches, since the class's first photograph is another one now
    assert f"To compute: {CELLS + 2 * BESIDE} cells in 5 jobs" in text
    assert "  transfer, lite0: ascent, fine\n" in text
    assert f"adversarial, lite0: {ATTACKS}\n" in text
    assert "    2 photographs: new in the sample (4.png, 5.png)" in text
    assert (folder / "results/images/index.json").read_bytes() == index
    after = {str(path) for path in folder.rglob("*")} - {str(folder / "config.yaml")}
    added = {str(folder / "photographs" / name) for name in ("4.png", "5.png")}
    assert after - set(before) == added


def test_status_says_what_has_changed(capsys: Output) -> None:
    text = status(capsys, adversarial__runs__fine__eta=0.2)
    assert "adversarial, lite0: fine\n    4 photographs: eta 0.1 -> 0.2" in text
    assert "adversarial, lite0: png of fine; distances of fine; control of fine\n" in text
    assert "what it measures has changed" in text
    assert "ascent" not in text
    new_run = {"method": "gradient_ascent"}
    assert "the run is new" in status(capsys, adversarial__runs__new=new_run)
    lite1 = {"source": "package", "architecture": "efficientnet_lite1"}
    text = status(capsys, models__lite1=lite1)
    assert re.search(r"saliency, lite1: gradient; \w+ of gradient", text)
    assert "    4 photographs: the model is new" in text
    assert "predictions, lite0" not in text
    text = status(capsys, models={"lite0": lite1 | {"slots": 2}})
    assert re.search(r"class_visualization, lite0: ascent.*; \w+ of ascent", text)
    assert "    2 classes: the model has changed" in text


def test_status_names_a_few_of_many_runs(capsys: Output) -> None:
    runs = {f"run{i}": {"method": "gradient_ascent", "eta": 1.0 + i} for i in range(9)}
    text = status(capsys, **{f"adversarial__runs__{name}": run for name, run in runs.items()})
    few = "run0, run1, run2, run3, run4, run5 and 3 more"
    assert f"adversarial, lite0: {few}\n    4 photographs: the run is new" in text
    assert f"adversarial, lite0: png of {few}; distances of {few}" in text


def test_status_before_anything_is_stored(capsys: Output) -> None:
    text = status(capsys, results="others")
    assert "4 photographs: nothing like it is stored" in text
    assert "no times of earlier cells yet" in text
    assert "pictures for the figures: of photographs that are chosen once" in text
    assert not Path("others").exists()


def test_status_says_how_long_by_past_rates(capsys: Output) -> None:
    cells = [cell for job in listing.jobs(planned(BASE)) for cell in job.cells]
    attacks = [cell for cell in cells if cell.table == "adversarial"]
    effort = [(cell, float(len(cell.items))) for cell in attacks]
    write_timings(store().timings, effort, seconds=8 * 60.0, device="cpu")  # a minute each
    new = {"method": "gradient_ascent", "eta": 3}
    text = status(capsys, adversarial__runs__new=new)
    # 2 batches of attacks, and what is seen in them, 4 photographs
    assert "in 4 jobs, about 2 min on 2 cores" in text
    lite1 = {"source": "package", "architecture": "efficientnet_lite1"}
    text = status(capsys, models__lite1=lite1)
    unknown = "class_visualization, likeness, predictions, recognition, saliency, transfer"
    assert f"not counting {unknown}" in text


# -- prune


NOTHING = "not needed: 0 cells and 0 outputs, 0.0 MB"


def prune(capsys: Output, *options: str, **changes: Any) -> str:
    assert command("prune", "--yes", *options, content=configuration(**changes)) == 0
    return capsys.readouterr().out


def test_prune_deletes_what_no_run_needs(capsys: Output) -> None:
    before = store().identities()
    assert prune(capsys).startswith(NOTHING)
    fewer = {"runs": {"ascent": BASE["adversarial"]["runs"]["ascent"]}}
    dry = prune(capsys, "--dry-run", adversarial=fewer)
    assert dry.startswith(f"not needed: {2 * WITH_MEASURES} cells and 0 outputs, ")
    assert f"  adversarial, lite0: fine ({2 * (WITH_MEASURES - 1)} cells)" in dry
    assert "  transfer, lite0: fine (2 cells)" in dry
    assert "deleted" not in dry
    assert store().identities() == before
    size = sum(map(store().size, before))
    assert f"deleted {2 * WITH_MEASURES} cells" in prune(capsys, adversarial=fewer)
    freed = size - sum(map(store().size, store().identities()))
    assert f" 0 outputs, {freed / 1e6:.1f} MB\n" in dry
    kept = {c.identity for j in listing.jobs(planned(BASE)) for c in j.cells if c.run != "fine"}
    assert store().identities() == kept


@pytest.mark.parametrize(("answer", "deleted"), [("y\n", True), ("n\n", False), ("", False)])
def test_prune_asks_at_a_terminal(
    answer: str, deleted: bool, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    before = store().identities()
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    fewer = configuration(class_visualization__runs={"ascent": {"method": "practical"}})
    assert command("prune", content=fewer) == 0
    assert "[y/N]" in capsys.readouterr().out
    assert (store().identities() < before) is deleted


def test_prune_deletes_nothing_where_nobody_can_be_asked(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = store().identities()
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    fewer = configuration(class_visualization__runs={"ascent": {"method": "practical"}})
    assert command("prune", content=fewer) == 1
    assert "`make prune YES=1` does it" in capsys.readouterr().err
    assert store().identities() == before


# -- prune, beside other configurations


def remembered(name: str, content: dict[str, Any], **overrides: Any) -> Path:
    """A configuration file that was run here, or is taken for such."""
    file = Path(name)
    file.write_text(yaml.safe_dump(content))
    return remember(Path("results"), [file], overrides, content).record


def test_prune_spares_what_another_configuration_needs(capsys: Output) -> None:
    other = remembered("other.yaml", BASE)
    fewer = {"runs": {"ascent": BASE["adversarial"]["runs"]["ascent"]}}
    text = prune(capsys, adversarial=fewer)
    assert f"other.yaml was run here: {len(store().identities())} cells stay for it" in text
    assert NOTHING in text
    assert other.exists()
    Path("other.yaml").unlink()
    text = prune(capsys, adversarial=fewer)
    assert "other.yaml was run here, but its file is gone: nothing is kept for it" in text
    assert f"deleted {2 * WITH_MEASURES} cells" in text


def test_prune_takes_its_own_configuration_as_it_is_now(capsys: Output) -> None:
    remembered("config.yaml", BASE)  # as it was run, before a run of attacks was taken out of it
    fewer = {"runs": {"ascent": BASE["adversarial"]["runs"]["ascent"]}}
    assert f"deleted {2 * WITH_MEASURES} cells" in prune(capsys, adversarial=fewer)


def test_prune_spares_what_the_command_line_had_changed(capsys: Output) -> None:
    remembered("config.yaml", BASE, title="Another")
    fewer = {"runs": {"ascent": BASE["adversarial"]["runs"]["ascent"]}}
    text = prune(capsys, adversarial=fewer)
    assert "config.yaml title=Another was run here" in text
    assert NOTHING in text


@pytest.mark.parametrize(
    "change", [{"seed": -1}, {"images__sources": [{"kind": "folder", "path": "nowhere"}]}]
)
def test_prune_deletes_nothing_where_needs_cannot_be_told(
    change: dict[str, Any], capsys: Output
) -> None:
    record = remembered("other.yaml", configuration(**change))
    before = store().identities()
    fewer = configuration(class_visualization__runs={"ascent": {"method": "practical"}})
    assert command("prune", "--yes", content=fewer) == 1
    err = capsys.readouterr().err
    assert f"remove {record} if its results may go" in err
    assert err.count("\n") == 1
    assert store().identities() == before
    record.unlink()
    assert command("prune", "--yes", content=fewer) == 0
    assert store().identities() < before


def test_prune_deletes_damaged_cells_as_well(capsys: Output) -> None:
    path = store().file("ab" * 32)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    assert "  damaged (1 cells)" in prune(capsys)
    assert not path.exists()


def test_prune_looks_at_the_configured_sample_and_not_at_the_last_one(capsys: Output) -> None:
    planned(configuration(images__n=1))  # as after a run with fewer photographs
    assert prune(capsys).startswith(NOTHING)
    planned(BASE)
    # the other batch, and the picture of a class whose first photograph was in it
    assert f"deleted {CELLS + BESIDE + 1} cells" in prune(capsys, images__n=1)


def test_prune_deletes_outputs_of_jobs_that_are_gone_or_lack_cells(capsys: Output) -> None:
    dag = planned(BASE)
    batch = dag.index().batches[0]
    (group,) = dag.groups
    good = [f"predict/lite0/{batch}.parquet", f"visualize_classes/lite0/{group}.npz"]
    good += [f"attack_images/lite0/{batch}.parquet", "statistics/predictions.parquet"]
    gone = ["predict/lite0/0123456789ab.parquet", f"predict/other/{batch}.parquet"]
    gone += ["collect_exemplars/other.npz"]
    for name in good + gone:
        path = dag.results / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("rows")
    assert "deleted 0 cells and 3 outputs" in prune(capsys)
    assert [name for name in good + gone if (dag.results / name).exists()] == good
    # with other settings the attack's output is not yet what the job will write
    text = prune(capsys, adversarial__runs__fine__eta=3)
    assert f"deleted {2 * WITH_MEASURES} cells and 1 outputs" in text
    assert not (dag.results / good[2]).exists()
    assert (dag.results / good[3]).exists()


def test_prune_keeps_the_pictures_of_the_exemplars(capsys: Output) -> None:
    dag = planned(BASE)
    shown = dag.index().images[0].image_id
    path = dag.results / "statistics/exemplars.json"
    path.parent.mkdir()
    chosen = {"saliency": {"gradient": [shown]}, "adversarial": {"ascent": [shown]}}
    path.write_text(json.dumps(chosen))
    pictures = [c for job in listing.exemplar_jobs(dag, chosen) for c in job.cells]
    assert pictures
    for cell in pictures:
        dag.store.put(cell, {}, {}, device="cpu")
    assert prune(capsys).startswith(NOTHING)
    path.write_text("{}")
    assert f"deleted {len(pictures)} cells" in prune(capsys)


def test_prune_clears_away_what_a_killed_job_left_behind(capsys: Output) -> None:
    folder = next(store().folder.iterdir())
    old, fresh = folder / ".old", folder / ".fresh"
    for path in (old, fresh):
        path.touch()
    os.utime(old, (1, 1))
    earlier = store().folder / ("ab" * 32)
    earlier.mkdir()
    prune(capsys)
    assert not old.exists() and not earlier.exists()
    assert fresh.exists()


# -- add, prefetch


def test_add_copies_and_says_what_the_config_lacks(folder: Path, capsys: Output) -> None:
    photographs([6, 7], folder=folder / "new")
    assert command("add", "--images", "new") == 0
    out = capsys.readouterr().out
    assert out.startswith("added 2, already there 0")
    assert "- { kind: folder, path: data/added }" in out
    assert len(list((folder / "data/added").glob("*.png"))) == 2
    sources = [*BASE["images"]["sources"], {"kind": "folder", "path": "./data/added"}]
    listed = configuration(images__sources=sources)
    assert command("add", "--images", "new", content=listed) == 0
    assert capsys.readouterr().out == "added 0, already there 2\n"
    assert command("status", content=listed) == 0
    assert "new in the sample (6.png, 7.png)" in capsys.readouterr().out


def test_add_refuses_by_name_and_keeps_the_rest(folder: Path, capsys: Output) -> None:
    photographs([6, 7], folder=folder / "new")
    (folder / "labels.csv").write_text("file,label\n6.png,crane\n7.png,daisy\n")
    assert command("add", "--images", "new", "--labels", "labels.csv") == 1
    out, err = capsys.readouterr()
    assert out.startswith("added 1")
    assert "refused 1" in err
    assert "6.png: " in err
    assert command("add", "--images", "nothing-here") == 1


def test_prefetch_downloads_what_torchvision_publishes(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inputgrad.models import torchvision_weights

    asked = []

    def prefetch(specification: Any) -> Path:
        asked.append(specification.name)
        return Path("weights.pth")

    monkeypatch.setattr(torchvision_weights, "prefetch", prefetch)
    squeezenet = {"source": "torchvision", "architecture": "squeezenet1_1"}
    assert command("prefetch", content=configuration(models__squeeze=squeezenet)) == 0
    assert asked == ["squeeze"]
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "squeeze: weights.pth"
    assert lines[0].startswith("lite0: nothing to download")

    def no_network(specification: Any) -> Path:
        raise ModelError(f"{specification.name} could not be downloaded")

    monkeypatch.setattr(torchvision_weights, "prefetch", no_network)
    assert command("prefetch", content=configuration(models__squeeze=squeezenet)) == 1


# -- verify, apart from the computing itself (tests/test_workflow.py)


def test_verify_of_nothing_and_of_a_nonsensical_share(capsys: Output) -> None:
    assert command("verify", content=configuration(results="others")) == 1
    assert "nothing of this configuration is stored" in capsys.readouterr().err
    assert command("verify", "--share", "0") == 1
    assert "--share is 0.0" in capsys.readouterr().err
