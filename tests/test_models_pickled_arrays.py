"""Arrays from a pickle: those that were written, and nothing that a pickle asks for is called."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from inputgrad.errors import ModelError
from inputgrad.models.pickled_arrays import read_arrays

NUMBERS = st.sampled_from([">f4", "<f4", "f8", "f2", "i8", "u1", ">u2"])
ARRAYS = arrays_of.arrays(NUMBERS, arrays_of.array_shapes(min_dims=0, min_side=0), elements=None)
TWO = {"conv1": [np.arange(12, dtype=np.float32).reshape(3, 4), np.ones(3, np.float32)]}


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@given(array=ARRAYS, protocol=st.sampled_from([3, 4]), by_columns=st.booleans())
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arrays_are_read_as_they_were_written(
    tmp_path: Path, array: np.ndarray[Any, Any], protocol: int, by_columns: bool
) -> None:
    array = np.asarray(array, order="F" if by_columns else "C")
    file = written(tmp_path / "arrays.pkl", pickle.dumps({"a": [array, array]}, protocol))
    found = read_arrays(file)
    assert found.keys() == {"a"}
    for each in found["a"]:
        assert (each.dtype, each.shape) == (array.dtype, array.shape)
        assert each.tobytes() == array.tobytes()


def test_arrays_of_numpy_before_2_are_read(tmp_path: Path) -> None:
    content = pickle.dumps(TWO, 3).replace(b"numpy._core", b"numpy.core")
    assert b"numpy.core.multiarray" in content
    found = read_arrays(written(tmp_path / "old.pkl", content))
    for each, expected in zip(found["conv1"], TWO["conv1"], strict=True):
        assert np.array_equal(each, expected)


class Calls:
    """Pickles as a call of anything."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.call


MALICIOUS = {
    "a command": ({"a": [Calls(os.system, "touch harm")]}, "posix.system"),
    "code": ({"a": [Calls(exec, "open('harm', 'w')")]}, "builtins.exec"),
    "a name": (Calls(eval, "{}"), "builtins.eval"),
    "a file": ({Calls(open, "harm", "w"): []}, "io.open"),
    "NumPy's own reader": ({"a": [Calls(np.fromfile, "harm")]}, "fromfile"),
}


@pytest.mark.parametrize("kind", MALICIOUS)
@pytest.mark.parametrize("protocol", [3, 4])
def test_what_a_pickle_asks_for_is_refused_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, protocol: int
) -> None:
    monkeypatch.chdir(tmp_path)
    content, asked = MALICIOUS[kind]
    file = written(tmp_path / "harm.pkl", pickle.dumps(content, protocol))
    with pytest.raises(ModelError, match=asked) as caught:
        read_arrays(file)
    assert "\n" not in str(caught.value)
    assert str(file) in str(caught.value)
    assert not Path("harm").exists()


def test_the_stand_ins_cannot_be_rewritten_by_a_pickle(tmp_path: Path) -> None:
    """BUILD with (None, slots) would set attributes of whatever a name stands for."""
    content = b"cnumpy\nndarray\n(N(Varray\nNdtb."
    with pytest.raises(ModelError):
        read_arrays(written(tmp_path / "harm.pkl", content))
    file = written(tmp_path / "arrays.pkl", pickle.dumps(TWO, 4))
    assert np.array_equal(read_arrays(file)["conv1"][0], TWO["conv1"][0])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([1, 2], "no attribute 'items'"),
        ({1: []}, "expected names, came 1"),
        ({"a": 1}, "not iterable"),
        ({"a": ["text"]}, "expected arrays, came str"),
        ({"a": [np.array([None])]}, "expected the bytes of an array of numbers"),
        ({"a": [np.array(["text"])]}, "expected arrays of numbers, came <U4"),
        ({"a": [np.zeros(2, "f4,f4")]}, "expected arrays of numbers"),
        ({"a": [np.array(["2020"], "datetime64[Y]")]}, "expected arrays of numbers"),
    ],
    ids=str,
)
def test_anything_but_lists_of_arrays_by_name_is_one_line(
    tmp_path: Path, content: Any, expected: str
) -> None:
    file = written(tmp_path / "other.pkl", pickle.dumps(content, 4))
    with pytest.raises(ModelError, match=expected) as caught:
        read_arrays(file)
    assert "\n" not in str(caught.value)


def test_every_truncated_file_is_one_line(tmp_path: Path) -> None:
    content = pickle.dumps(TWO, 3)
    for length in range(len(content)):
        with pytest.raises(ModelError) as caught:
            read_arrays(written(tmp_path / "short.pkl", content[:length]))
        assert "\n" not in str(caught.value)


@given(place=st.integers(0, 10**6), value=st.integers(0, 255))
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_changed_byte_ends_in_arrays_or_in_one_line(
    tmp_path: Path, place: int, value: int
) -> None:
    content = bytearray(pickle.dumps(TWO, 3))
    content[place % len(content)] = value
    try:
        found = read_arrays(written(tmp_path / "changed.pkl", bytes(content)))
    except ModelError as error:
        assert "\n" not in str(error)
    else:
        assert all(isinstance(each, np.ndarray) for own in found.values() for each in own)


def test_a_shape_that_is_not_that_of_the_bytes_is_said(tmp_path: Path) -> None:
    content = pickle.dumps({"a": [np.zeros(200, np.float32)]}, 4)
    changed = content.replace(b"K\xc8", b"K\xc9")
    assert changed != content
    with pytest.raises(ModelError, match=r"800 bytes are no array of shape \(201,\)"):
        read_arrays(written(tmp_path / "other.pkl", changed))


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"absent\.pkl cannot be read"):
        read_arrays(tmp_path / "absent.pkl")
