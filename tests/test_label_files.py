"""Label files as programs and people write them: read rightly, or refused in one line."""

from __future__ import annotations

import gzip
import random
import unicodedata
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from inputgrad.errors import PhotographError
from inputgrad.photographs import Listing, Source, list_source
from inputgrad.photographs.added import add_photographs

PIXEL = b"\xff\xd8\xff\xe0 begins like a photograph"


def put(folder: Path, *names: str) -> Path:
    """Files that listing takes for photographs; it looks at names only."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PIXEL)
    return folder


def listed(folder: Path, kind: str = "folder") -> Listing:
    return list_source(Source(kind, folder))


def labels_of(listing: Listing, folder: Path) -> dict[str, int]:
    return {p.path.relative_to(folder).as_posix(): p.label for p in listing.photographs}


# name -> (label file, in bytes or text; photographs; what is read)
READ: dict[str, tuple[str | bytes, tuple[str, ...], dict[str, int]]] = {
    "R's row names, without a column": ('"file","label"\n"1","a.jpg",0\n"2","b.jpg",1\n', (), {}),
    "quoted header, row names": ('"","file","label"\n"1","a.jpg",0\n"2","b.jpg",1\n', (), {}),
    "R's table": ('"file" "label"\n"1" "a.jpg" 0\n"2" "b.jpg" 1\n', (), {}),
    "bars": ("file|label\na.jpg|0\nb.jpg|1\n", (), {}),
    "single quotes": ("'file','label'\n'a.jpg','0'\n'b.jpg','1'\n", (), {}),
    "a header of words": ("file label\na.jpg 0\nb.jpg 1\n", (), {}),
    "the file called name": ("name,class\na.jpg,tench\nb.jpg,goldfish\n", (), {}),
    "everything quoted": ('"file","label"\n"a.jpg","0"\n"b.jpg","1"\n', (), {}),
    "byte order mark and CRLF": (b"\xef\xbb\xbffile,label\r\na.jpg,0\r\nb.jpg,1\r\n", (), {}),
    "old Mac line ends": ("file,label\ra.jpg,0\rb.jpg,1\r", (), {}),
    "semicolons": ("\ufefffile;label\na.jpg;0\nb.jpg;1\n", (), {}),
    "tabs": ("file\tlabel\na.jpg\t0\nb.jpg\t1\n", (), {}),
    "tabs and names of classes": ("file\tlabel\na.jpg\ttench\nb.jpg\tgoldfish\n", (), {}),
    "UTF-16, little end first": ("file,label\na.jpg,0\nb.jpg,1\n".encode("utf-16"), (), {}),
    "UTF-16, big end first": (
        b"\xfe\xff" + "file\tlabel\r\na.jpg\t0\r\nb.jpg\t1\r\n".encode("utf-16-be"), (), {},
    ),
    "blank rows": ("\n\nfile,label\n\na.jpg,0\n,\n,\nb.jpg,1\n,\n", (), {}),
    "blanks around fields": ("file , label\na.jpg , 0\n b.jpg, 1\n", (), {}),
    "other words": ("filename,class\na.jpg,0\nb.jpg,1\n", (), {}),
    "words of a data set": ("image_id;target;x\na.jpg;0;9\nb.jpg;1;9\n", (), {}),
    "capitals and underscores": ("File_Path,Class_Name\na.jpg,Tench\nb.jpg,GOLDFISH\n", (), {}),
    "names of synsets": ('file,label\na.jpg,"tench, Tinca tinca"\nb.jpg,goldfish\n', (), {}),
    "wnids with names": ("file,label\na.jpg,n01440764_tench\nb.jpg,n01443537 goldfish\n", (), {}),
    "numbers of a spreadsheet": ("file,label\na.jpg,0.0\nb.jpg,1.00\n", (), {}),
    "backslashes": (
        "file,label\nsub\\a.jpg,0\nb.jpg,1\n",
        ("sub/a.jpg", "b.jpg"),
        {"sub/a.jpg": 0},
    ),
    "folders of another machine": ("file,label\n/home/me/x/a.jpg,0\nC:\\me\\b.jpg,1\n", (), {}),
    "the folder's own name": ("file,label\nmine/a.jpg,0\nmine/b.jpg,1\n", (), {}),
    "other case": ("file,label\nA.JPG,0\nB.jpg,1\n", (), {}),
    "files in capitals": (
        "file,label\na.jpg,0\nb.jpg,1\n",
        ("a.JPG", "b.JPEG.jpg", "B.JPG"),
        {"a.JPG": 0, "B.JPG": 1},
    ),
    "no endings": ("file,label\na,0\nb,1\n", (), {}),
    "decomposed umlauts on disk": (
        "file,label\nBär.jpg,0\nb.jpg,1\n",
        (unicodedata.normalize("NFD", "Bär.jpg"), "b.jpg"),
        {unicodedata.normalize("NFD", "Bär.jpg"): 0},
    ),
    "a subset's list": ("./data/a.jpg, 0\n./data/b.jpg, 1\n", (), {}),
    "plain lines": ("a.jpg 0\nb.jpg\t1\n", (), {}),
    "a name with spaces on the first line": (
        "my photo.jpg 0\nb.jpg 1\n", ("my photo.jpg", "b.jpg"), {"my photo.jpg": 0},
    ),
    "Kaggle's list": (
        "ImageId,PredictionString\na,n01440764 1 2 3 4 \nb,n01443537 5 6 7 8 n01443537 5 6 7 8 \n",
        (), {},
    ),
    "Kaggle's list, classes alone": ("ImageId,Class\na,n01440764\nb,n01443537\n", (), {}),
    "agreeing columns": (
        "file,label,wnid,name\na.jpg,0,n01440764,tench\nb.jpg,1,n01443537,goldfish\n", (), {},
    ),
    "a column name that is no class": ("file,label,name\na.jpg,0,Anna\nb.jpg,1,crane\n", (), {}),
    "other endings": (
        "file,label\na.jfif,0\nb.JPE,1\n", ("a.jfif", "b.JPE"), {"a.jfif": 0, "b.JPE": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_what_is_read(tmp_path: Path, case: str) -> None:
    text, names, extra = READ[case]
    names = names or ("a.jpg", "b.jpg")
    folder = put(tmp_path / "mine", *names)
    data = text if isinstance(text, bytes) else text.encode()
    (folder / "labels.csv").write_bytes(data)
    listing = listed(folder)
    expected = {name: i for i, name in enumerate(("a.jpg", "b.jpg")) if name in names} | extra
    assert labels_of(listing, folder) == expected
    assert len(listing.photographs) == 2
    unnamed = {r.path.name for r in listing.refused}
    assert unnamed == {name for name in names if name not in expected}


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "gzip": (
        gzip.compress(b"file,label\na.jpg,0\n"),
        "the label file 'labels.csv' is compressed by gzip; unpack it",
    ),
    "old spreadsheet": (b"\xd0\xcf\x11\xe0 and so on", "is an old spreadsheet; save it as CSV"),
    "UTF-16 without mark": ("file,label\na.jpg,0\n".encode("utf-16-le"), "UTF-16 text without its"),
    "cut UTF-16": ("file,label\na.jpg,0\n".encode("utf-16")[:-1], "is damaged UTF-16 text"),
    "header alone": ("name,size\na.jpg,3\n", "begins with 'name,size'; expected the columns"),
    "one column": ("wnid\nn01440764\nn01443537\n", "begins with 'wnid'; expected"),
    "a list without names": ("n01440764\nn01443537\n", "begins with 'n01440764'; expected"),
    "a column twice": ("file,label,Label\na.jpg,0,5\n", "has the column 'label' twice"),
    "unclosed quotes": ('file,label\n"a.jpg,0\n', "is no valid CSV"),
    "blank": ("\n,\n , \n", "is empty"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_in_one_line(tmp_path: Path, case: str) -> None:
    text, message = REFUSED[case]
    folder = put(tmp_path / "mine", "a.jpg", "b.jpg")
    (folder / "labels.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(PhotographError) as caught:
        listed(folder)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "labels.csv" in str(caught.value)


def test_a_spreadsheet_is_called_one(tmp_path: Path) -> None:
    folder = put(tmp_path / "mine", "a.jpg")
    with zipfile.ZipFile(folder / "labels.csv", "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<x/>")
    with pytest.raises(PhotographError, match="is a spreadsheet or another zip archive; save it"):
        listed(folder)


@pytest.mark.parametrize(
    ("rows", "names", "refused"),
    [
        ("a.jpg,0,n01443537,goldfish", (), {"a.jpg": "(0, tench) and 'n01443537' (1, goldfish)"}),
        ("a.jpg,1440764,,", (), {"a.jpg": "is it the wnid n01440764, without its letter?"}),
        ("a.jpg,65.5,,", (), {"a.jpg": "no ImageNet class is called '65.5'"}),
        ("a.jpg,,,", (), {"a.jpg": "no ImageNet class is called ''"}),
        ("a.JPG,0,,", ("y/a.jpg", "z/a.jpg"), {"a.JPG": "may mean 'y/a.jpg' or 'z/a.jpg'"}),
        ("x/a.jpg,0,,", ("y/a.jpg",), {"x/a.jpg": "is neither in the folder nor in its"}),
        ("a.jpg,0,n00000001,", (), {"a.jpg": "no ImageNet class is called 'n00000001'"}),
        ("a.jpg,n01440764_goldfish,,", (), {"a.jpg": "means two classes: tench by its wnid"}),
        ("a.jpg,0,,,256", (), {"a.jpg": "has more fields than the header in its row of"}),
        ("a,0,,", ("a.jpg", "a.png"), {"a": "may mean 'a.jpg' or 'a.png'"}),
        ("a.png,0,,", (), {"a.png": "is neither in the folder nor in its subfolders"}),
    ],
)  # fmt: skip
def test_a_row_that_is_refused_says_why(
    tmp_path: Path, rows: str, names: tuple[str, ...], refused: dict[str, str]
) -> None:
    folder = put(tmp_path, *(names or ("a.jpg",)), "b.jpg")
    (folder / "labels.csv").write_text(f"file,label,wnid,name\n{rows}\nb.jpg,1,,\n")
    listing = listed(folder)
    assert labels_of(listing, folder) == {"b.jpg": 1}
    said = {r.path.relative_to(folder).as_posix(): r.reason for r in listing.refused}
    for name, reason in refused.items():
        assert reason in said[name]
        assert "\n" not in said[name]
    unnamed = set(names) - set(refused)
    assert said.keys() == refused.keys() | unnamed | ({"a.jpg"} if not names else set())


def test_a_name_as_it_is_goes_before_one_that_is_like_it(tmp_path: Path) -> None:
    folder = put(tmp_path, "a.jpg", "b.jpg")
    (folder / "labels.csv").write_text("file,label\ntrain/a.jpg,5\na.jpg,0\nb.jpg,1\n")
    listing = listed(folder)
    assert labels_of(listing, folder) == {"a.jpg": 0, "b.jpg": 1}
    (refused,) = listing.refused
    assert refused.path.relative_to(folder).as_posix() == "train/a.jpg"
    assert "'a.jpg', which it may mean, is named itself" in refused.reason


def test_boxes_of_two_classes_are_refused(tmp_path: Path) -> None:
    folder = put(tmp_path, "a.jpg", "b.jpg")
    (folder / "labels.csv").write_text(
        "ImageId,PredictionString\na,n01440764 1 2 3 4 n01443537 1 2 3 4 \nb,n01443537 1 2 3 4 \n"
    )
    listing = listed(folder)
    assert labels_of(listing, folder) == {"b.jpg": 1}
    assert "(0, tench) and 'n01443537' (1, goldfish)" in listing.refused[0].reason


def test_every_photograph_of_a_folder_without_a_class_is_listed(tmp_path: Path) -> None:
    folder = put(tmp_path, "n01440764/a.jpg", "nosuch/b.jpg", "nosuch/c.jpg", "n01440764/in/d.jpg")
    listing = listed(folder)
    assert labels_of(listing, folder) == {"n01440764/a.jpg": 0}
    assert {r.path.name for r in listing.refused} == {"b.jpg", "c.jpg", "d.jpg"}


def test_names_in_latin_1_are_told_from_missing_ones(tmp_path: Path) -> None:
    folder = put(tmp_path, "Bär.jpg", "b.jpg")
    (folder / "labels.csv").write_bytes("file,label\nBär.jpg,294\nb.jpg,1\n".encode("latin-1"))
    listing = listed(folder)
    assert labels_of(listing, folder) == {"b.jpg": 1}
    (refused,) = listing.refused
    assert refused.path == folder / "Bär.jpg"
    assert "is not UTF-8 text (in Latin-1 it would be 'Bär.jpg'): save the list" in refused.reason


def test_class_folders_beside_a_label_file_are_refused_by_name(tmp_path: Path) -> None:
    folder = put(tmp_path, "a.jpg", "n01443537/b.jpg", "n01484850/c.jpg")
    (folder / "labels.csv").write_text("file,label\na.jpg,0\n")
    listing = listed(folder)
    assert labels_of(listing, folder) == {"a.jpg": 0}
    assert {r.path.relative_to(folder).as_posix(): r.reason for r in listing.refused} == {
        "n01443537/b.jpg": "has no label in 'labels.csv'",
        "n01484850/c.jpg": "has no label in 'labels.csv'",
    }


def test_a_list_of_classes_beside_class_folders_is_no_label_file(tmp_path: Path) -> None:
    folder = put(tmp_path, "n01440764/a.jpg", "n01443537/b.jpg")
    (folder / "labels.csv").write_text("id,name\n0,tench\n1,goldfish\n")
    listing = listed(folder)
    assert labels_of(listing, folder) == {"n01440764/a.jpg": 0, "n01443537/b.jpg": 1}
    (refused,) = listing.refused
    assert refused.path.name == "labels.csv"
    assert "begins with 'id,name'" in refused.reason


def test_class_folders_with_names_after_the_wnid(tmp_path: Path) -> None:
    folder = put(tmp_path, "n01440764_tench/a.jpg", "n01443537_goldfish/b.jfif", "0100/c.JPE")
    assert labels_of(listed(folder), folder) == {
        "n01440764_tench/a.jpg": 0, "n01443537_goldfish/b.jfif": 1, "0100/c.JPE": 100,
    }  # fmt: skip


def test_the_validation_set_in_a_folder_within(tmp_path: Path) -> None:
    name = "ILSVRC2012_val_00000001"
    folder = put(tmp_path, f"val/{name}.JPEG")
    (folder / "LOC_val_solution.csv").write_text(
        f"ImageId,PredictionString\n{name},n01440764 1 2 3 4 \n"
    )
    assert labels_of(listed(folder, "ilsvrc2012"), folder) == {f"val/{name}.JPEG": 0}


# --- `make add` -------------------------------------------------------------------------------


def picture(path: Path, colour: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4), (colour, 0, 0)).save(path)


FORMS: dict[str, dict[str, bytes]] = {
    "class folders": {},
    "a plain list": {"labels.csv": b"old.png 3\n"},
    "a header of one's own": {"labels.csv": b"Image;note;wnid;Class\nold.png;x;n01491361;3\n"},
    "R's table": {"labels.csv": b'"file" "label"\n"1" "old.png" 3\n'},
    "bars and single quotes": {"labels.csv": b"'name'|'class'\n'old.png'|'tiger shark'\n"},
    "no header": {"labels.csv": b"old.png,tiger shark"},
    "UTF-16": {"labels.csv": "file,label\r\nold.png,3\r\n".encode("utf-16")},
}


@pytest.mark.parametrize("form", FORMS)
def test_adding_twice_keeps_every_photograph_and_label(tmp_path: Path, form: str) -> None:
    into = tmp_path / "added"
    picture(into / ("tiger shark" if form == "class folders" else ".") / "old.png", 1)
    for name, data in FORMS[form].items():
        (into / name).write_bytes(data)
    for turn, label in enumerate((5, 900), 2):
        offered = tmp_path / f"offer {turn}"
        picture(offered / "new.png", turn)
        (offered / "labels.csv").write_text(f"file,label\nnew.png,{label}\n")
        for again in (False, True):
            report = add_photographs(offered, None, into=into)
            assert report.refused == ()
            assert len(report.added) == (not again)
    listing = listed(into)
    assert listing.refused == ()
    assert sorted(p.label for p in listing.photographs) == [3, 5, 900]
    assert (into / "labels.csv").is_file() == (form != "class folders")


# --- mutations --------------------------------------------------------------------------------

NAMES = [f"photo {i}.jpg" for i in range(6)]
TRUTH = dict(zip(NAMES, (0, 1, 22, 130, 985, 999), strict=True))
WNIDS = ("n01440764", "n01443537", "n01614925", "n02007558", "n11939491", "n15075141")
TEXT = "file,label,wnid\n" + "".join(
    f"{name},{label},{wnid}\n" for (name, label), wnid in zip(TRUTH.items(), WNIDS, strict=True)
)


def mutated(number: int) -> tuple[bytes, set[str]]:
    """A change of one field that is read, or of the whole file; and the rows that it touches."""
    drawn = random.Random(number)
    rows = [line.split(",") for line in TEXT.splitlines()]
    row, column = drawn.randrange(1, len(rows)), drawn.randrange(3)
    field = rows[row][column]
    place = drawn.randrange(len(field))
    kind = drawn.randrange(8)
    if kind == 0:
        rows[row][column] = field[:place] + chr(drawn.randrange(33, 0x250)) + field[place + 1 :]
    elif kind == 1:
        rows[row][column] = field[:place] + field[place + 1 :]
    elif kind == 2:
        rows[row][column] = (
            field[:place] + drawn.choice(["", " ", "\u00a0", "\t", "'", "\0", "é"]) + field[place:]
        )
    elif kind == 3:
        rows[row][column] = drawn.choice(
            ["", "-1", "1000", "1e3", "NaN", "None", "crane", "0x10", "∞"]
        )
    elif kind == 4:
        other = drawn.choice([r for r in range(1, len(rows)) if r != row])
        rows[row][column] = rows[other][column]
        return text_of(rows), {rows[row][0], rows[other][0], NAMES[row - 1], NAMES[other - 1]}
    elif kind == 5:
        rows.insert(drawn.randrange(1, len(rows)), [*rows[row]])
    elif kind == 6:
        rows[row] = rows[row][: drawn.randrange(1, 3)]
    else:
        data = bytearray(text_of(rows))
        first = data.index(b"\n") + 1
        place = drawn.randrange(first, len(data))
        line = data[:place].count(b"\n")
        data[place] = drawn.randrange(256)
        return bytes(data), {NAMES[n - 1] for n in (line, line + 1) if 1 <= n <= len(NAMES)}
    return text_of(rows), {NAMES[row - 1]}


def text_of(rows: list[list[str]]) -> bytes:
    return ("\n".join(",".join(row) for row in rows) + "\n").encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("number", range(160))
def test_a_mutated_label_file_ends_in_true_labels_or_a_line(tmp_path: Path, number: int) -> None:
    data, touched = mutated(number)
    folder = put(tmp_path, *NAMES)
    (folder / "labels.csv").write_bytes(data)
    try:
        listing = listed(folder)
    except PhotographError as error:
        assert "\n" not in str(error)
        assert "labels.csv" in str(error)
        return
    found = labels_of(listing, folder)
    refused = {r.path.name for r in listing.refused}
    for name, label in TRUTH.items():
        if name not in touched:
            assert found.get(name) == label, data
        elif name in found:  # two of three fields agree, or the row was not changed after all
            assert found[name] == label, data
        else:
            assert name in refused, data
    assert all("\n" not in r.reason for r in listing.refused)
