"""What the page's controls show: pictures and the summary's numbers, a card for each subject.

A card is a photograph or a class, with an entry for each network. A picture whose numbers the
summary does not have is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from inputgrad.report.assets import Controlled, Film, Pair
from inputgrad.report.summaries.adversarial import AttackPoint
from inputgrad.report.summaries.summary import Summary
from inputgrad.report.summaries.visualization import Snapshot

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class PairEntry:
    """A photograph, its adversarial image and the attack that made it."""

    pair: Pair
    point: AttackPoint

    @property
    def model(self) -> str:
        """The attacked network."""
        return self.pair.model


@dataclass(frozen=True, slots=True)
class FilmEntry:
    """A class visualisation: the images and what is known of each, in the order of iterations."""

    film: Film
    frames: tuple[tuple[Snapshot, str], ...]

    @property
    def model(self) -> str:
        """The network that drew it."""
        return self.film.model


@dataclass(frozen=True, slots=True)
class Card(Generic[E]):
    """One subject, by the class of the photograph or of the visualisation."""

    class_index: int
    entries: tuple[E, ...]


@dataclass(frozen=True, slots=True)
class Viewer(Generic[E]):
    """The cards of one control, and what they can be filtered by."""

    cards: tuple[Card[E], ...]
    models: tuple[str, ...]

    @property
    def classes(self) -> tuple[int, ...]:
        """Each class of a card once, in the cards' order."""
        return tuple(dict.fromkeys(card.class_index for card in self.cards))


def pair_viewer(controlled: Controlled, summary: Summary) -> Viewer[PairEntry]:
    """The photographs in the order of the exemplars."""
    found: dict[str, list[PairEntry]] = {}
    for pair in controlled.pairs:
        for row in summary.attack_runs.get(pair.run, ()):
            point = row.point(pair.image_id) if row.model == pair.model else None
            if point is not None:
                found.setdefault(pair.image_id, []).append(PairEntry(pair, point))
    cards = tuple(Card(entries[0].point.label, tuple(entries)) for entries in found.values())
    return Viewer(cards, _models(summary, controlled.pairs))


def film_viewer(controlled: Controlled, summary: Summary) -> Viewer[FilmEntry]:
    """The classes of the main run in their order."""
    found: dict[int, list[FilmEntry]] = {}
    for film in controlled.films:
        known = _snapshots(summary, film)
        frames = tuple((known[i], uri) for i, uri in film.frames.items() if i in known)
        if frames:
            found.setdefault(film.class_index, []).append(FilmEntry(film, frames))
    cards = tuple(Card(index, tuple(entries)) for index, entries in found.items())
    return Viewer(cards, _models(summary, controlled.films))


def _snapshots(summary: Summary, film: Film) -> Mapping[int, Snapshot]:
    """Iteration -> what the main run's visualisation of the film's class measured there."""
    for ascent in summary.drawn.get(film.model, ()):
        if ascent.class_index == film.class_index:
            return {snapshot.iteration: snapshot for snapshot in ascent.snapshots}
    return {}


def _models(summary: Summary, pictures: Iterable[Pair | Film]) -> tuple[str, ...]:
    """Networks of the pictures, in the order of the configuration."""
    shown = {picture.model for picture in pictures}
    return tuple(model for model in summary.context.model_names if model in shown)
