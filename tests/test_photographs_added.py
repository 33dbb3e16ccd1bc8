"""`make add`: everything offered is copied, already there, or refused with a reason."""

from pathlib import Path

import pytest
from PIL import Image

from inputgrad.errors import PhotographError
from inputgrad.files import write_bytes
from inputgrad.photographs import Source, list_source
from inputgrad.photographs.added import AddReport, add_photographs


def photograph(path: Path, colour: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4), (colour, 0, 9)).save(path, "PNG")
    return path


def contents(into: Path) -> dict[str, int]:
    listing = list_source(Source("folder", into))
    assert listing.refused == ()
    return {found.path.name: found.label for found in listing.photographs}


def names(report: AddReport) -> tuple[list[str], list[str], list[str]]:
    return (
        [found.path.name for found in report.added],
        [path.name for path in report.duplicates],
        [refused.path.name for refused in report.refused],
    )


def test_new_photographs_are_copied_and_labelled(tmp_path: Path) -> None:
    photograph(tmp_path / "mine" / "tench" / "a.png", 1)
    photograph(tmp_path / "mine" / "bald eagle" / "b.png", 2)
    into = tmp_path / "data" / "added"
    report = add_photographs(tmp_path / "mine", None, into=into)
    assert names(report) == (["a.png", "b.png"], [], [])
    assert contents(into) == {"a.png": 0, "b.png": 22}
    assert (into / "labels.csv").read_text() == (
        "file,label,wnid,name\na.png,0,n01440764,tench\nb.png,22,n01614925,bald eagle\n"
    )


def test_adding_again_adds_nothing_and_says_so(tmp_path: Path) -> None:
    photograph(tmp_path / "mine" / "tench" / "a.png", 1)
    photograph(tmp_path / "mine" / "tench" / "copy.png", 1)
    into = tmp_path / "added"
    first = add_photographs(tmp_path / "mine", None, into=into)
    assert names(first) == (["a.png"], ["copy.png"], [])
    before = (into / "labels.csv").read_bytes()
    second = add_photographs(tmp_path / "mine", None, into=into)
    assert names(second) == ([], ["a.png", "copy.png"], [])
    assert (into / "labels.csv").read_bytes() == before


def test_same_name_with_other_bytes_gets_its_own(tmp_path: Path) -> None:
    photograph(tmp_path / "one" / "tench" / "a.png", 1)
    photograph(tmp_path / "two" / "goldfish" / "a.png", 2)
    into = tmp_path / "added"
    add_photographs(tmp_path / "one", None, into=into)
    add_photographs(tmp_path / "two", None, into=into)
    labels = contents(into)
    assert labels.pop("a.png") == 0
    assert list(labels.values()) == [1]


def test_everything_unusable_is_refused_by_name(tmp_path: Path) -> None:
    mine, into = tmp_path / "mine", tmp_path / "added"
    photograph(mine / "good.png", 1)
    photograph(mine / "unlabelled.png", 2)
    photograph(mine / "left.png", 3)
    photograph(mine / "right.png", 3)
    (mine / "empty.png").touch()
    rows = ["good.png,1", "left.png,2", "right.png,3", "empty.png,4", "gone.png,5"]
    labels = tmp_path / "l.csv"
    labels.write_text("\n".join(["file,label", *rows]))
    report = add_photographs(mine, labels, into=into)
    added, duplicates, refused = names(report)
    assert (added, duplicates) == (["good.png"], [])
    assert refused == ["empty.png", "gone.png", "left.png", "right.png", "unlabelled.png"]
    assert contents(into) == {"good.png": 1}


def test_other_label_for_what_is_there_is_refused(tmp_path: Path) -> None:
    photograph(tmp_path / "one" / "tench" / "a.png", 1)
    photograph(tmp_path / "two" / "goldfish" / "a.png", 1)
    add_photographs(tmp_path / "one", None, into=tmp_path / "added")
    report = add_photographs(tmp_path / "two", None, into=tmp_path / "added")
    assert [refused.reason for refused in report.refused] == [
        "exists already with the label 0, not 1: edit labels.csv"
    ]
    assert contents(tmp_path / "added") == {"a.png": 0}


def test_wrong_labels_as_a_whole_copy_nothing(tmp_path: Path) -> None:
    photograph(tmp_path / "mine" / "a.png", 1)
    with pytest.raises(PhotographError, match="have no labels"):
        add_photographs(tmp_path / "mine", None, into=tmp_path / "added")
    assert not (tmp_path / "added").exists()


def test_interrupted_adding_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photograph(tmp_path / "mine" / "tench" / "a.png", 1)
    photograph(tmp_path / "mine" / "tench" / "b.png", 2)
    into = tmp_path / "added"

    def full_disk(path: Path, data: bytes) -> None:
        if path.name == "b.png":
            raise OSError(28, "No space left on device")
        write_bytes(path, data)

    with monkeypatch.context() as patch:
        patch.setattr("inputgrad.photographs.added.write_bytes", full_disk)
        with pytest.raises(OSError, match="No space left"):
            add_photographs(tmp_path / "mine", None, into=into)
    report = add_photographs(tmp_path / "mine", None, into=into)
    assert names(report)[0] == ["a.png", "b.png"]
    assert contents(into) == {"a.png": 0, "b.png": 0}
    assert sorted(path.name for path in into.iterdir()) == ["a.png", "b.png", "labels.csv"]


@pytest.mark.parametrize("name", ["-rf; x.png", "new\nline.png", "(.).png", "猫" * 80 + ".png"])
def test_hostile_names_become_plain_ones(tmp_path: Path, name: str) -> None:
    photograph(tmp_path / "mine" / "tench" / name, 1)
    add_photographs(tmp_path / "mine", None, into=tmp_path / "added")
    (made,) = contents(tmp_path / "added")
    assert not made.startswith(("-", "."))
    assert made.isprintable()
    assert " " not in made


def test_columns_of_an_edited_label_file_are_kept(tmp_path: Path) -> None:
    into = tmp_path / "added"
    photograph(into / "old.png", 5)
    (into / "labels.csv").write_text("Label,note,File\n7,my own,old.png")
    photograph(tmp_path / "mine" / "tench" / "a.png", 1)
    add_photographs(tmp_path / "mine", None, into=into)
    assert (into / "labels.csv").read_text() == "Label,note,File\n7,my own,old.png\n0,,a.png\n"
    assert contents(into) == {"old.png": 7, "a.png": 0}
