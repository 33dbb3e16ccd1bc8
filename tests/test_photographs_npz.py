"""The source `npz`: rows as photographs, their identity, and files that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inputgrad.errors import ConfigError, PhotographError, StoreError
from inputgrad.photographs import Source, list_source, npz, watched
from inputgrad.photographs.building import build_index
from inputgrad.photographs.reading import identify, read_photograph

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 8, 6, 3), dtype=np.uint8)


def saved(path: Path, **arrays: object) -> Path:
    """The course's file: pixels, labels, and a pickled table of names."""
    content: dict[str, object] = {"X": PIXELS, "y": np.array([958, 85, 244])}
    content["label_map"] = np.array({958: "hay"}, dtype=object)
    np.savez(path, **{k: v for k, v in (content | arrays).items() if v is not None})  # type: ignore[arg-type]
    return path


def test_rows_are_photographs_known_by_their_pixels(tmp_path: Path) -> None:
    file = saved(tmp_path / "imagenet_val_25.npz")
    source = Source("npz", file)
    listing = list_source(source)
    assert [(p.path.name, p.label) for p in listing.photographs] == [
        ("0000", 958), ("0001", 85), ("0002", 244),
    ]  # fmt: skip
    assert watched(source) == [file]
    for photograph, row in zip(listing.photographs, PIXELS, strict=True):
        found = identify(photograph.path)
        assert found.stored == found.upright == npz.row_id(row)
        image = read_photograph(photograph.path, expected=found.stored)
        np.testing.assert_array_equal(np.asarray(image), row)
        other = saved(tmp_path / "other.npz", y=np.array([1, 2, 3]))
        assert identify(other / photograph.path.name) == found
    assert npz.row_id(PIXELS[0]) != npz.row_id(PIXELS[0].reshape(6, 8, 3))


def test_the_index_holds_them(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.npz", y=np.array([958, 85, 1000]))
    source = Source("npz", file)
    index = build_index(
        [(source, list_source(source))], n=None, seed=0, batch_size=2,
        store=tmp_path / "batches", file_cache=tmp_path / "cache",
    )  # fmt: skip
    assert {image.image_id for image in index.images} == {npz.row_id(row) for row in PIXELS[:2]}
    (refused,) = index.refused
    assert (refused.file, refused.source) == ("0002", "npz")
    assert refused.reason == "has the label 1000; expected a class index from 0 to 999"
    expected = npz.row_id(PIXELS[0])
    saved(file, X=PIXELS[::-1].copy())
    with pytest.raises(StoreError, match=r"'a\.npz' has changed since it was indexed"):
        read_photograph(file / "0000", expected=expected)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"y": None}, r"lacks the array y; it has X, label_map"),
        ({"X": PIXELS.astype(float)}, r"X of '.*' is float64 of shape \(3, 8, 6, 3\); expected"),
        ({"X": PIXELS[..., 0]}, r"shape \(3, 8, 6\); expected uint8 of shape \(N, H, W, 3\)"),
        ({"y": np.array([1, 2])}, r"y of '.*' is int64 of shape \(2,\); expected whole numbers"),
        ({"y": np.array(["a", "b", "c"])}, r"expected whole numbers of shape \(3,\)"),
        ({"y": np.array([1, 2, 3], dtype=object)}, r"cannot be read as an \.npz file: Object arr"),
        ({"X": PIXELS[:0], "y": np.array([], int)}, "holds no photographs"),
    ],
)
def test_arrays_that_are_not_the_courses(
    tmp_path: Path, arrays: dict[str, object], message: str
) -> None:
    file = saved(tmp_path / "a.npz", **arrays)
    with pytest.raises(PhotographError, match=message):
        list_source(Source("npz", file))


def test_files_that_are_none(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    with pytest.raises(PhotographError, match=r"a\.npz' of the source 'npz' does not exist"):
        list_source(Source("npz", file))
    for data in (b"", b"no zip", b"PK\3\4 nearly", saved(tmp_path / "b.npz").read_bytes()[:200]):
        file.write_bytes(data)
        with pytest.raises(PhotographError, match=r"cannot be read as an \.npz file|single array"):
            list_source(Source("npz", file))
    np.save(tmp_path / "c.npy", PIXELS)
    (tmp_path / "c.npy").rename(file)
    with pytest.raises(PhotographError, match="is a single array; expected an"):
        list_source(Source("npz", file))
    with pytest.raises(ConfigError, match="takes no `labels:`"):
        list_source(Source("npz", file, tmp_path / "labels.csv"))
