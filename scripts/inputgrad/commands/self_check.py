"""The words of the self-check, for the commands that print it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inputgrad.statistics.numbering import Hint, Numbering
from inputgrad.statistics.self_check import SelfCheck

FITTING = {
    Numbering.FROM_ONE: "equal label - 1",
    Numbering.ONE_TOO_LOW: "equal label + 1",
    Numbering.ILSVRC2012_ID: "are the class that the challenge's devkit gives this number",
    Numbering.ILSVRC2012_ID_FROM_ZERO: "are the class that the devkit gives the number label + 1",
    Numbering.SORTED_SUBSET: "are classes in the order of the labels",
}
CAUSES = {
    Numbering.FROM_ONE: "count from 1",
    Numbering.ONE_TOO_LOW: "be 1 too low",
    Numbering.ILSVRC2012_ID: "be ILSVRC2012_IDs, which are no class indices",
    Numbering.ILSVRC2012_ID_FROM_ZERO: "be ILSVRC2012_IDs - 1, which are no class indices",
    Numbering.SORTED_SUBSET: "number the sorted folders of some of the classes; write wnids or "
    "class indices 0..999",
}


def lines(checks: Mapping[str, SelfCheck]) -> Iterator[str]:
    """How many photographs each network names rightly, then a line for every warning."""
    if checks:
        yield f"Named rightly: {', '.join(_named(*entry) for entry in checks.items())}"
    for name, check in checks.items():
        if check.hint is not None:
            yield f"Warning: {_numbering(name, check.hint, agreed=check.agreed)}"
        elif check.falls_short:
            yield (
                f"Warning: {name} names {check.correct} of {check.n} photographs; its weights "
                f"promise {check.promised:.0%}: check preprocessing, labels or file"
            )


def _named(name: str, check: SelfCheck) -> str:
    promised = "" if check.promised is None else f" (published: {check.promised:.0%})"
    return f"{name} {check.correct} of {check.n}{promised}"


def _numbering(name: str, hint: Hint, *, agreed: str | None) -> str:
    found = (
        f"{hint.right} of {hint.n} labels agree with {name}'s predictions, "
        f"but {hint.fitting} of {hint.n} {FITTING[hint.numbering]}"
    )
    if agreed is None:
        return f"{found}: the labels seem to {CAUSES[hint.numbering]}"
    return f"{found}: its head seems to count otherwise, since {agreed} agrees with the labels"
