"""Every layout of photographs and labels that a source reads, and what it says of the rest."""

import csv
import os
from pathlib import Path

import pytest
from PIL import Image

from inputgrad.errors import ConfigError, PhotographError
from inputgrad.photographs import SOURCES, Listing, Source, list_source, watched
from inputgrad.photographs.classes import imagenet_classes
from inputgrad.photographs.devkit import read_mapping

VAL = "ILSVRC2012_val_0000000{}.JPEG"
CLASSES = imagenet_classes()


def photograph(path: Path, colour: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = "PNG" if path.suffix.lower() == ".png" else "JPEG"
    Image.new("RGB", (8, 8), (colour, 100, 200)).save(path, kind)
    return path


def write_csv(path: Path, rows: list[tuple[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        csv.writer(file).writerows(rows)
    return path


def folder(path: Path, labels: Path | None = None) -> Listing:
    return list_source(Source("folder", path, labels))


def ilsvrc(path: Path, labels: Path | None = None) -> Listing:
    return list_source(Source("ilsvrc2012", path, labels))


def labelled(listing: Listing) -> dict[str, int]:
    return {found.path.name: found.label for found in listing.photographs}


def reasons(listing: Listing) -> dict[str, str]:
    return {refused.path.name: refused.reason for refused in listing.refused}


# bundled


def test_bundled_has_the_twenty_photographs_of_foolbox() -> None:
    listing = list_source(Source("bundled"))
    assert len(listing.photographs) == 20
    assert labelled(listing)["imagenet_17_22.jpg"] == CLASSES.resolve("bald eagle")
    assert all(found.path.is_file() for found in listing.photographs)


def test_bundled_takes_no_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="neither `path:` nor `labels:`"):
        list_source(Source("bundled", tmp_path))


def test_bundled_without_foolbox_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(PhotographError, match="package foolbox"):
        list_source(Source("bundled"))


def test_unknown_kind_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'folder'"):
        list_source(Source("foldr", tmp_path))


# folder


def test_labels_csv_takes_index_wnid_and_name(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.JPEG", "sub/c.PnG"):
        photograph(tmp_path / name)
    rows = [("label", "note", "file"), ("22", "x", "a.jpg"), ("n01440764", "y", "./b.JPEG")]
    write_csv(tmp_path / "labels.csv", [*rows, ("Bald_Eagle", "z", "sub//c.PnG")])
    listing = folder(tmp_path)
    assert labelled(listing) == {"a.jpg": 22, "b.JPEG": 0, "c.PnG": 22}
    assert listing.refused == ()


def test_labels_csv_may_lie_elsewhere_and_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    photograph(tmp_path / "photos" / "a.jpg")
    labels = tmp_path / "mine.csv"
    labels.write_text("\ufefffile,label\r\na.jpg,5\r\n", encoding="utf-8", newline="")
    assert labelled(folder(tmp_path / "photos", labels)) == {"a.jpg": 5}
    assert watched(Source("folder", tmp_path / "photos", labels))[1] == labels


def test_each_fault_of_a_labels_csv_is_one_line(tmp_path: Path) -> None:
    for name in ("good.jpg", "unlabelled.jpg", "crane.jpg", "typo.jpg", "twice.jpg", "new.heic"):
        photograph(tmp_path / name)
    rows = [
        ("file", "label"),
        ("good.jpg", "1"),
        ("crane.jpg", "crane"),
        ("typo.jpg", "golden retriver"),
        ("twice.jpg", "1"),
        ("twice.jpg", "2"),
        ("missing.jpg", "3"),
        ("/etc/hostname", "4"),
        ("../outside.jpg", "4"),
    ]
    photograph(tmp_path.parent / "outside.jpg")
    write_csv(tmp_path / "labels.csv", rows)
    listing = folder(tmp_path)
    assert labelled(listing) == {"good.jpg": 1}
    said = reasons(listing)
    assert "134 (n02012849, crane bird) or 517" in said.pop("crane.jpg")
    assert "nearest: golden retriever" in said.pop("typo.jpg")
    assert "ending is none of" in said.pop("new.heic")
    assert said == {
        "unlabelled.jpg": "has no label in 'labels.csv'",
        "twice.jpg": "has two labels in 'labels.csv': 1 and 2",
        "missing.jpg": "is named in 'labels.csv' but is neither in the folder nor in its "
        "subfolders",
        "hostname": "is named in 'labels.csv' but is no file name inside the folder",
        "outside.jpg": "is named in 'labels.csv' but is no file name inside the folder",
    }
    assert not any(
        "\n" in reason or str(tmp_path) in reason for reason in reasons(listing).values()
    )


def test_label_column_that_is_none_stops_at_once(tmp_path: Path) -> None:
    photograph(tmp_path / "a.jpg")
    rows = [(f"{i}.jpg", f"label {i}") for i in range(5000)]
    write_csv(tmp_path / "labels.csv", [("file", "label"), *rows])
    with pytest.raises(PhotographError, match="more than 20 different labels that mean no class"):
        folder(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name,size\na.jpg,1\n", "begins with 'name,size'; expected the columns file,label"),
        ("file,label,label\na.jpg,1,2\n", "has the column 'label' twice"),
        ("image,path,label\na.jpg,b.jpg,2\n", "has 'path' and 'image', which may both name"),
        ("", "is empty"),
        ('file,label\n"a.jpg,1\n', "no valid CSV"),
    ],
)
def test_label_file_of_another_form_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    photograph(tmp_path / "a.jpg")
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(PhotographError, match=expected):
        folder(tmp_path)


def test_class_folders_by_wnid_name_and_index(tmp_path: Path) -> None:
    photograph(tmp_path / "n01440764" / "a.jpg")
    photograph(tmp_path / "bald_eagle" / "b.JPG")
    photograph(tmp_path / "999" / "c.png")
    photograph(tmp_path / "maillot" / "d.jpg")
    photograph(tmp_path / "bald_eagle" / "inner" / "e.jpg")
    photograph(tmp_path / "f.jpg")
    (tmp_path / "readme.txt").write_text("not a photograph, and no matter")
    listing = folder(tmp_path)
    assert labelled(listing) == {"a.jpg": 0, "b.JPG": 22, "c.png": 999}
    said = reasons(listing)
    assert "ambiguous" in said.pop("maillot")
    assert said == {
        "inner": "folders in class folders are not looked into",
        "f.jpg": "is outside the class folders, unlabelled",
    }


@pytest.mark.parametrize("kind", ["folder", "ilsvrc2012"])
def test_missing_and_empty_folders_say_what_to_do(tmp_path: Path, kind: str) -> None:
    with pytest.raises(PhotographError, match=f"source '{kind}' needs `path:`"):
        list_source(Source(kind))
    with pytest.raises(PhotographError, match="does not exist; correct `path:`"):
        list_source(Source(kind, tmp_path / "nowhere"))
    with pytest.raises(PhotographError, match="is not a folder"):
        list_source(Source(kind, photograph(tmp_path / "files" / "a.jpg")))
    (tmp_path / "empty").mkdir()
    with pytest.raises(PhotographError, match=r"holds no photographs; expected files ending in"):
        list_source(Source(kind, tmp_path / "empty"))
    photograph(tmp_path / "bare" / "a.jpg")
    with pytest.raises(PhotographError, match="labels"):
        list_source(Source(kind, tmp_path / "bare"))
    with pytest.raises(PhotographError, match="No such file or directory; correct `labels:`"):
        list_source(Source(kind, tmp_path / "bare", tmp_path / "no.csv"))


HOSTILE = [
    "with space.jpg",
    "-rf.jpg",
    "quote'\".jpg",
    "new\nline.jpg",
    "comma,.jpg",
    "Zürich 猫.jpg",
    "$(touch x);.jpg",
    os.fsdecode(b"latin\xe9.jpg"),
    "=1+1.jpg",
]


def test_hostile_names_are_names(tmp_path: Path) -> None:
    for number, name in enumerate(HOSTILE):
        photograph(tmp_path / name, colour=number)
    write_csv(tmp_path / "labels.csv", [("file", "label"), *((name, "7") for name in HOSTILE)])
    listing = folder(tmp_path)
    assert labelled(listing) == dict.fromkeys(HOSTILE, 7)
    assert listing.refused == ()


def test_hidden_files_and_links_in_circles_do_no_harm(tmp_path: Path) -> None:
    photograph(tmp_path / "tench" / "a.jpg")
    photograph(tmp_path / "tench" / "._a.jpg")
    photograph(tmp_path / ".cache" / "b.jpg")
    (tmp_path / "tench" / "loop").symlink_to(tmp_path)
    (tmp_path / "goldfish").symlink_to(tmp_path / "tench")
    (tmp_path / "tench" / "circle.jpg").symlink_to("circle.jpg")
    listing = folder(tmp_path)
    assert [(found.path.parent.name, found.label) for found in listing.photographs] == [
        ("goldfish", 1),
        ("goldfish", 1),
        ("tench", 0),
        ("tench", 0),
    ]
    assert set(reasons(listing)) == {"loop"}


def test_zero_byte_in_a_label_file_is_a_missing_file(tmp_path: Path) -> None:
    photograph(tmp_path / "a.jpg")
    write_csv(tmp_path / "labels.csv", [("file", "label"), ("a.jpg", "1"), ("b\0.jpg", "1")])
    listing = folder(tmp_path)
    assert labelled(listing) == {"a.jpg": 1}
    assert set(reasons(listing)) == {"b\0.jpg"}


# ilsvrc2012

# As in the devkit, the order of the IDs is not that of the wnids.
DEVKIT_ORDER = [*CLASSES.wnids[500:], *reversed(CLASSES.wnids[:500])]


def flat(tmp_path: Path, count: int = 3) -> Path:
    for number in range(1, count + 1):
        photograph(tmp_path / "val" / VAL.format(number), colour=number)
    return tmp_path / "val"


def devkit(tmp_path: Path, ids: list[int], *, mapping: str) -> Path:
    data = tmp_path / "ILSVRC2012_devkit_t12" / "data"
    data.mkdir(parents=True)
    truth = data / "ILSVRC2012_validation_ground_truth.txt"
    truth.write_text("".join(f"{i}\n" for i in ids))
    if mapping == "map_clsloc.txt":
        lines = (f"{wnid} {i} some_name\n" for i, wnid in enumerate(DEVKIT_ORDER, 1))
        (data / mapping).write_text("".join(lines))
    elif mapping == "meta.mat":
        write_meta(data / mapping)
    return truth


def write_meta(path: Path) -> None:
    """A meta.mat with the fields of the real one: 1000 classes, then groups of classes."""
    numpy, scipy_io = pytest.importorskip("numpy"), pytest.importorskip("scipy.io")
    fields = ["ILSVRC2012_ID", "WNID", "words", "gloss", "num_children", "children"]
    synsets = numpy.zeros((1002, 1), dtype=[(field, object) for field in fields])
    for i, wnid in enumerate([*DEVKIT_ORDER, "n00001740", "n00002137"]):
        children = 0 if i < 1000 else 2
        synsets[i, 0] = (i + 1, wnid, f"words {i}", "gloss", children, numpy.zeros(children))
    scipy_io.savemat(path, {"synsets": synsets})


@pytest.mark.parametrize("mapping", ["meta.mat", "map_clsloc.txt"])
def test_devkit_numbers_go_through_the_wnids(tmp_path: Path, mapping: str) -> None:
    truth = devkit(tmp_path, [1, 501, 1000], mapping=mapping)
    expected = {VAL.format(1): 500, VAL.format(2): 499, VAL.format(3): 0}
    assert labelled(ilsvrc(flat(tmp_path), truth)) == expected
    assert labelled(ilsvrc(tmp_path / "val", tmp_path / "ILSVRC2012_devkit_t12")) == expected
    assert truth.with_name(mapping) in watched(Source("ilsvrc2012", tmp_path / "val", truth))


def test_devkit_mapping_equals_torchvisions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imagenet = pytest.importorskip("torchvision.datasets.imagenet")
    truth = devkit(tmp_path, [7, 900], mapping="meta.mat")
    monkeypatch.setattr(imagenet, "_verify_archive", lambda *_: None)
    monkeypatch.setattr(
        imagenet,
        "extract_archive",
        lambda _archive, to: truth.parent.parent.rename(Path(to) / "ILSVRC2012_devkit_t12"),
    )
    mapping = read_mapping(truth.parent)
    imagenet.parse_devkit_archive(str(tmp_path))
    _, val_wnids = imagenet.load_meta_file(str(tmp_path))
    assert val_wnids == [mapping[7], mapping[900]]


def test_devkit_numbers_without_their_mapping_are_refused(tmp_path: Path) -> None:
    truth = devkit(tmp_path, [1, 2, 3], mapping="none")
    with pytest.raises(PhotographError, match="numbers the classes in its own order"):
        ilsvrc(flat(tmp_path), truth)
    (truth.parent / "map_clsloc.txt").write_text("n01440764 1 tench\n")
    with pytest.raises(PhotographError, match="does not give one wnid of the challenge to each"):
        ilsvrc(tmp_path / "val", truth)
    (truth.parent / "meta.mat").write_bytes(b"no mat file")
    with pytest.raises(PhotographError, match="not the devkit's table"):
        ilsvrc(tmp_path / "val", truth)


@pytest.mark.parametrize("number", [0, 1001])
def test_indices_are_not_taken_for_devkit_numbers(tmp_path: Path, number: int) -> None:
    truth = devkit(tmp_path, [1, number, 3], mapping="map_clsloc.txt")
    with pytest.raises(PhotographError, match=rf"line 2 of .* is '{number}'"):
        ilsvrc(flat(tmp_path), truth)


def test_ordered_list_of_wnids_needs_no_mapping(tmp_path: Path) -> None:
    labels = tmp_path / "synset_labels.txt"
    labels.write_text("n01443537\nn01440764\nn01440764\n")
    listing = ilsvrc(flat(tmp_path), labels)
    assert labelled(listing) == {VAL.format(1): 1, VAL.format(2): 0, VAL.format(3): 0}


@pytest.mark.parametrize(
    ("lines", "photographs"),
    [
        (["wnid", "n01440764", "n01443537", "n01484850"], [1, 2, 3]),
        (["label", "490", "361", "171"], [1, 2, 3]),
        (["n01440764", "n01443537", "n01484850"], [1, 3, 7]),
        (["n01440764", "n01443537"], [1, 2, 3]),
        (["n01440764"] * 4, [1, 2, 3]),
    ],
)
def test_an_ordered_list_of_other_photographs_is_refused(
    tmp_path: Path, lines: list[str], photographs: list[int]
) -> None:
    for number in photographs:
        photograph(tmp_path / VAL.format(number))
    (tmp_path / "val.txt").write_text("\n".join(lines) + "\n")
    with pytest.raises(PhotographError, match=r"lines without file names for 3 photographs"):
        ilsvrc(tmp_path)


def test_the_list_of_the_whole_set_fits_any_part_of_it(tmp_path: Path) -> None:
    for number in (3, 5):
        photograph(tmp_path / VAL.format(number))
    lines = [CLASSES.wnids[number % 1000] for number in range(1, 50_001)]
    (tmp_path / "val.txt").write_text("\n".join(lines))
    assert labelled(ilsvrc(tmp_path)) == {VAL.format(3): 3, VAL.format(5): 5}


def test_kaggles_solution_file(tmp_path: Path) -> None:
    folder_ = flat(tmp_path)
    rows = [
        ("ImageId", "PredictionString"),
        ("ILSVRC2012_val_00000002", "n01443537 85 1 499 272 n01443537 1 2 3 4 "),
        ("ILSVRC2012_val_00000001", "n01440764 1 2 3 4 "),
        ("ILSVRC2012_val_00000007", "n01440764 1 2 3 4 "),
        ("ILSVRC2012_val_00000008", "n01440764 1 2 3 4 "),
        ("ILSVRC2012_val_00000003", ""),
    ]
    listing = ilsvrc(folder_, write_csv(tmp_path / "LOC_val_solution.csv", rows))
    assert labelled(listing) == {VAL.format(1): 0, VAL.format(2): 1}
    said = reasons(listing)
    assert "no ImageNet class is called ''" in said.pop(VAL.format(3))
    assert said == {
        "LOC_val_solution.csv": "has labels of 2 photographs that are not in the folder, "
        "the first 'ILSVRC2012_val_00000007'"
    }


def test_plain_list_in_the_folder_itself(tmp_path: Path) -> None:
    folder_ = flat(tmp_path)
    (folder_ / "val.txt").write_text(
        f"{VAL.format(1)} 65\nval/{VAL.format(2)} n01443537\n{VAL.format(3)}\tbald_eagle\n"
    )
    listing = ilsvrc(folder_)
    assert labelled(listing) == {VAL.format(1): 65, VAL.format(2): 1, VAL.format(3): 22}
    assert listing.refused == ()


def test_wnid_folders_need_no_label_file(tmp_path: Path) -> None:
    photograph(tmp_path / "n01443537" / VAL.format(1))
    photograph(tmp_path / "n01440764" / VAL.format(2))
    (tmp_path / "val.txt").write_text(f"{VAL.format(1)} 9\n")
    assert labelled(ilsvrc(tmp_path)) == {VAL.format(1): 1, VAL.format(2): 0}


def test_wnid_at_the_end_of_the_name(tmp_path: Path) -> None:
    photograph(tmp_path / "ILSVRC2012_val_00000001_n01443537.JPEG")
    photograph(tmp_path / "ILSVRC2012_val_00000002.JPEG")
    listing = ilsvrc(tmp_path)
    assert list(labelled(listing).values()) == [1]
    assert set(reasons(listing)) == {"ILSVRC2012_val_00000002.JPEG"}


def test_every_source_keeps_the_signature() -> None:
    for kind in SOURCES:
        if kind != "bundled":
            with pytest.raises(PhotographError, match="needs `path:`"):
                watched(Source(kind))
