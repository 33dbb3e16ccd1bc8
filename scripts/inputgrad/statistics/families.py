"""Families of primary measures, declared here and nowhere else, and Holm's adjustment within them.

Of k true null hypotheses, Holm's step-down procedure rejects one or more with a probability of at
most 1 − level, whatever their dependence: with p₍₁₎ ≤ … ≤ p₍ₖ₎, the adjusted p₍ᵢ₎ is
max over j ≤ i of min(1, (k − j + 1) p₍ⱼ₎) (S. Holm, Scandinavian Journal of Statistics 6, 1979).
Deviation: a comparison that is ``too_few`` stays in the family and counts in k, so that adding
photographs never makes a verdict of another comparison harder to reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from inputgrad.statistics.estimates import Comparison, minimum_n, verdict

PRIMARY_MEASURES: dict[str, tuple[str, ...]] = {
    "saliency": (
        *("half_mass_share", "gini", "stability_spearman", "class_sensitivity"),
        "single_deletion",
    ),
    "adversarial": ("path_rms_255", "rms_255", "success_png"),
    "class_visualization": ("probability",),
    "robustness": ("iterations_predicted", "gini_iterations", "confidence_iterations"),
}
"""Family name to its primary measures: each is one comparison per pair of models, and in the family
``robustness`` one rank correlation per model."""

EQUIVALENCE_MARGINS: dict[str, float] = {
    # shares of photographs, and what is said of one: five points are one photograph of twenty
    **dict.fromkeys(("success_png", "probability"), 0.05),
    # a share of the pixels, which is a third even for pure noise: a hundredth of the image
    "half_mass_share": 0.01,
    # correlations and indices in [0, 1]: a twentieth of the scale
    **dict.fromkeys(("gini", "stability_spearman", "class_sensitivity", "single_deletion"), 0.05),
    # grey levels: the RMS of rounding to 8 bits, 1 / sqrt(12), which every saved image bears
    **dict.fromkeys(("path_rms_255", "rms_255"), 12.0**-0.5),
}
"""Measure of two networks to the difference below which we call them practically equal: declared
beforehand like the measures, in their units. What a margin should be is a judgement, so the reason
stands beside it."""


def practically_equal(measure: str, comparison: Comparison) -> bool:
    """Whether the whole interval of a difference is within the margin of its measure.

    With an interval of 95 % that is stricter than two one-sided tests at 5 %, which ask for 90 %
    (D. J. Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15, 1987).
    """
    low, high = comparison.low, comparison.high
    margin = EQUIVALENCE_MARGINS.get(measure)
    return None not in (low, high, margin) and -margin < low and high < margin  # type: ignore[operator]


def holm(comparisons: Mapping[str, Comparison]) -> dict[str, Comparison]:
    """The same comparisons, in the same order, with the verdicts of one family.

    ``p_adjusted``, ``family_size``, ``minimum_n`` and ``verdict`` are computed again from the
    unadjusted p-values; a comparison without one keeps None and ``too_few``. Raises ValueError when
    the comparisons were made at different levels.
    """
    if len({comparison.level for comparison in comparisons.values()}) > 1:
        raise ValueError("the comparisons of a family must share one level; make them all with one")
    adjusted = holm_p_values({name: item.p_value for name, item in comparisons.items()})
    return {
        name: _in_family(item, adjusted[name], len(comparisons))
        for name, item in comparisons.items()
    }


def holm_p_values(p_values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Holm-adjusted p-values in [0, 1], in the order given; None counts as 1 and stays None."""
    k = len(p_values)
    ordered = sorted(p_values, key=lambda name: _rank_p(p_values[name]))
    adjusted: dict[str, float | None] = dict.fromkeys(p_values)
    running = 0.0
    for i, name in enumerate(ordered):
        running = max(running, min(1.0, (k - i) * _rank_p(p_values[name])))
        adjusted[name] = None if p_values[name] is None else running
    return adjusted


def _rank_p(p_value: float | None) -> float:
    return 1.0 if p_value is None else p_value


def _in_family(comparison: Comparison, p_adjusted: float | None, family_size: int) -> Comparison:
    """One comparison with the family's adjusted p-value, minimum n and verdict."""
    level = comparison.level
    minimum = minimum_n(comparison.test, family_size, level)
    code = verdict(
        effect=comparison.effect,
        p_adjusted=p_adjusted,
        n=comparison.n,
        minimum=minimum,
        level=level,
    )
    return replace(
        comparison, p_adjusted=p_adjusted, family_size=family_size, minimum_n=minimum, verdict=code
    )
