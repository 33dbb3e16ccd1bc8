"""Arrays from a pickle whose code is never run.

A pickle is a program that may call anything it can name. Of the names that one of NumPy's arrays
has in it, none is looked up here: in their place stand `_Array` and `_Kind`, which do no more than
hold what the pickle says until it has been checked; any other name is refused. What a pickle can
make beside them are Python's plain values.
"""

from __future__ import annotations

import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inputgrad.errors import ModelError

NUMBERS = "fiu"  # kinds of dtypes that are read: floating point and integers


def read_arrays(path: Path) -> dict[str, list[NDArray[Any]]]:
    """Lists of arrays by name, as {name: [array, ...]} was written by `pickle` (protocol 3 or 4).

    Raises ModelError, in one line, where the file holds anything else or its end is missing.
    """
    try:
        with path.open("rb") as stream:
            content = _Reader(stream).load()
        return {_name(name): [_array(each) for each in arrays] for name, arrays in content.items()}
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror})") from error
    except Exception as error:  # a damaged pickle can raise almost anything
        reason = " ".join(str(error).split())
        raise ModelError(
            f"{path} cannot be read as lists of arrays by name "
            f"({type(error).__name__}: {reason}); replace the file"
        ) from error


class _Kind:
    """Stands for `numpy.dtype`: its code, such as f4, and the order of its bytes."""

    def __init__(self, code: object, *_: object) -> None:
        self.code, self.order = str(code), "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = str(state[1])

    def dtype(self) -> np.dtype[Any]:
        """NumPy's dtype; ValueError unless it is one of numbers."""
        dtype = np.dtype(self.order + self.code)
        if dtype.kind not in NUMBERS:
            raise ValueError(f"expected arrays of numbers, came {dtype}")
        return dtype


class _Array:
    """Stands for `numpy.ndarray` and for the function that makes an empty one of it."""

    def __init__(self, *_: object) -> None:
        self.state: tuple[Any, ...] = ()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.state = state

    def array(self) -> NDArray[Any]:
        """The array; ValueError where shape and bytes do not agree."""
        _, shape, kind, by_columns, content = self.state
        if not isinstance(kind, _Kind) or not isinstance(content, bytes):
            raise ValueError("expected the bytes of an array of numbers")
        dtype = kind.dtype()
        if min(shape, default=0) < 0 or len(content) != math.prod(shape) * dtype.itemsize:
            raise ValueError(f"{len(content)} bytes are no array of shape {shape} and {dtype}")
        return np.frombuffer(content, dtype).reshape(shape, order="F" if by_columns else "C")


ADMITTED: dict[tuple[str, str], type] = {
    ("numpy", "dtype"): _Kind,
    ("numpy", "ndarray"): _Array,
    ("numpy.core.multiarray", "_reconstruct"): _Array,  # NumPy before 2
    ("numpy._core.multiarray", "_reconstruct"): _Array,
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        """The stand-in of an admitted name; every other is refused unseen."""
        if (module, name) not in ADMITTED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return ADMITTED[module, name]


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise ValueError(f"expected names, came {name!r:.40}")
    return name


def _array(content: object) -> NDArray[Any]:
    if not isinstance(content, _Array):
        raise ValueError(f"expected arrays, came {type(content).__name__}")
    return content.array()
