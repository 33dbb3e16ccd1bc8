"""`make new`: what is tried, what is said, what is written, and that nothing is on a mistake."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from PIL import Image
from torchvision import models

from inputgrad.__main__ import main
from inputgrad.commands import new
from inputgrad.config.beginning import Beginning, render
from inputgrad.config.schema import load_config
from inputgrad.errors import ModelError, PhotographError
from inputgrad.jobs import listing
from inputgrad.photographs import bundled
from inputgrad.photographs.kinds import kind_of

Output = pytest.CaptureFixture[str]
LABELS = [985, 130, 3, 291, 985]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state_dict of SqueezeNet 1.1 with random weights."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "squeezenet1_1-mine.pth"
    torch.save(models.squeezenet1_1().state_dict(), path)
    return path


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with a folder of photographs, one of them unreadable."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "my photographs"
    folder.mkdir()
    rows = ["file,label"]
    for number, label in enumerate(LABELS):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 30, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
        rows.append(f"{number}.png,{label}")
    (folder / "torn.png").write_text("no image")
    (tmp_path / "list of labels.csv").write_text("\n".join([*rows, "torn.png,1"]) + "\n")
    return tmp_path


def run(*options: str | Path) -> int:
    return main(["new", "--config", "mine.yaml", *map(str, options)])


def photographs() -> tuple[str, ...]:
    return "--images", "my photographs", "--labels", "list of labels.csv"


# -- what is written


def test_a_file_of_weights_and_a_folder_are_enough(weights: Path, capsys: Output) -> None:
    assert run("--model", weights, "--architecture", "squeezenet1_1", *photographs()) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[0] == "photographs (folder): 6 with labels; the sample has 5, of 4 classes"
    assert lines[1:3] == ["1 file is not used:", f"  torn.png: {_reason()}"]
    assert lines[3].startswith("squeezenet1_1 (checkpoint): size 224, resize 256, ")
    assert "from torchvision's default for squeezenet1_1" in lines[3]
    assert "Named rightly: squeezenet1_1 0 of 5" in lines
    assert lines[-1] == "wrote mine.yaml; next: make report CONFIG=mine.yaml"
    config = load_config(Path("mine.yaml"))
    (source,) = config.images.sources
    assert (source.kind, source.path) == ("folder", Path("my photographs"))
    assert source.labels == Path("list of labels.csv")
    assert list(config.models) == ["squeezenet1_1"]
    assert config.models["squeezenet1_1"].path == weights
    assert config.results == Path("results/mine")
    with listing.relisted(config) as dag:
        labels = [image.label for image in dag.index().images]
        assert config.class_visualization.classes == list(dict.fromkeys(labels))
        jobs = list(listing.jobs(dag))
        assert {job.table for job in jobs} >= {"saliency", "adversarial", "class_visualization"}
    assert not Path("results").exists()


def _reason() -> str:
    return "does not begin like a JPEG, PNG, WebP, GIF, BMP or TIFF image"


def test_comments_say_what_the_network_sees_and_what_comes_next(weights: Path) -> None:
    assert run("--model", weights, "--architecture", "squeezenet1_1", *photographs()) == 0
    text = Path("mine.yaml").read_text(encoding="utf-8")
    assert text.startswith("# Written by `make new`. The next command: make report CONFIG=mine.y")
    assert "# What it sees: size 224, resize 256, interpolation bilinear, mean 0.485" in text
    assert "a second network, which the report compares with the first" in text
    assert max(map(len, text.splitlines())) <= 120


def test_one_of_several_entries_is_chosen(weights: Path, here: Path, capsys: Output) -> None:
    state = torch.load(weights, weights_only=True)
    torch.save({"state_dict": state, "state_dict_ema": state}, here / "two.pth")
    given = ("--model", "two.pth", "--architecture", "squeezenet1_1", *photographs())
    assert run(*given) == 1
    assert "state_dict_ema" in capsys.readouterr().err
    assert run(*given, "--entry", "state_dict_ema") == 0
    assert load_config(Path("mine.yaml")).models["squeezenet1_1"].entry == "state_dict_ema"


def test_nothing_given_is_the_default_run_on_a_small_scale(capsys: Output) -> None:
    assert run() == 0
    config = load_config(Path("mine.yaml"))
    assert config.models == load_config(new.DEFAULT).models
    assert [source.kind for source in config.images.sources] == ["bundled"]
    out = capsys.readouterr().out
    assert "photographs (bundled): 20 with labels; the sample has 20, of 19 classes" in out
    for name in config.models:
        assert f"\n{name} (package): size " in out
        assert re.search(rf"{name} 1\d of 20 \(published: \d\d%\)", out)
    assert "Warning" not in out


def test_labels_that_count_from_one_are_named(here: Path, capsys: Output) -> None:
    offered = bundled.list_photographs(path=None, labels=None).photographs[:6]
    (here / "counted").mkdir()
    rows = ["file,label"]
    for photograph in offered:
        shutil.copy(photograph.path, here / "counted")
        rows.append(f"{photograph.path.name},{photograph.label + 1}")
    (here / "counted" / "labels.csv").write_text("\n".join(rows))
    assert run("--architecture", "efficientnet_lite0", "--images", "counted") == 0
    assert (
        "Warning: 0 of 6 labels agree with efficientnet_lite0's predictions, but 6 of 6 equal "
        "label - 1: the labels seem to count from 1\n"
    ) in capsys.readouterr().out


@pytest.mark.parametrize(
    "path",
    ["a b", "~x: y", "{braces}, #hash", "é'\"\\", "- list", "yes", "1e3", "0130", "null", "[x]"],
)
def test_every_path_is_read_back(path: str) -> None:
    source = {"kind": "folder", "path": path, "labels": f"{path}.csv"}
    made = Beginning(
        config=Path(path),
        results=Path("results"),
        source=source,
        models={"net": {"source": "checkpoint", "architecture": "vgg16", "path": path}},
        sees={},
        labels=(7,),
    )
    content = yaml.safe_load(render(made))
    assert content["images"]["sources"] == [source]
    assert content["models"] == made.models


def test_places_are_relative_where_they_can_be(here: Path) -> None:
    assert new._place(here / "a" / "b") == "a/b"
    assert new._place(Path("a/b")) == "a/b"
    assert new._place(Path("../a")) == "../a"
    assert new._place(Path("/elsewhere/a")) == "/elsewhere/a"
    assert new._place(Path("~/a")) == str(Path.home() / "a")


# -- which source


@pytest.mark.parametrize(
    ("timm", "architecture", "source"),
    [
        ((), "squeezenet1_1", "checkpoint"),
        (("squeezenet1_1",), "squeezenet1_1", "checkpoint"),
        (("convnext.x",), "convnext.x", "timm"),
    ],
)
def test_torchvision_goes_before_timm(
    timm: tuple[str, ...], architecture: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(name: str) -> None:
        if name not in timm:
            raise ModelError(f"unknown timm architecture {name!r}")

    monkeypatch.setattr(new, "check_timm_name", check)
    entries = new._models(Path(__file__), architecture, None)
    assert [entry["source"] for entry in entries.values()] == [source]


def test_where_both_know_a_name_it_is_said(
    weights: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new, "_timm_knows", lambda _: True)
    assert run("--model", weights, "--architecture", "squeezenet1_1", *photographs()) == 0
    assert "timm has a squeezenet1_1, too; this is torchvision's" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("architecture", "source"), [("efficientnet_lite0", "package"), ("vgg16", "torchvision")]
)
def test_without_a_file_weights_are_the_published_ones(architecture: str, source: str) -> None:
    assert new._models(None, architecture, None) == {
        architecture: {"source": source, "architecture": architecture}
    }


def test_the_kind_of_a_source_is_told_by_names(here: Path) -> None:
    for name in ("flat/ILSVRC2012_val_00000001.JPEG", "sorted/n01440764/ILSVRC2012_val_3.JPEG"):
        (here / name).parent.mkdir(parents=True)
        (here / name).touch()
    (here / "course.npz").touch()
    assert kind_of(None) == "bundled"
    assert kind_of(here / "flat") == kind_of(here / "sorted") == "ilsvrc2012"
    assert kind_of(here / "my photographs") == "folder"
    assert kind_of(here / "course.npz") == "npz"
    with pytest.raises(PhotographError, match="does not exist"):
        kind_of(here / "nowhere")


# -- mistakes


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--model", "WEIGHTS"], "perhaps ARCHITECTURE=squeezenet1_1"),
        (["--model", "gone.pth", "--architecture", "vgg16"], "gone.pth is no file"),
        (["--model", "WEIGHTS", "--architecture", "squeezenet"], "did you mean 'squeezenet"),
        (["--model", "WEIGHTS", "--architecture", "vgg16"], "check the architecture"),
        (["--model", "list of labels.csv", "--architecture", "vgg16"], "list of labels.csv"),
        (["--architecture", "squeezenet9"], "did you mean 'squeezenet"),
        (["--images", "nowhere"], "'nowhere' does not exist"),
        (["--images", "my photographs"], "have no labels"),
        (["--images", "my photographs", "--labels", "none.csv"], "none.csv"),
        (["--labels", "list of labels.csv"], "give IMAGES="),
        (["--config", "nowhere/mine.yaml"], "the folder nowhere does not exist"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(
    options: list[str], words: str, weights: Path, here: Path, capsys: Output
) -> None:
    before = sorted(here.rglob("*"))
    assert run(*(str(weights) if option == "WEIGHTS" else option for option in options)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("inputgrad new: ") and err.count("\n") == 1
    assert words in err
    assert sorted(here.rglob("*")) == before


def test_no_file_is_overwritten(here: Path, capsys: Output) -> None:
    (here / "mine.yaml").write_text("my own")
    assert run() == 1
    assert "mine.yaml exists and stays as it is" in capsys.readouterr().err
    with pytest.raises(Exception, match="exists and stays"):
        new._write(here / "mine.yaml", new.DEFAULT.read_text(encoding="utf-8"))
    assert [path.name for path in here.glob("*mine*")] == ["mine.yaml"]
    assert (here / "mine.yaml").read_text() == "my own"


def test_photographs_are_looked_at_before_torch_is_imported(here: Path) -> None:
    program = (
        "import sys; from inputgrad.__main__ import main\n"
        "code = main(['new', '--config', 'mine.yaml', '--images', 'my photographs'])\n"
        "assert code == 1 and 'torch' not in sys.modules"
    )
    scripts = Path(new.__file__).resolve().parents[2]
    subprocess.run(
        [sys.executable, "-c", program], cwd=here, env={"PYTHONPATH": str(scripts)}, check=True
    )
