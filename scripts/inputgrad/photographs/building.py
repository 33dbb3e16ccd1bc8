"""From what the sources offer to the index: identities, duplicates, the sample, batches.

Every photograph of the sample is decoded once, and one that cannot be gives its place to the next
in rank: so whatever follows may count on them, and no number is of a photograph that nobody saw.
What is not used is listed file by file with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from inputgrad.errors import PhotographError
from inputgrad.photographs import UPRIGHT, Listing, Refused, Source
from inputgrad.photographs.batches import fitting_size, place
from inputgrad.photographs.boxes import Find, boxes_file, finder
from inputgrad.photographs.file_hashes import FileHashes
from inputgrad.photographs.files import printable
from inputgrad.photographs.index import Index, IndexedImage, RefusedFile
from inputgrad.photographs.reading import Identity
from inputgrad.photographs.sampling import Entry, distinct, sample

Offer = tuple[Source, Listing]


def build_index(
    offers: Sequence[Offer],
    *,
    n: int | None,
    seed: int,
    batch_size: int | None,
    store: Path,
    file_cache: Path,
) -> Index:
    """Draw the sample, and put new photographs into new batches.

    Args:
        offers: each source and what it offers, in the order of the configuration.
        n: size of the sample, or None for all photographs.
        seed: of the sample.
        batch_size: the most photographs in a new batch, at least 1; None: as suits the sample.
        store: the folder of the batch files; created if needed, only added to.
        file_cache: the file that remembers what is known of unchanged files.

    Raises:
        PhotographError: the sample is empty, or a file of boxes cannot be used.
        StoreError: a stored batch is damaged.
    """
    hashes = FileHashes(file_cache)
    identified, refused = _identified(offers, hashes)
    present, duplicates, contradictions = distinct(identified)
    refused += [*duplicates, *contradictions]
    chosen, undecodable = _decodable_sample(present, hashes, n=n, seed=seed)
    hashes.save()
    refused += undecodable
    if not chosen:
        raise _empty_sample(refused)
    size = batch_size or fitting_size(len(chosen))
    batch_of = place(chosen, present=present, batch_size=size, store=store)
    boxes = _boxes(offers)
    images = tuple(
        IndexedImage(
            e.image_id,
            e.label,
            batch_of[e.image_id],
            printable(e.path.name),
            e.source,
            boxes[e.path](e.path, e.label),
        )
        for e in chosen
    )
    batches = tuple(sorted(set(batch_of.values())))
    return Index(seed, n, images, batches, tuple(sorted(_named(refused, offers))), size)


def _identified(offers: Sequence[Offer], hashes: FileHashes) -> tuple[list[Entry], list[Refused]]:
    """Photographs with their identities, and what has none or was refused by its source."""
    offered = [(source.kind, found) for source, listing in offers for found in listing.photographs]
    refused = [refusal for _, listing in offers for refusal in listing.refused]
    results = hashes.identities([photograph.path for _, photograph in offered])
    entries: list[Entry] = []
    for (kind, photograph), found in zip(offered, results, strict=True):
        if isinstance(found, Identity):
            image_id = found.upright if kind in UPRIGHT else found.stored
            entries.append(Entry(image_id, photograph.label, photograph.path, kind))
        else:
            refused.append(Refused(photograph.path, str(found)))
    return entries, refused


def _decodable_sample(
    present: Iterable[Entry], hashes: FileHashes, *, n: int | None, seed: int
) -> tuple[list[Entry], list[Refused]]:
    """The sample of those that can be decoded, and those tried that cannot."""
    left, refused = [*present], list[Refused]()
    while True:
        chosen = sample(left, n=n, seed=seed)
        faults = hashes.faults([(entry.path, entry.image_id) for entry in chosen])
        faulty = {e: fault for e, fault in zip(chosen, faults, strict=True) if fault is not None}
        if not faulty:
            return chosen, refused
        refused += [Refused(entry.path, fault) for entry, fault in faulty.items()]
        left = [entry for entry in left if entry not in faulty]


def _boxes(offers: Sequence[Offer]) -> dict[Path, Find]:
    """What finds the boxes of each photograph."""
    found: dict[Path, Find] = {}
    for source, listing in offers:
        find = finder(boxes_file(source))
        found |= dict.fromkeys((photograph.path for photograph in listing.photographs), find)
    return found


def _named(refused: Iterable[Refused], offers: Sequence[Offer]) -> Iterator[RefusedFile]:
    """What is not used, named by its place in its source."""
    kinds: dict[Path, Source] = {}
    for source, listing in offers:
        kinds |= dict.fromkeys((photograph.path for photograph in listing.photographs), source)
        kinds |= dict.fromkeys((refusal.path for refusal in listing.refused), source)
    for refusal in refused:
        source = kinds[refusal.path]
        root, path = source.path, refusal.path
        inside = root is not None and root != path and path.is_relative_to(root)
        shown = path.relative_to(root).as_posix() if root and inside else path.name
        yield RefusedFile(printable(shown), refusal.reason, source.kind)


def _empty_sample(refused: Sequence[Refused]) -> PhotographError:
    reasons = Counter(refusal.reason for refusal in refused).most_common(3)
    why = "; ".join(f"{count} x {reason}" for reason, count in reasons) or "there were none"
    return PhotographError(
        f"no photograph can be used, {len(refused)} were refused ({why}); "
        "check `images: sources:`, its paths and labels"
    )
