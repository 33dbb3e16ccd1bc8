"""The index and its append-only batches: what stays where it is, whatever else changes."""

import io
import json
import os
import shutil
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inputgrad.errors import PhotographError, StoreError
from inputgrad.photographs import Listing, Photograph, Refused, Source
from inputgrad.photographs.batches import Batch, BatchImage, batch_key, cover, fitting_size
from inputgrad.photographs.building import build_index
from inputgrad.photographs.file_hashes import FileHashes
from inputgrad.photographs.files import image_id
from inputgrad.photographs.index import (
    Index,
    listing_digest,
    load_batch,
    load_index,
    write_index,
)
from inputgrad.photographs.reading import Identity, identify, read_photograph


def photograph(path: Path, colour: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4), (colour % 256, colour // 256, 9)).save(path, "PNG")
    return path


class Project:
    """A folder of photographs, the store beside it, and the index built from both."""

    def __init__(self, root: Path) -> None:
        self.photos, self.store = root / "photos", root / "images" / "batches"
        self.cache = root / "cache.json"
        self.labels: dict[Path, int] = {}

    def add(self, *numbers: int) -> None:
        for number in numbers:
            path = photograph(self.photos / f"{number}.png", number)
            self.labels[path] = number % 7

    def build(self, n: int | None = None, *, batch_size: int = 4, seed: int = 0) -> Index:
        photographs = tuple(Photograph(path, label) for path, label in sorted(self.labels.items()))
        return build_index(
            [(Source("folder", self.photos), Listing(photographs))],
            n=n,
            seed=seed,
            batch_size=batch_size,
            store=self.store,
            file_cache=self.cache,
        )


def batch_of(index: Index) -> dict[tuple[str, int], str]:
    return {(image.image_id, image.label): image.batch for image in index.images}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.add(*range(10))
    return made


def test_batches_hold_the_sample(project: Project) -> None:
    index = project.build()
    assert len(index.images) == 10
    assert len(index.batches) == 3
    for key in index.batches:
        batch = load_batch(project.store / f"{key}.json")
        assert 3 <= len(batch.images) <= 4
        assert batch.batch == key
        assert list(batch.images) == sorted(batch.images)
        for image in batch.images:
            assert image_id(image.path.read_bytes()) == image.image_id
            assert batch_of(index)[image.image_id, image.label] == key


def test_index_file_gives_the_index_back_and_names_no_place(
    project: Project, tmp_path: Path
) -> None:
    index = project.build(7)
    path = tmp_path / "images" / "index.json"
    write_index(index, path)
    assert load_index(path) == index
    assert str(tmp_path) not in path.read_text()
    assert list(json.loads(path.read_text())) == [
        "schema_version", "seed", "n", "images", "batches", "refused", "batch_size",
    ]  # fmt: skip
    first = path.read_bytes()
    shutil.rmtree(project.store)
    project.cache.unlink()
    write_index(project.build(7), path)
    assert path.read_bytes() == first


def test_added_photographs_form_new_batches_and_move_none(project: Project) -> None:
    before = project.build()
    project.add(*range(10, 15))
    after = project.build()
    assert batch_of(before).items() <= batch_of(after).items()
    assert set(before.batches) <= set(after.batches)
    assert len(after.batches) == len(before.batches) + 2


def test_lowering_and_raising_n_makes_no_new_batch(project: Project) -> None:
    whole = project.build()
    few = project.build(3)
    assert len(few.images) == 3
    assert batch_of(few).items() <= batch_of(whole).items()
    assert project.build() == whole
    assert len(list(project.store.iterdir())) == len(whole.batches)


def test_a_small_sample_is_the_beginning_of_the_batches(project: Project) -> None:
    project.build()
    assert len(project.build(3).batches) == 1


def test_removed_photographs_leave_the_index_and_stay_in_the_store(project: Project) -> None:
    before = project.build()
    gone = project.photos / "3.png"
    del project.labels[gone]
    gone.unlink()
    after = project.build()
    assert len(after.images) == 9
    assert batch_of(after).items() <= batch_of(before).items()
    assert {path.stem for path in project.store.iterdir()} == set(before.batches)


def test_changed_label_is_a_new_photograph(project: Project) -> None:
    before = project.build()
    project.labels[project.photos / "3.png"] = 500
    after = project.build()
    new = set(after.batches) - set(before.batches)
    assert len(new) == 1
    assert [i.label for i in load_batch(project.store / f"{new.pop()}.json").images] == [500]
    project.labels[project.photos / "3.png"] = 3
    assert project.build() == before


def test_moved_photographs_keep_their_batch_under_the_new_path(project: Project) -> None:
    before = project.build()
    elsewhere = project.photos.with_name("elsewhere")
    project.photos.rename(elsewhere)
    project.labels = {elsewhere / path.name: label for path, label in project.labels.items()}
    after = project.build()
    assert after == before
    for key in after.batches:
        assert all(i.path.is_file() for i in load_batch(project.store / f"{key}.json").images)


def test_unchanged_batches_are_not_rewritten(project: Project) -> None:
    index = project.build()
    files = [project.store / f"{key}.json" for key in index.batches]
    before = [file.stat() for file in files]
    project.build()
    assert [(s.st_ino, s.st_mtime_ns) for s in before] == [
        (s.st_ino, s.st_mtime_ns) for s in (file.stat() for file in files)
    ]


def test_what_is_refused_is_named_without_its_folder(project: Project) -> None:
    empty = project.photos / "empty\n.png"
    text = project.photos / "text.jpg"
    loop = project.photos / "loop.jpg"
    pipe = project.photos / "pipe.jpg"
    empty.touch()
    text.write_text("no image")
    loop.symlink_to(loop)
    os.mkfifo(pipe)
    project.labels |= dict.fromkeys([empty, text, loop, pipe, project.photos / "gone.jpg"], 1)
    refused = {refused.file: refused.reason for refused in project.build().refused}
    assert refused == {
        "empty\\n.png": "is empty (0 bytes)",
        "text.jpg": "does not begin like a JPEG, PNG, WebP, GIF, BMP or TIFF image",
        "loop.jpg": "cannot be read: Too many levels of symbolic links",
        "pipe.jpg": "is not a regular file",
        "gone.jpg": "cannot be read: No such file or directory",
    }


def test_undecodable_name_goes_through_index_and_batch(project: Project, tmp_path: Path) -> None:
    path = photograph(project.photos / os.fsdecode(b"latin\xe9.png"), 99)
    project.labels = {path: 1}
    index = project.build()
    assert [image.file for image in index.images] == ["latin\\udce9.png"]
    write_index(index, tmp_path / "index.json")
    assert load_index(tmp_path / "index.json") == index
    assert load_batch(project.store / f"{index.batches[0]}.json").images[0].path == path


def test_contradictory_copies_are_refused(project: Project) -> None:
    copy = project.photos / "copy.png"
    shutil.copy(project.photos / "2.png", copy)
    project.labels[copy] = 900
    index = project.build()
    assert len(index.images) == 9
    assert [refused.file for refused in index.refused] == ["2.png", "copy.png"]
    project.labels[copy] = 2
    index = project.build()
    assert len(index.images) == 10
    assert [(r.file, r.reason) for r in index.refused] == [
        ("copy.png", "is the same photograph as '2.png'")
    ]


def test_empty_sample_says_why(tmp_path: Path) -> None:
    project = Project(tmp_path)
    with pytest.raises(PhotographError, match=r"0 were refused \(there were none\)"):
        project.build()
    refused = Listing((), (Refused(tmp_path / "a.jpg", "has no label in 'labels.csv'"),))
    with pytest.raises(PhotographError, match=r"1 x has no label in 'labels\.csv'\); check"):
        build_index(
            [(Source("folder", tmp_path), refused)],
            n=5,
            seed=0,
            batch_size=4,
            store=project.store,
            file_cache=project.cache,
        )


@pytest.mark.parametrize("damage", ["", "[]", "{}", '{"schema_version": 2, "images": []}'])
def test_damaged_files_are_named_with_the_remedy(
    project: Project, tmp_path: Path, damage: str
) -> None:
    index = project.build()
    batch = project.store / f"{index.batches[0]}.json"
    batch.write_text(damage)
    with pytest.raises(StoreError, match=rf"{batch.name}.*delete this file and run"):
        project.build()
    path = tmp_path / "index.json"
    path.write_text(damage)
    with pytest.raises(StoreError, match=r"index\.json.*delete it and run"):
        load_index(path)


def test_batch_whose_content_was_edited_is_refused(project: Project) -> None:
    file = project.store / f"{project.build().batches[0]}.json"
    content = json.loads(file.read_text())
    content["images"][0]["label"] += 1
    file.write_text(json.dumps(content))
    with pytest.raises(StoreError, match="expected version 1 and key"):
        load_batch(file)


def test_half_written_files_of_a_killed_run_are_ignored(project: Project) -> None:
    before = project.build()
    (project.store / ".0123abcd.part").write_text("{")
    assert project.build() == before


def test_batch_key_is_that_of_the_sorted_lines() -> None:
    # sha256 of "0000000000000001 5\n0000000000000002 3\n"
    pairs = [("0000000000000002", 3), ("0000000000000001", 5)]
    assert batch_key(pairs) == batch_key(reversed(pairs)) == "c021b56a26cb"


def made_batch(*numbers: int) -> Batch:
    images = tuple(BatchImage(f"{number:016x}", 1, Path("x")) for number in numbers)
    return Batch(batch_key((image.image_id, 1) for image in images), images)


def wanted(*numbers: int) -> list[tuple[str, int]]:
    return [(f"{number:016x}", 1) for number in numbers]


def test_cover_prefers_few_and_small_batches() -> None:
    large, small, other = made_batch(1, 2, 3, 9), made_batch(1, 2, 3), made_batch(3, 4)
    stored = {batch.batch: batch for batch in (large, small, other)}
    chosen = cover(wanted(1, 2, 3, 4, 5), stored)
    assert set(chosen.values()) == {small.batch, other.batch}
    assert chosen[f"{4:016x}"] == other.batch
    assert f"{5:016x}" not in chosen


@given(st.lists(st.sets(st.integers(0, 12), min_size=1), max_size=8), st.randoms())
@settings(max_examples=80, deadline=None)
def test_cover_places_all_it_can_whatever_the_order(groups: list[set[int]], random: Random) -> None:
    batches = [made_batch(*group) for group in groups]
    chosen = cover(wanted(*range(10)), {batch.batch: batch for batch in batches})
    random.shuffle(batches)
    assert cover(wanted(*range(10)), {batch.batch: batch for batch in batches}) == chosen
    there = {image.image_id for batch in batches for image in batch.images}
    assert set(chosen) == there & {key for key, _ in wanted(*range(10))}
    for key, batch in chosen.items():
        assert any(b.batch == batch and key in {i.image_id for i in b.images} for b in batches)


# the hash cache


def stored(path: Path) -> str:
    return image_id(path.read_bytes())


def found_in(paths: list[Path], cache: Path) -> list[str]:
    """Identities, remembered for the next time."""
    hashes = FileHashes(cache)
    found = hashes.identities(paths)
    hashes.save()
    assert all(isinstance(identity, Identity) for identity in found)
    return [identity.stored for identity in found if isinstance(identity, Identity)]


def test_unchanged_files_are_neither_read_nor_decoded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [photograph(tmp_path / f"{number}.png", number) for number in range(5)]
    cache = tmp_path / "cache.json"
    first = found_in(paths, cache)
    assert first == [*map(stored, paths)]
    hashes = FileHashes(cache)
    assert hashes.faults([*zip(paths, first, strict=True)]) == [None] * 5
    hashes.save()
    seen: list[Path] = []

    def identified(path: Path) -> Identity:
        seen.append(path)
        return Identity(stored(path), stored(path))

    def tried(path: Path, _expected: str) -> str | None:
        seen.append(path)
        return "is broken"

    monkeypatch.setattr("inputgrad.photographs.file_hashes.identify", identified)
    monkeypatch.setattr("inputgrad.photographs.file_hashes.fault_of", tried)
    assert found_in(paths, cache) == first
    assert FileHashes(cache).faults([*zip(paths, first, strict=True)]) == [None] * 5
    assert seen == []
    photograph(paths[2], 77)
    assert found_in(paths, cache)[2] == stored(paths[2]) != first[2]
    assert seen == [paths[2]]
    faults = FileHashes(cache).faults([(path, stored(path)) for path in paths])
    assert faults == [None, None, "is broken", None, None]
    assert seen == [paths[2], paths[2]]


def test_an_edit_that_keeps_size_and_mtime_is_noticed(project: Project) -> None:
    before, path = project.build(), project.photos / "3.png"
    source = Source("folder", project.photos)
    digest, data, kept = listing_digest([source]), bytearray(path.read_bytes()), path.stat()
    data[-20] ^= 1  # within the checksum of the pixels, so it cannot be decoded any more
    path.write_bytes(bytes(data))
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert path.stat().st_size == kept.st_size
    assert listing_digest([source]) != digest
    index = project.build()
    assert len(index.images) == len(before.images) - 1
    (refused,) = index.refused
    assert refused.file == "3.png"
    assert "cannot be decoded" in refused.reason


@pytest.mark.parametrize("damage", ["", "[]", '{"files": 3}', '{"files": {"a": [1]}}', "\0"])
def test_damaged_cache_costs_only_time(tmp_path: Path, damage: str) -> None:
    path = photograph(tmp_path / "a.png", 1)
    cache = tmp_path / "cache.json"
    cache.write_text(damage)
    assert found_in([path], cache) == [stored(path)]
    assert str(path) in cache.read_text()


# what was looked at


def cut(path: Path) -> Path:
    """A file that begins like a photograph and ends too early."""
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    Image.effect_noise((200, 200), 60).save(buffer, "JPEG", quality=90)
    path.write_bytes(buffer.getvalue()[: -len(buffer.getvalue()) // 2])
    return path


def test_what_cannot_be_decoded_gives_its_place_to_the_next(project: Project) -> None:
    whole = project.build()
    for number, name in enumerate(("a.jpg", "sub/a.jpg", "sub/b.jpg")):
        project.labels[cut(project.photos / name)] = number
    index = project.build()
    assert index.images == whole.images
    assert {r.file for r in index.refused} == {"a.jpg", "sub/a.jpg", "sub/b.jpg"}
    assert len(index.refused) == 3
    assert {r.source for r in index.refused} == {"folder"}
    assert all("truncated" in r.reason for r in index.refused)
    for n in range(1, 10):
        assert len(project.build(n).images) == n


def test_every_file_is_listed_though_names_and_reasons_repeat(project: Project) -> None:
    for number in range(3):
        for name in ("IMG_0001.jpg", "IMG_0002.jpg"):
            path = project.photos / str(number) / name
            path.parent.mkdir(exist_ok=True)
            path.touch()
            project.labels[path] = number
    refused = project.build().refused
    assert len(refused) == 6
    assert len({r.file for r in refused}) == 6


# --- upright, as people hold them


def turned(path: Path, *, orientation: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.linear_gradient("L").resize((40, 30)).save(path, exif=exif)
    return path


@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_turned_photograph_is_another_one(tmp_path: Path, ending: str, orientation: int) -> None:
    path = turned(tmp_path / f"a.{ending}", orientation=orientation)
    found = identify(path)
    assert found.stored == stored(path)
    assert (found.upright == found.stored) == (orientation == 1)
    as_stored = read_photograph(path, expected=found.stored)
    upright = read_photograph(path, expected=found.upright)
    assert as_stored.size == (40, 30)
    assert upright.size == ((30, 40) if orientation in {6, 8} else (40, 30))
    assert (upright.tobytes() == as_stored.tobytes()) == (orientation == 1)
    assert read_photograph(path).tobytes() == upright.tobytes()


def test_a_tiff_is_turned_whenever_it_is_read(tmp_path: Path) -> None:
    path = turned(tmp_path / "a.tif", orientation=6)
    found = identify(path)
    assert found.upright == found.stored
    assert read_photograph(path, expected=found.stored).size == (30, 40)
    assert read_photograph(path).size == (30, 40)


def test_folders_are_turned_and_the_validation_set_is_not(tmp_path: Path) -> None:
    path = turned(tmp_path / "photos" / "a.jpg", orientation=6)
    offers = [
        (Source(kind, path.parent), Listing((Photograph(path, 1),)))
        for kind in ("folder", "ilsvrc2012")
    ]
    images = [
        build_index(
            chosen,
            n=None,
            seed=0,
            batch_size=4,
            store=tmp_path / "store",
            file_cache=tmp_path / "c",
        ).images
        for chosen in (offers[:1], offers[1:], offers)
    ]
    assert [len(found) for found in images] == [1, 1, 2]
    assert {image.image_id for image in images[2]} == {
        identify(path).stored, identify(path).upright,
    }  # fmt: skip
    assert images[0][0].image_id == identify(path).upright


# the digest that decides whether add_images runs


def test_digest_follows_names_sizes_times_and_labels(tmp_path: Path) -> None:
    photos, labels = tmp_path / "photos", tmp_path / "labels.csv"
    photograph(photos / "tench" / "a.png", 1)
    labels.write_text("file,label\n")
    sources = [Source("folder", photos, labels)]
    seen = [listing_digest(sources)]
    assert listing_digest(sources) == seen[0]
    for change in (
        lambda: photograph(photos / "tench" / "b.png", 2),
        lambda: (photos / "tench" / "b.png").rename(photos / "tench" / "c.png"),
        lambda: os.utime(photos / "tench" / "c.png", ns=(1, 1)),
        lambda: labels.write_text("file,label\na.png,1\n"),
        lambda: (photos / "tench").rename(photos / "goldfish"),
        lambda: (photos / "goldfish" / "a.png").unlink(),
    ):
        change()
        seen.append(listing_digest(sources))
    assert len(set(seen)) == len(seen)


def test_digest_ends_where_links_go_in_circles(tmp_path: Path) -> None:
    photograph(tmp_path / "tench" / "a.png", 1)
    (tmp_path / "tench" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")
    before = listing_digest([Source("folder", tmp_path)])
    photograph(tmp_path / "tench" / "b.png", 1)
    assert listing_digest([Source("folder", tmp_path)]) != before


def test_digest_of_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PhotographError, match="does not exist"):
        listing_digest([Source("folder", tmp_path / "nowhere")])


def test_reading_knows_whether_it_is_what_was_indexed(tmp_path: Path) -> None:
    assert image_id(b"abc") == "ba7816bf8f01cfea"  # SHA-256 of "abc", FIPS 180-2
    file = photograph(tmp_path / "a.png", 1)
    expected = stored(file)
    assert read_photograph(file, expected=expected).size == (4, 4)
    photograph(file, 2)
    with pytest.raises(StoreError, match=r"'a\.png' has changed since it was indexed"):
        read_photograph(file, expected=expected)
    file.unlink()
    with pytest.raises(StoreError, match=r"'a\.png' was indexed but cannot be read"):
        read_photograph(file, expected=expected)
    with pytest.raises(PhotographError, match="No such file"):
        read_photograph(file)


@pytest.mark.parametrize(
    ("photographs", "size"),
    [(1, 10), (2000, 10), (2001, 256), (25_600, 256), (50_000, 512), (10**6, 1024)],
)
def test_batches_grow_with_a_sample_beyond_2000(photographs: int, size: int) -> None:
    assert fitting_size(photographs) == size
