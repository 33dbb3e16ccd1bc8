"""Page one: one photograph through the three techniques, in the first network.

One row a technique: what it starts from, what the gradient is followed for, what comes out, where
to look, and in words what these pictures are and what was found. The photograph is the first
exemplar that has a map and an attack, one from which a class visualisation starts before all
others. Without such a visualisation the last row starts from another photograph, or from noise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.classes import with_pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import image_grid
from inputgrad.report.figures.grid_layout import Tile
from inputgrad.report.figures.pictures import amplification, amplified, as_picture, heat, overlay
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.adversarial import AttackRow
from inputgrad.report.summaries.q01_saliency import FAITHFULNESS
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.report.summaries.summary import Summary
from inputgrad.report.summaries.visualization import Ascent

WIDTHS = (1.0, 0.9, 1.0, 1.0, 2.0)  # of the columns, in tiles


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """The three rows, or those of them that there are pictures for; None without any."""
    model = summary.context.model_names[0]
    maps = next((row for row in summary.saliency if row.model == model), None)
    attack = next((row for row in summary.attacks if row.model == model), None)
    drawn = with_pictures(summary.ascents[model], pictures)
    image_id = _photograph(summary, pictures, maps, attack, [a.start for a in drawn])
    ascent = max(drawn, key=lambda a: (a.start == image_id, a.start is not None), default=None)
    rows: list[tuple[str, list[Tile]]] = []
    if image_id is not None and maps is not None:
        rows.append((words["overview_saliency"], _saliency(maps, image_id, pictures, words)))
    if image_id is not None and attack is not None:
        rows.append((words["overview_attack"], _attack(attack, image_id, pictures, words)))
    if ascent is not None:
        rows.append((words["overview_class"], _ascent(ascent, pictures, words)))
    shown = [(label, tiles) for label, tiles in rows if tiles]
    if not shown:
        return None
    facts: dict[str, Fact] = {"image_id": image_id}
    figure = image_grid(
        [tiles for _, tiles in shown],
        heading=words.network(model),
        row_labels=[label for label, _ in shown],
        widths=WIDTHS,
    )
    begun = {image_id, None if ascent is None else ascent.start} - {None}
    return Drawing(figure, max(1, len(begun)), facts, format="png")


def _photograph(
    summary: Summary,
    pictures: Pictures,
    maps: SaliencyRow | None,
    attack: AttackRow | None,
    starts: Sequence[str | None],
) -> str | None:
    """A photograph with the pictures of as many techniques as there are; None without any."""
    chosen = pictures.exemplars.of("saliency", summary.context)
    ids = chosen.get(maps.run, ()) if maps is not None else ()

    def complete(image_id: str) -> tuple[int, bool]:
        attacked = attack is not None and _altered(attack, image_id, pictures) is not None
        return attacked + (image_id in starts), attacked

    known = [i for i in ids if maps and pictures.saliency(maps.model, maps.run, i) is not None]
    return max(known, key=complete, default=None)


def _saliency(row: SaliencyRow, image_id: str, pictures: Pictures, words: Words) -> list[Tile]:
    photograph = pictures.photograph(row.model, image_id)
    found = pictures.saliency(row.model, row.run, image_id)
    point = row.point(image_id)
    if photograph is None or found is None or point is None:
        return []
    rho = point.measured.get(FAITHFULNESS)
    foretells = () if rho is None else (words["rho"].format(rho),)
    shown = words["overview_pictures"].format(words["map"], words["overlay"])
    return [
        Tile(photograph),
        Tile(notes=(words["overview_once"],)),
        Tile(heat(found)),
        Tile(overlay(photograph, found)),
        Tile(notes=(words.class_name(point.label), shown, *foretells)),
    ]


def _altered(row: AttackRow, image_id: str, pictures: Pictures) -> NDArray[np.uint8] | None:
    return pictures.adversarial(row.model, row.run, row.target_policy, image_id)


def _attack(row: AttackRow, image_id: str, pictures: Pictures, words: Words) -> list[Tile]:
    plain = pictures.photograph(row.model, image_id)
    altered = _altered(row, image_id, pictures)
    point = row.point(image_id)
    if plain is None or altered is None or point is None or point.iterations is None:
        return []
    difference = as_picture(altered) - as_picture(plain)
    factor = amplification([difference])
    target = "" if point.target is None else words.class_name(point.target)
    reached = "confidence" if point.fooled_png else "confidence_not_reached"
    after = words[reached].format(target, words.percent(point.confidence_target_after))
    share = words.percent(point.confidence_label_before)
    before = words["confidence"].format(words.class_name(point.label), share)
    shown = words["overview_pictures"].format(words["altered"], words.difference(factor))
    return [
        Tile(plain),
        Tile(notes=(words["overview_steps"].format(point.iterations),)),
        Tile(altered),
        Tile(amplified(difference, factor)),
        Tile(notes=(words["change"].format(before, after), shown)),
    ]


def _ascent(ascent: Ascent, pictures: Pictures, words: Words) -> list[Tile]:
    images = pictures.snapshots(ascent)
    start = None
    if ascent.snapshots[0].iteration == 0:
        start = np.asarray(images[0])
    elif ascent.start is not None:
        start = pictures.photograph(ascent.model, ascent.start)
    if start is None:
        return []
    end = np.asarray(images[-1])
    difference = as_picture(end) - as_picture(start)
    factor = amplification([difference])
    name, probability = words.class_name(ascent.class_index), ascent.last.probability
    shown = words["overview_pictures"].format(words["picture"], words.difference(factor))
    return [
        Tile(start),
        Tile(notes=(words["overview_steps"].format(ascent.iterations),)),
        Tile(end),
        Tile(amplified(difference, factor)),
        Tile(notes=(name, shown, words.probability(probability))),
    ]
