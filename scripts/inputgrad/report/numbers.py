"""How a number is written: the filters that the templates use, which have the words around it."""

from __future__ import annotations

import math

MINUS = "\N{MINUS SIGN}"
MISSING = "\N{EN DASH}"
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"

Value = float | int | None


def whole(value: Value) -> str:
    """An integer with its thousands set apart, as in 50 000."""
    return MISSING if _missing(value) else _typeset(f"{round(value or 0):,}")


def half(value: Value) -> str:
    """A count that may end in one half, such as a median: 12 or 12.5."""
    return MISSING if _missing(value) else _typeset(f"{value or 0:,.1f}".removesuffix(".0"))


def real(value: Value, digits: int = 3) -> str:
    """A number with three significant digits: 0.0123, 1.23, 123."""
    if value is None or _missing(value):
        return MISSING
    if value == 0:
        return "0"
    if abs(value) < 1e-4:
        mantissa, exponent = f"{value:.1e}".split("e")
        return _typeset(f"{mantissa} × 10{_superscript(int(exponent))}")
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return _typeset(f"{value:,.{places}f}")


def digits(value: Value) -> str:
    """A number for a program to read, with six significant digits; empty where there is none."""
    return "" if _missing(value) else f"{value:.6g}"


def setting(value: Value) -> str:
    """A number that somebody chose, as short as it is: 0.25, 0.001, 10."""
    return MISSING if _missing(value) else _typeset(f"{value or 0:g}")


def rho(value: Value) -> str:
    """A correlation or another number in [−1, 1] with two decimals."""
    return MISSING if _missing(value) else _typeset(f"{(value or 0) + 0.0:.2f}")


def percent(value: Value) -> str:
    """A share as a percentage: 12 %, 1.2 %, > 99.9 %; what is not 0 or 1 is never rounded to it."""
    if value is None or _missing(value):
        return MISSING
    amount = 100 * value
    if 0 < abs(amount) < 0.1:
        text = f"<{THIN_SPACE}0.1"
    elif 99.9 < amount < 100:
        text = f">{THIN_SPACE}99.9"
    elif 99 < amount <= 99.9:
        text = f"{amount:.1f}"
    else:
        text = f"{amount:.{1 if abs(amount) < 9.95 else 0}f}"
    return _typeset(text.removesuffix(".0")) + THIN_SPACE + "%"


def points(value: Value) -> str:
    """A difference of shares in percentage points, without the word."""
    if value is None or _missing(value):
        return MISSING
    return _typeset(f"{100 * value:.{1 if abs(value) < 0.0995 else 0}f}".removesuffix(".0"))


def p_value(value: Value) -> str:
    """A p-value with two significant digits, or that it is below 0.0001."""
    return f"<{THIN_SPACE}0.0001" if value is not None and value < 1e-4 else real(value, digits=2)


def grey(value: Value) -> str:
    """A change of an image in [0, 1], written in 8-bit grey levels."""
    return MISSING if value is None else real(255 * value)


SCALES = {
    "whole": whole,
    "half": half,
    "real": real,
    "rho": rho,
    "percent": percent,
    "points": points,
    "grey": grey,
    "setting": setting,
    "p": p_value,
}


def shown(value: Value, scale: str) -> str:
    """A number on one of `SCALES`."""
    return SCALES[scale](value)


def _missing(value: Value) -> bool:
    return value is None or not math.isfinite(value)


def _typeset(text: str) -> str:
    text = "0" + text[2:] if text.startswith("-0") and not text.strip("-0.") else text
    return text.replace("-", MINUS).replace(",", THIN_SPACE)


def _superscript(exponent: int) -> str:
    digits = str(exponent).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return digits.replace("-", "⁻")
