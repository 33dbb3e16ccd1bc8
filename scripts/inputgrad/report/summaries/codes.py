"""Codes of what the numbers show: the templates pick sentences by these, never by a comparison.

Each code is text that names what it says, so `{% if row.visibility == "hard_to_see" %}` works, and
a language can hold one sentence per code. What the codes of an estimate or of a comparison are
(`state`, `interval`, `sign`, `tested`) is said in `statistics.estimates`.
"""

from __future__ import annotations

from collections.abc import Sized
from enum import StrEnum

from inputgrad.report.numbers import shown
from inputgrad.statistics.estimates import Comparison, Estimate, Verdict
from inputgrad.statistics.self_check import SelfCheck

HARD_TO_SEE_BELOW = 3.0
PLAIN_TO_SEE_FROM = 8.0
"""RMS in grey levels of 255. Both limits are ours, a rule of thumb: no person was asked."""


class Visibility(StrEnum):
    """How visible a change of an image is, by its RMS and the two limits above."""

    NOT_MEASURED = "not_measured"
    HARD_TO_SEE = "hard_to_see"
    VISIBLE_IN_SMOOTH_AREAS = "visible_in_smooth_areas"
    PLAIN_TO_SEE = "plain_to_see"


class Reached(StrEnum):
    """How many of the cases that were tried reached their goal."""

    NOT_MEASURED = "not_measured"
    NONE = "none"
    SOME = "some"
    ALL = "all"


class AgainstControl(StrEnum):
    """The share fooled beside the share that a random perturbation of equal norm changes.

    ATTACK_STRONGER and NO_STRONGER compare the two shares as they are, without a test; NONE: the
    attack fooled no photograph, so there is nothing to compare.
    """

    NOT_MEASURED = "not_measured"
    NONE = "none"
    NO_STRONGER = "no_stronger"
    ATTACK_STRONGER = "attack_stronger"


class Trend(StrEnum):
    """Where a median goes from the first row to the last."""

    NOT_MEASURED = "not_measured"
    RISES = "rises"
    FALLS = "falls"
    UNCHANGED = "unchanged"


class Bound(StrEnum):
    """Whether a number is the number itself or, since attacks were cut off, a lower bound of it."""

    EXACT = "exact"
    LOWER_BOUND = "lower_bound"


class Standing(StrEnum):
    """Where the interval of one estimate lies beside that of another.

    ABOVE and BELOW: the two do not meet, a cautious reading without a test; MEETING: they do.
    """

    NOT_MEASURED = "not_measured"
    ABOVE = "above"
    BELOW = "below"
    MEETING = "meeting"


class Extent(StrEnum):
    """How many there are of what could be compared: networks, step sizes, settings."""

    NONE = "none"
    ONE = "one"
    SEVERAL = "several"


class Start(StrEnum):
    """What a class visualisation starts from."""

    NOISE = "noise"
    PHOTOGRAPH = "photograph"


class Occurrence(StrEnum):
    """Whether something happened in the run at all."""

    NEVER = "never"
    HAPPENED = "happened"


class Differences(StrEnum):
    """What the comparisons of a family, taken together, show after their adjustment."""

    NOT_COMPARED = "not_compared"
    TOO_FEW = "too_few"
    NONE_SEEN = "none_seen"
    SEEN = "seen"


class Comparing(StrEnum):
    """What a comparison compares: two networks, or two measures within one network."""

    BETWEEN_MODELS = "between_models"
    WITHIN_MODEL = "within_model"


class SampleKind(StrEnum):
    """Where the photographs come from; BUNDLED are those that the package foolbox ships."""

    NONE = "none"  # no photograph could be used
    ALL_BUNDLED = "all_bundled"  # all of them and no others
    SOME_BUNDLED = "some_bundled"  # a part of them and no others
    BUNDLED_AND_OTHERS = "bundled_and_others"
    OTHERS = "others"


class Practical(StrEnum):
    """Whether the two networks of the practical work, SqueezeNet and VGG16, are in this run."""

    NEITHER = "neither"
    SQUEEZENET = "squeezenet"
    VGG16 = "vgg16"
    BOTH = "both"


class Show(StrEnum):
    """How pictures are shown: as they are, or stretched from their lowest to highest value."""

    AS_IS = "as_is"
    RESCALED = "rescaled"


class AttackRule(StrEnum):
    """The rule of the main attack; but for OTHER the name of its formula."""

    PIXELS = "attack"
    PIXELS_FREE = "attack_free"
    NORMALIZED = "attack_normalized"
    NORMALIZED_FREE = "attack_normalized_free"
    I_FGSM = "i_fgsm"
    OTHER = "other"


class AscentRule(StrEnum):
    """The rule of the main class visualisation; but for OTHER the name of its formula."""

    PLAIN = "visualization"
    NORMALIZED = "visualization_normalized"
    FOURIER = "visualization_fourier"
    OTHER = "other"


