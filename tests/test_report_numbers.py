"""Every estimate of a page, in tables as in sentences: one of the summary, with n and interval.

Walked in the rendered page, under data of different kinds, so that a cell that was given another
statistic's n, or a number of its own, is found.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from inputgrad.report.numbers import SCALES, digits, shown
from inputgrad.report.summaries.summary import Summary
from inputgrad.statistics.estimates import Comparison, Estimate
from rendered_report import render

VALUE = re.compile(
    r'<span class="value" data-value="([^"]*)" data-n="(\d+)"(?: data-interval="([^"]*)")?>(.*?)<'
)


def estimates(thing: Any, seen: set[int]) -> Iterator[Estimate | Comparison]:
    """All that a summary holds, however deep."""
    if isinstance(thing, Estimate | Comparison):
        yield thing
    elif isinstance(thing, str) or id(thing) in seen:
        return
    elif isinstance(thing, Mapping):
        for value in thing.values():
            yield from estimates(value, seen | {id(thing)})
    elif isinstance(thing, list | tuple):
        for value in thing:
            yield from estimates(value, seen)
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from estimates(getattr(thing, field.name), seen | {id(thing)})


def written(one: Estimate | Comparison) -> tuple[str, int]:
    return digits(one.estimate), one.n


def strangers(summary: Summary, page: str) -> list[tuple[str, str, str]]:
    """Numbers of the page that no statistic of the summary has: value, n and interval, text."""
    known: dict[tuple[str, int], list[Estimate | Comparison]] = {}
    for one in estimates(summary, set()):
        known.setdefault(written(one), []).append(one)
    found = VALUE.findall(page)
    assert len(found) > 30
    return [
        (value, f"{n} {interval}", text)
        for value, n, interval, text in found
        if not any(
            agrees(one, html.unescape(interval), html.unescape(text))
            for one in known.get((value, int(n)), [])
        )
    ]


def agrees(one: Estimate | Comparison, interval: str, text: str) -> bool:
    """Whether number and ends are those of a statistic, on one scale."""
    budget = shown(getattr(one, "budget", None), "whole")
    count = f"{shown(getattr(one, 'count', None), 'whole')} of {shown(one.n, 'whole')}"
    beyond = {f"> {budget}", f"more than {budget}", "∞"} if getattr(one, "budget", None) else set()
    ends = [end.strip() for end in interval.partition("[")[2].rstrip("]").split(",")]
    for scale in SCALES:
        low, high = ({shown(end, scale)} for end in (one.low, one.high))
        fits = text in {shown(one.estimate, scale), count} | beyond
        if fits and (not interval or (ends[0] in low | {"…"} and ends[1] in high | {"…"} | beyond)):
            return True
    return False


@pytest.mark.parametrize(
    "switches",
    [{}, {"first": "higher"}, {"censored": True}, {"n": 3, "wrong": 1}, {"models": ("lite0",)}],
    ids=["equal", "higher", "censored", "few", "one network"],
)
def test_every_estimate_of_a_page_is_one_of_the_summary(switches: dict[str, Any]) -> None:
    assert strangers(*render(**switches)) == []


@pytest.mark.parametrize("part", ["value", "n", "interval", "text"])
def test_a_number_that_is_none_of_the_summary_is_found(part: str) -> None:
    summary, page = render()
    place = next(m for m in VALUE.finditer(page) if m[3] and m[4].startswith("0."))
    group = ["value", "n", "interval", "text"].index(part) + 1
    changed = {"value": "0.123", "n": "999", "interval": "95 %: [0.01, 0.02]", "text": "0.77"}[part]
    begin, end = place.span(group)
    assert len(strangers(summary, page[:begin] + changed + page[end:])) == 1
