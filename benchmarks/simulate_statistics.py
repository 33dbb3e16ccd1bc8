"""How well the intervals and tests of ``inputgrad.statistics`` hold on data like ours.

Draws thousands of samples of 20 and 100 images from populations whose true value is known (skewed,
rounded to integers, capped at a budget, correlated between models), and counts how often each
interval holds it and how often a test sees a difference where there is none. A row passes with a
coverage of at least 93 % and at most 6 % false positives; the script ends with 1 if one does not.
Further rows show usual recipes that were set aside; they may fail.

    PYTHONPATH=scripts python benchmarks/simulate_statistics.py --draws 4000 --output FILE

writes the tables between the two marker lines of FILE, such as docs/statistics.md. The seed comes
from the population's name and the size: a row does not depend on the others, and recipes are
compared on the same samples. About half an hour of one core.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import statistics_draws as draws_of
from statistics_draws import ONE, SHAPES, Draw, Pairs

from inputgrad.statistics.correlation import spearman as rank_correlation
from inputgrad.statistics.rates import rate

SIZES = (20, 100)
spearman = partial(rank_correlation, permutations=199)  # for time; reports draw 20,000
LOWEST_COVERAGE, HIGHEST_FALSE_POSITIVES = 0.93, 0.06
BEGIN, END = "<!-- simulation: begin -->", "<!-- simulation: end -->"


@dataclass(frozen=True)
class Row:
    """One statistic on one population; ``prepare`` finds the truth and returns the draw."""

    statistic: str
    population: str
    prepare: Callable[[], Draw]


def accepted_rows() -> Iterator[Row]:
    """Every statistic of the toolkit; all of these must pass."""
    for name, population in ONE.items():
        yield Row("median", name, partial(draws_of.of_median, population))
    for budget, relation in ((20, "within the budget"), (9, "at it"), (5, "beyond it")):
        label = f"iterations, budget {budget}, median 9 {relation}"
        yield Row("censored median", label, partial(draws_of.of_censored_median, budget))
    for share in (0.02, 0.1, 0.5, 0.85):
        yield Row("rate", f"share {share:g}", partial(draws_of.of_rate, rate, share))
    for k in (1, 5, 20):
        label = f"after {k} of 20 iterations"
        yield Row("share fooled", label, partial(draws_of.of_share_fooled, k))
    yield from paired_rows()
    yield from correlation_rows()
    yield Row("Holm, 8 comparisons", "integers, correlated measures", draws_of.of_family)


def paired_rows() -> Iterator[Row]:
    """Two models on the same images: equal or shifted, independent or correlated."""
    for shape in SHAPES:
        for correlation in (0.0, 0.7):
            for shift in (0.0, 0.5):
                pairs = partial(
                    draws_of.two_models, shape=shape, correlation=correlation, shift=shift
                )
                label = f"{shape}, correlation {correlation:g}, {'shifted' if shift else 'equal'}"
                yield Row("paired", label, partial(draws_of.of_paired, pairs, equal=shift == 0.0))
    for differ, lean in ((0.05, 0.5), (0.2, 0.5), (0.5, 0.5), (0.2, 1.0), (0.5, 0.75)):
        label = f"{differ:.0%} differ, {lean:.0%} of them one way"
        draw = partial(draws_of.of_paired_rates, differ, lean)
        yield Row("paired rates", label, draw)
    for first, second in ((0.1, 0.1), (0.4, 0.4), (0.4, 0.1), (0.7, 0.3)):
        label = f"classes before 4 judges, {first:.0%} against {second:.0%}"
        draw = partial(draws_of.of_clustered_rates, first, second)
        yield Row("clustered rates", label, draw)


def correlation_rows() -> Iterator[Row]:
    """Two numbers per image, unrelated or related, tied, censored, of unequal spread."""
    for strength in (0.0, 0.3, 0.9):
        populations: dict[str, Pairs] = {
            shape: partial(draws_of.two_models, shape=shape, correlation=strength)
            for shape in ("normal", "integers", "iterations", "half censored")
        }
        populations["one side half censored"] = partial(
            draws_of.one_side_capped, correlation=strength
        )
        populations["heavy tails"] = partial(draws_of.heavy_tails, correlation=strength)
        for name, pairs in populations.items():
            draw = partial(draws_of.of_spearman, spearman, pairs, null=strength == 0.0)
            yield Row("Spearman", f"{name}, correlation {strength:g}", draw)
    for slope in (0.0, 0.6):
        pairs = partial(draws_of.growing_spread, slope=slope)
        draw = partial(draws_of.of_spearman, spearman, pairs, null=slope == 0.0)
        yield Row("Spearman", f"growing spread, slope {slope:g}", draw)


def rejected_rows() -> Iterator[Row]:
    """Usual recipes that do not hold on such data."""
    draw = partial(draws_of.of_bca_median, ONE["integers 1 to 5"])
    yield Row("median, BCa bootstrap", "integers 1 to 5", draw)
    for share in (0.0088, 0.01):
        draw = partial(draws_of.of_rate, draws_of.wilson, share)
        yield Row("rate, Wilson", f"share {share:g}", draw)
    for method in ("linear", "log-log"):
        label = f"share fooled, Kaplan-Meier {method} band"
        yield Row(label, "after 1 of 20 iterations", partial(draws_of.of_kaplan_meier, method))
    for slope in (0.0, 0.6):
        pairs = partial(draws_of.growing_spread, slope=slope)
        draw = partial(draws_of.of_spearman, draws_of.bonett_wright, pairs, null=slope == 0.0)
        yield Row("Spearman, Bonett-Wright alone", f"growing spread, slope {slope:g}", draw)


def power_rows() -> Iterator[Row]:
    """The signed-rank test with its zeros ranked or dropped, the sign and the log-rank test."""
    tests = {
        "zeros ranked (Pratt)": draws_of.ranked_zeros,
        "zeros dropped (Wilcoxon)": draws_of.dropped_zeros,
        "sign test": draws_of.signs_alone,
    }
    for shape in ("integers", "iterations", "half censored"):
        for name, test in tests.items():
            yield Row(name, shape, partial(draws_of.of_power, test, shape))
    draw = partial(draws_of.of_power, draws_of.log_rank, "half censored")
    yield Row("log-rank, unpaired", "half censored", draw)


def family_rows() -> Iterator[Row]:
    """Correlations in a family of six, at 0.05 / 6: the level where rho is 0, else the power."""
    recipes: dict[str, draws_of.Recipe] = {
        "studentized": partial(rank_correlation, permutations=1199, family_size=6),
        "Student's t": partial(draws_of.student, family_size=6),
    }
    populations: dict[str, Pairs] = {
        "normal, correlation 0": partial(draws_of.two_models, shape="normal", correlation=0.0),
        "heavy tails, correlation 0": partial(draws_of.heavy_tails, correlation=0.0),
        "growing spread, slope 0": partial(draws_of.growing_spread, slope=0.0),
        "normal, correlation 0.5": partial(draws_of.two_models, shape="normal", correlation=0.5),
        "normal, correlation 0.7": partial(draws_of.two_models, shape="normal", correlation=0.7),
    }
    for name, pairs in populations.items():
        for recipe, compare in recipes.items():
            yield Row(f"Spearman, {recipe}", name, partial(draws_of.of_seen, compare, pairs))


def simulate(row: Row, n: int, draws: int) -> tuple[float | None, float | None]:
    """Coverage and share of false positives over ``draws`` samples of n; None if not defined."""
    rng = np.random.default_rng(zlib.crc32(f"{row.population}|{n}".encode()))
    draw = row.prepare()
    outcomes = [draw(rng, n) for _ in range(draws)]
    return _share([covered for covered, _ in outcomes]), _share([false for _, false in outcomes])


def passes(coverage: float | None, positives: float | None) -> bool:
    """Whether one row and size reaches both bars."""
    return (coverage is None or coverage >= LOWEST_COVERAGE) and (
        positives is None or positives <= HIGHEST_FALSE_POSITIVES
    )


def table(
    rows: Iterable[Row], draws: int, names: tuple[str, str] = ("coverage", "false positives")
) -> tuple[list[str], bool]:
    """Markdown lines of one table, and whether all its rows pass; each row also goes to stderr."""
    columns = ["statistic", "population", *(f"{name} n = {n}" for name in names for n in SIZES)]
    grid, passed = [columns], True
    for row in rows:
        results = [simulate(row, n, draws) for n in SIZES]
        passed &= all(passes(*result) for result in results)
        cells = [_percent(result[i]) for i in (0, 1) for result in results]
        grid.append([row.statistic, row.population, *cells])
        print(_line(grid[-1]), file=sys.stderr, flush=True)
    used = [i for i in range(len(columns)) if any(cells[i] for cells in grid[1:])]
    lines = [_line([cells[i] for i in used]) for cells in grid]
    return [lines[0], "|---|---|" + "---:|" * (len(used) - 2), *lines[1:]], passed


def written_between_markers(text: str, tables: str) -> str:
    """``text`` with ``tables`` between its two marker lines; raises SystemExit without them."""
    if BEGIN not in text or END not in text:
        raise SystemExit(f"the output file must have the lines {BEGIN} and {END}")
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n{tables}\n{END}{rest.split(END, 1)[1]}"


def main() -> int:
    """Simulate every row; exit status 1 if an accepted one fails."""
    parser = argparse.ArgumentParser(description="Coverage and false positives of every statistic")
    parser.add_argument("--draws", type=int, default=4000, help="samples per row and size")
    parser.add_argument("--output", type=Path, help="file with marker lines; default: print")
    arguments = parser.parse_args()
    accepted, passed = table(accepted_rows(), arguments.draws)
    rejected, _ = table(rejected_rows(), arguments.draws)
    power, _ = table(power_rows(), arguments.draws, names=("coverage", "power"))
    families, _ = table(family_rows(), arguments.draws, names=("coverage", "seen"))
    aside = "\nRecipes set aside (an undefined interval is a miss):\n"
    zeros = "\nShare of samples in which a test of paired samples sees a shift:\n"
    head = f"{arguments.draws} draws per number.\n"
    family = "\nShare of samples whose correlation is seen in a family of six (nominal: 0.83 %):\n"
    tables = "\n".join([head, *accepted, aside, *rejected, zeros, *power, family, *families])
    if arguments.output is None:
        print(tables)
    else:
        text = arguments.output.read_text(encoding="utf-8")
        arguments.output.write_text(written_between_markers(text, tables), encoding="utf-8")
    return 0 if passed else 1


def _share(flags: list[bool | None]) -> float | None:
    known = [flag for flag in flags if flag is not None]
    return sum(known) / len(known) if known else None


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100.0 * share:.1f} %"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
