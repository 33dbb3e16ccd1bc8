"""The columns of the table of curves, which several measures share. Light: read without torch.

What the network says of a photograph as more and more of its pixels are changed, in the order of a
map; each measure writes curves of its own names (`saliency/curves.py` makes the rows).
"""

from __future__ import annotations

from inputgrad.tables.columns import Column

CURVES = "saliency_curves"
CURVE_COLUMNS = (
    Column(
        name="curve",
        kind="text",
        table=CURVES,
        key=True,
        meaning="`road_most_first` and `road_least_first`: the most or the least salient pixels "
        "are imputed; `deletion`: the most salient ones are blurred; `insertion`: the most salient "
        "ones are put into the blurred photograph.",
    ),
    Column(
        name="step",
        kind="whole",
        low=0,
        table=CURVES,
        key=True,
        meaning="Number of the point on the curve; 0 where no pixel is changed yet.",
    ),
    Column(
        name="share",
        kind="real",
        unit="share",
        low=0,
        high=1,
        table=CURVES,
        meaning="Share of the pixels that are imputed, blurred or put in.",
    ),
    Column(
        name="probability",
        kind="real",
        low=0,
        high=1,
        table=CURVES,
        meaning="Softmax probability of the label.",
    ),
    Column(name="correct", kind="flag", table=CURVES, meaning="The label has the highest score."),
)
