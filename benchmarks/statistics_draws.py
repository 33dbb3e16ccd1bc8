"""Populations with known truth, and one draw of each statistic from them.

A draw takes a sample of n images and answers two questions: did the interval hold the truth, and
was a difference seen where there is none? ``simulate_statistics`` counts the answers.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import stats

from inputgrad.statistics.estimates import Comparison, Estimate, Verdict, bonett_wright_error
from inputgrad.statistics.families import holm
from inputgrad.statistics.medians import censored_median, median
from inputgrad.statistics.paired import clustered_rates, paired, paired_rates
from inputgrad.statistics.signed_ranks import sign_flip_p, walsh_quantiles
from inputgrad.statistics.survival import share_fooled

Sample = npt.NDArray[np.float64]
Generator = np.random.Generator
Population = Callable[[Generator, int], Sample]
Pairs = Callable[[Generator, int], tuple[Sample, Sample]]
Outcome = tuple[bool | None, bool | None]
Draw = Callable[[Generator, int], Outcome]
Recipe = Callable[[npt.ArrayLike, npt.ArrayLike], Comparison]

LARGE = 400_000
"""Draws from which a true value is taken where it has no formula."""

# Populations: one number per image, or one for each of two models ---------------------------------

ONE: dict[str, Population] = {
    "normal": lambda rng, n: rng.normal(10.0, 2.0, n),
    "exponential": lambda rng, n: rng.exponential(1.0, n),
    "beta(0.5, 2)": lambda rng, n: rng.beta(0.5, 2.0, n),
    "integers 1 to 5": lambda rng, n: (
        rng.choice(5, n, p=(0.1, 0.15, 0.4, 0.2, 0.15)).astype(np.float64) + 1.0
    ),
    "iterations capped at 20": lambda rng, n: np.minimum(rng.geometric(0.08, n), 20).astype(
        np.float64
    ),
}

SHAPES: dict[str, Callable[[Sample], Sample]] = {
    "normal": lambda z: z,
    "skewed": np.exp,
    "integers": np.floor,
    "iterations": lambda z: np.minimum(np.ceil(np.exp(0.8 * z + 2.0)), 100.0),
    "half censored": lambda z: np.minimum(np.ceil(np.exp(0.8 * z + 2.0)), 7.0),
}


def two_models(
    rng: Generator, n: int, *, shape: str, correlation: float, shift: float = 0.0
) -> tuple[Sample, Sample]:
    """Normal scores that correlate between the models, the first shifted, then given a shape."""
    z = rng.standard_normal((2, n))
    second = correlation * z[0] + math.sqrt(1.0 - correlation**2) * z[1]
    return SHAPES[shape](z[0] + shift), SHAPES[shape](second)


def one_side_capped(rng: Generator, n: int, *, correlation: float) -> tuple[Sample, Sample]:
    """Continuous prediction, half-censored number of iterations."""
    x, z = two_models(rng, n, shape="normal", correlation=correlation)
    return x, SHAPES["half censored"](z)


def growing_spread(rng: Generator, n: int, *, slope: float) -> tuple[Sample, Sample]:
    """The spread of y grows with x, as for predicted and observed iterations; slope 0: rho is 0."""
    x = rng.random(n)
    return x, slope * x + (1.0 - slope) * x * rng.standard_normal(n)


def heavy_tails(rng: Generator, n: int, *, correlation: float) -> tuple[Sample, Sample]:
    """Bivariate t with 3 degrees of freedom: extreme together, even where rho is 0."""
    x, y = two_models(rng, n, shape="normal", correlation=correlation)
    scale = np.sqrt(rng.chisquare(3, n) / 3.0)
    return x / scale, y / scale


# Draws of the toolkit's statistics ----------------------------------------------------------------


def of_median(population: Population) -> Draw:
    """Median of one number per image."""
    truth = float(np.median(_large(population)))
    return lambda rng, n: (holds(median(population(rng, n)), truth), None)


def of_censored_median(budget: int) -> Draw:
    """Median of geometric numbers of iterations, 9, within or beyond a budget."""

    def draw(rng: Generator, n: int) -> Outcome:
        counts = rng.geometric(0.08, n)
        result = censored_median(np.minimum(counts, budget), counts > budget, budget=budget)
        return holds(result, 9.0), None  # 1 − 0.92⁸ < ½ < 1 − 0.92⁹

    return draw


def of_rate(interval: Callable[[int, int], Estimate], share: float) -> Draw:
    """A share of n images, by any recipe."""
    return lambda rng, n: (holds(interval(int(rng.binomial(n, share)), n), share), None)


def of_share_fooled(k: int) -> Draw:
    """Share fooled after k of 20 iterations."""

    def draw(rng: Generator, n: int) -> Outcome:
        counts = rng.geometric(0.08, n)
        curve = share_fooled(np.minimum(counts, 20), counts > 20, ks=[k])
        return holds(curve.points[0], 1.0 - 0.92**k), None

    return draw


def of_paired(pairs: Pairs, *, equal: bool) -> Draw:
    """Shift between two models; unless they are equal, the truth is the population's."""
    a, b = _large(pairs)
    truth = 0.0 if equal else walsh_quantiles(a - b, (LARGE * (LARGE + 1) // 4,))[0]

    def draw(rng: Generator, n: int) -> Outcome:
        result = paired(*pairs(rng, n))
        return holds(result, truth), seen(result) if equal else None

    return draw


def of_paired_rates(differ: float, lean: float) -> Draw:
    """Two models that differ on a share of the images, the first alone right on ``lean`` of it."""

    def draw(rng: Generator, n: int) -> Outcome:
        kind = rng.choice(3, n, p=(differ * lean, differ * (1.0 - lean), 1.0 - differ))
        both = (kind == 2) & (rng.random(n) < 0.5)
        result = paired_rates((kind == 0) | both, (kind == 1) | both)
        return holds(result, differ * (2.0 * lean - 1.0)), seen(result) if lean == 0.5 else None

    return draw


def of_clustered_rates(first: float, second: float) -> Draw:
    """Two ways to draw n classes, each before four judges who mostly agree on one picture."""

    def verdicts(rng: Generator, n: int, share: float) -> Sample:
        easy = stats.beta.ppf(rng.random(n), 3.0 * share, 3.0 * (1.0 - share))
        return np.asarray(rng.random((n, 4)) < easy[:, None], dtype=np.float64)

    def draw(rng: Generator, n: int) -> Outcome:
        result = clustered_rates(verdicts(rng, n, first), verdicts(rng, n, second))
        return holds(result, first - second), seen(result) if first == second else None

    return draw


def of_spearman(recipe: Recipe, pairs: Pairs, *, null: bool) -> Draw:
    """Rank correlation, by any recipe; unless it is 0, the truth is the population's."""
    truth = 0.0 if null else float(stats.spearmanr(*_large(pairs)).statistic)

    def draw(rng: Generator, n: int) -> Outcome:
        result = recipe(*pairs(rng, n))
        return holds(result, truth), seen(result) if null else None

    return draw


def of_seen(recipe: Recipe, pairs: Pairs) -> Draw:
    """Whether a rank correlation is seen."""
    return lambda rng, n: (None, seen(recipe(*pairs(rng, n))))


def of_family() -> Draw:
    """Eight correlated measures of two equal models: is any of eight differences seen."""

    def draw(rng: Generator, n: int) -> Outcome:
        common = rng.standard_normal((2, n))
        measures = np.floor(0.7 * common + 0.7 * rng.standard_normal((8, 2, n)))
        family = holm({str(i): paired(a, b) for i, (a, b) in enumerate(measures)})
        return None, any(seen(result) for result in family.values())

    return draw


# Recipes that were set aside ----------------------------------------------------------------------


def wilson(successes: int, n: int) -> Estimate:
    """Wilson's score interval of a share."""
    interval = stats.binomtest(successes, n).proportion_ci(method="wilson")
    return Estimate(successes / n, float(interval.low), float(interval.high), n, "Wilson")


def of_bca_median(population: Population) -> Draw:
    """SciPy's BCa bootstrap of a median; an undefined interval is a miss."""
    truth = float(np.median(_large(population)))

    def draw(rng: Generator, n: int) -> Outcome:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = stats.bootstrap(
                (population(rng, n),), np.median, n_resamples=999, method="BCa", rng=rng
            )
        interval = result.confidence_interval
        return bool(interval.low <= truth <= interval.high), None

    return draw


def of_kaplan_meier(method: str) -> Draw:
    """SciPy's pointwise Kaplan–Meier bands after one iteration; an undefined band is a miss."""

    def draw(rng: Generator, n: int) -> Outcome:
        counts = rng.geometric(0.08, n).astype(float)
        data = stats.CensoredData.right_censored(np.minimum(counts, 20.0), counts > 20.0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            band = stats.ecdf(data).sf.confidence_interval(method=method)
        return bool(band.low.evaluate(1.0) <= 0.92 <= band.high.evaluate(1.0)), None

    return draw


def bonett_wright(x: npt.ArrayLike, y: npt.ArrayLike) -> Comparison:
    """Spearman's rho with Bonett and Wright's error alone, and the test under independence."""
    rho, p_value = (float(part) for part in stats.spearmanr(x, y))
    n = np.size(x)
    z, reach = math.atanh(rho), 1.959964 * bonett_wright_error(rho, n)
    code = Verdict.NO_DIFFERENCE if p_value > 0.05 else Verdict.HIGHER
    low, high = math.tanh(z - reach), math.tanh(z + reach)
    return Comparison(rho, low, high, n, "Bonett-Wright", rho, p_value, code, 6)


def student(x: npt.ArrayLike, y: npt.ArrayLike, *, family_size: int) -> Comparison:
    """Spearman's rho with Student's t, which takes x and y for independent."""
    rho, p_value = (float(part) for part in stats.spearmanr(x, y))
    code = Verdict.HIGHER if p_value <= 0.05 / family_size else Verdict.NO_DIFFERENCE
    return Comparison(rho, None, None, np.size(x), "Student's t", rho, p_value, code, 6)


# Power: p-values of a shift between two models --------------------------------------------------


def ranked_zeros(a: Sample, b: Sample) -> float:
    """Signed-rank test with Pratt's ranks, as ``paired`` has it."""
    ranks = stats.rankdata(np.abs(a - b))
    return sign_flip_p(ranks[a != b], float(ranks[a > b].sum()))


def dropped_zeros(a: Sample, b: Sample) -> float:
    """Signed-rank test with Wilcoxon's own ranks, of the differences other than zero."""
    return ranked_zeros(a[a != b], b[a != b])


def signs_alone(a: Sample, b: Sample) -> float:
    """Sign test."""
    higher, lower = int((a > b).sum()), int((a < b).sum())
    return float(stats.binomtest(higher, higher + lower).pvalue) if higher + lower else 1.0


def log_rank(a: Sample, b: Sample) -> float:
    """Log-rank test of half-censored iterations, which knows nothing of pairs."""
    cap = float(SHAPES["half censored"](np.array([np.inf]))[0])
    first, second = (stats.CensoredData.right_censored(part, part == cap) for part in (a, b))
    with warnings.catch_warnings():  # of a statistic that is undefined
        warnings.simplefilter("ignore")
        return float(stats.logrank(first, second).pvalue)


def of_power(test: Callable[[Sample, Sample], float], shape: str) -> Draw:
    """Whether a shift is seen that about half of the samples should show."""

    def draw(rng: Generator, n: int) -> Outcome:
        a, b = two_models(rng, n, shape=shape, correlation=0.5, shift=2.2 / math.sqrt(n))
        return None, test(a, b) <= 0.05

    return draw


# Judging ------------------------------------------------------------------------------------------


def holds(result: Estimate | Comparison, truth: float) -> bool:
    """Whether the interval, open or not, holds the truth, up to rounding."""
    slack = 1e-9 * max(1.0, abs(truth))
    above = result.low is None or result.low - slack <= truth
    return above and (result.high is None or truth <= result.high + slack)


def seen(result: Comparison) -> bool:
    """Whether a comparison claims a difference."""
    return result.verdict in (Verdict.HIGHER, Verdict.LOWER)


def _large(population: Callable[[Generator, int], Sample | tuple[Sample, Sample]]) -> Sample:
    return np.asarray(population(np.random.default_rng(1), LARGE), dtype=np.float64)
