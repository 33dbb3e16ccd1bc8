"""The 1000 classes of the ImageNet challenge (ILSVRC 2012), in torchvision's order.

A class has an index 0..999, a wnid (the identifier of its WordNet synset, `n02012849`) and a name.
torchvision's order is the sorted order of the wnids, since its training folders were listed that
way; the names are those of `weights.meta["categories"]`. The devkit of the challenge numbers the
same classes 1..1000 in another order (`ilsvrc2012_ids`; see `photographs.devkit`).

Source of the wnids and the challenge: Russakovsky et al. 2015, "ImageNet Large Scale Visual
Recognition Challenge", https://arxiv.org/abs/1409.0575.
"""

from __future__ import annotations

import csv
import difflib
import functools
import re
from dataclasses import dataclass
from pathlib import Path

from inputgrad.errors import InputgradError

CLASS_COUNT = 1000
TABLE = Path(__file__).with_name("imagenet_classes.csv")

# WordNet calls both classes of each pair by one word; torchvision's names append a word to one of
# the two ("crane bird", "maillot tank suit"), so the bare word would silently mean the other.
HOMONYMS = {"crane": (134, 517), "maillot": (638, 639)}


@dataclass(frozen=True)
class Classes:
    """Names and wnids of the classes; position = class index.

    `names` and `wnids` have 1000 entries each in `imagenet_classes()`.
    """

    names: tuple[str, ...]
    wnids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def name(self, index: int) -> str:
        """Name of the class, as torchvision writes it ('great white shark').

        Raises:
            InputgradError: the index is outside 0..999.
        """
        return self.names[self._checked(index)]

    def wnid(self, index: int) -> str:
        """WordNet identifier of the class ('n01484850').

        Raises:
            InputgradError: the index is outside 0..999.
        """
        return self.wnids[self._checked(index)]

    def resolve(self, text: str | int) -> int:
        """Index 0..999 of the class that an index, a wnid or a name means.

        Upper and lower case are the same, and so are an underscore and a space. A wnid may be
        followed by words ('n01440764_tench'), a name by its synonyms ('tench, Tinca tinca'), and a
        number may be one as spreadsheets write it ('65.0').

        Raises:
            InputgradError: no class or more than one class is meant; the message names the
                choices (more than one) or the nearest names (none).
        """
        word = _folded(str(text))
        if number := re.fullmatch(r"(-?\d+)(\.0*)?", word):
            return self._checked(int(number[1]))
        if both := re.fullmatch(r"(n\d{8})[ .,;:-]+(.*)", word):
            word, named = both[1], self._meant(both[2])
            if self._meant(word) and named and not set(self._meant(word)) & set(named):
                raise InputgradError(
                    f"{str(text)!r} means two classes: {self.name(self._meant(word)[0])} by its "
                    f"wnid, {self.name(named[0])} by its words"
                )
        found = self._meant(word)
        if len(found) == 1:
            return found[0]
        if found:
            choices = " or ".join(f"{i} ({self.wnids[i]}, {self.names[i]})" for i in found)
            raise InputgradError(
                f"the class name {str(text)!r} is ambiguous; write the index or the wnid of one: "
                f"{choices}"
            )
        raise InputgradError(self._unknown(str(text)))

    def _meant(self, word: str) -> tuple[int, ...]:
        """What a wnid, a name or a name with synonyms may mean.

        Of synonyms what the first does, else what the others agree on.
        """
        if word in self._meanings:
            return self._meanings[word]
        synonyms = [self._meanings.get(part.strip(), ()) for part in word.split(",")]
        if len(synonyms) == 1 or synonyms[0]:
            return synonyms[0]
        return tuple({index for meant in synonyms if len(meant) == 1 for index in meant})

    @functools.cached_property
    def _meanings(self) -> dict[str, tuple[int, ...]]:
        """Every folded wnid and name with the classes that it may mean."""
        meanings: dict[str, tuple[int, ...]] = {}
        for index, (name, wnid) in enumerate(zip(self.names, self.wnids, strict=True)):
            meanings[wnid] = (index,)
            meanings[_folded(name)] = (*meanings.get(_folded(name), ()), index)
        return meanings | HOMONYMS

    def _checked(self, index: int) -> int:
        if not 0 <= index < len(self):
            wnid = f"n{index:08d}"
            hint = f"; is it the wnid {wnid}, without its letter?" if wnid in self.wnids else ""
            if index == len(self):
                hint = "; do the labels count from 1? here the first class is 0"
            raise InputgradError(f"class index {index} is outside 0..{len(self) - 1}{hint}")
        return index

    def _unknown(self, text: str) -> str:
        text = text[:60]
        near = [f"{self.names[i]} ({i}, {self.wnids[i]})" for i in self._near(_folded(text))]
        hint = f"; nearest: {', '.join(near)}" if near else ""
        return (
            f"no ImageNet class is called {text!r}{hint}; expected an index 0..{len(self) - 1}, "
            "a wnid such as n01440764, or a name such as 'tench'"
        )

    def _near(self, word: str) -> list[int]:
        """Up to 3 classes that may be meant: of like spelling, then those named with this word."""
        close = difflib.get_close_matches(word, self._meanings, n=3)
        alike = [index for one in close for index in self._meanings[one]]
        holding = [i for i, name in enumerate(self.names) if word in _folded(name).split()]
        return list(dict.fromkeys([*alike, *holding]))[:3]


@functools.cache
def imagenet_classes() -> Classes:
    """Read the 1000 classes, once per process, from `imagenet_classes.csv`."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return Classes(tuple(row["name"] for row in rows), tuple(row["wnid"] for row in rows))


@functools.cache
def ilsvrc2012_ids() -> tuple[int, ...]:
    """Read the number 1..1000 that the challenge's devkit gives each class, by its index."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(int(row["ilsvrc2012_id"]) for row in csv.DictReader(file))


def _folded(text: str) -> str:
    return " ".join(text.replace("_", " ").casefold().split())