class Stretch(StrEnum):
    """Whether min-max rescaling would change a picture by a grey level or more."""

    NOT_MEASURED = "not_measured"
    VISIBLE = "visible"
    NONE = "none"


def stretch(lowest: Estimate, highest: Estimate) -> Stretch:
    """Code for the smallest and the largest value of pictures in [0, 1] units."""
    if lowest.estimate is None or highest.estimate is None:
        return Stretch.NOT_MEASURED
    moved = max(abs(lowest.estimate), abs(1.0 - highest.estimate))
    return Stretch.VISIBLE if moved >= 1 / 255 else Stretch.NONE


class Doubt(StrEnum):
    """What a network's predictions give reason to doubt before anything else is read."""

    NONE = "none"
    LABELS = "labels"  # they fit in another numbering
    HEAD = "head"  # the labels of this network's head do, since another one agrees as they are
    FALLS_SHORT = "falls_short"  # far fewer photographs are named than the weights promise


def visibility(rms_255: Estimate) -> Visibility:
    """Visibility of a change with this median RMS in grey levels."""
    return Visibility.NOT_MEASURED if rms_255.estimate is None else visibility_of(rms_255.estimate)


def visibility_of(rms_255: float) -> Visibility:
    """Visibility of a change of this RMS in grey levels."""
    if rms_255 < HARD_TO_SEE_BELOW:
        return Visibility.HARD_TO_SEE
    if rms_255 < PLAIN_TO_SEE_FROM:
        return Visibility.VISIBLE_IN_SMOOTH_AREAS
    return Visibility.PLAIN_TO_SEE


def reached(*shares: Estimate) -> Reached:
    """How many cases of all these shares together reached their goal."""
    known = [share.estimate for share in shares if share.estimate is not None]
    if not known:
        return Reached.NOT_MEASURED
    if not any(known):
        return Reached.NONE
    return Reached.ALL if all(share == 1.0 for share in known) else Reached.SOME


def against_control(fooled: Estimate, changed: Estimate) -> AgainstControl:
    """Code for the share that the attack fooled and the share that the control changed."""
    if fooled.estimate is None or changed.estimate is None:
        return AgainstControl.NOT_MEASURED
    if not fooled.estimate:
        return AgainstControl.NONE
    if fooled.estimate > changed.estimate:
        return AgainstControl.ATTACK_STRONGER
    return AgainstControl.NO_STRONGER


def trend(first: Estimate, last: Estimate, scale: str) -> Trend:
    """Where the estimate goes from the first to the last; nowhere where both are written alike."""
    if first.estimate is None or last.estimate is None:
        return Trend.NOT_MEASURED
    if shown(first.estimate, scale) == shown(last.estimate, scale):
        return Trend.UNCHANGED
    return Trend.RISES if last.estimate > first.estimate else Trend.FALLS


def standing(own: Estimate, other: Estimate) -> Standing:
    """Code for the intervals of two estimates; MEETING where one of them has an open end."""
    if own.estimate is None or other.estimate is None:
        return Standing.NOT_MEASURED
    if own.low is not None and other.high is not None and own.low > other.high:
        return Standing.ABOVE
    if own.high is not None and other.low is not None and own.high < other.low:
        return Standing.BELOW
    return Standing.MEETING


def standing_of(result: Comparison) -> Standing:
    """Code for a comparison; MEETING where it establishes nothing."""
    if not result.n:
        return Standing.NOT_MEASURED
    stands = {Verdict.HIGHER: Standing.ABOVE, Verdict.LOWER: Standing.BELOW}
    return stands.get(result.verdict, Standing.MEETING)


def above_zero(own: Estimate) -> Standing:
    """Where an estimate's interval lies beside 0; MEETING where it has an open end or 0 inside."""
    if own.estimate is None:
        return Standing.NOT_MEASURED
    if own.low is not None and own.low > 0.0:
        return Standing.ABOVE
    return Standing.BELOW if own.high is not None and own.high < 0.0 else Standing.MEETING


def extent(things: Sized) -> Extent:
    """Whether there are several, one or none."""
    return Extent.SEVERAL if len(things) > 1 else Extent.ONE if len(things) else Extent.NONE


def doubt(check: SelfCheck | None) -> Doubt:
    """What the self-check of a network says; a numbering that fits explains a low share."""
    if check is None:
        return Doubt.NONE
    if check.hint is not None:
        return Doubt.LABELS if check.agreed is None else Doubt.HEAD
    return Doubt.FALLS_SHORT if check.falls_short else Doubt.NONE


def occurrence(count: int) -> Occurrence:
    """Whether a count is above 0."""
    return Occurrence.HAPPENED if count else Occurrence.NEVER
