"""The photographs under measurement: files of a folder, those of a package, or made ones.

Where there are fewer than are needed, further ones are derived from them: mirrored, and cut
closer by a pixel at a time. Nothing is random, so every run measures the same files.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

ENDINGS = (".jpg", ".jpeg", ".png")
QUALITY = 92  # of the JPEG files that are written
MADE = 16  # made photographs


def collect(folder: Path | None, wanted: int, work: Path) -> tuple[list[Path], str]:
    """`wanted` files, derived ones in `work`, and in words where they come from.

    folder: where to look; by default the photographs of the package foolbox, or made ones.
    """
    sources, origin = _sources(folder, work)
    derived = islice(_derived(sources, work), max(0, wanted - len(sources)))
    return [*sources[:wanted], *derived], origin


def shrink(paths: Sequence[Path], wanted: int, side: int, work: Path) -> list[Path]:
    """`wanted` different small photographs of `side` pixels, for what must be cheap."""
    small = []
    for number in range(wanted):
        with Image.open(paths[number % len(paths)]) as image:
            picture = _variation(image.convert("RGB"), number // len(paths))
        path = work / f"small_{number:05}.jpg"
        picture.resize((side, side)).save(path, quality=QUALITY)
        small.append(path)
    return small


def _sources(folder: Path | None, work: Path) -> tuple[list[Path], str]:
    if folder is not None:
        found = [p for p in sorted(folder.rglob("*")) if p.suffix.lower() in ENDINGS]
        if not found:
            raise SystemExit(f"{folder} holds no {', '.join(ENDINGS)}; name another with --images")
        return found, "the folder given"
    foolbox = importlib.util.find_spec("foolbox")
    if foolbox is not None and foolbox.origin is not None:
        return sorted(Path(foolbox.origin).parent.glob("data/imagenet_*.jpg")), "package foolbox"
    return [_made(number, work) for number in range(MADE)], "made: coloured noise"


def _derived(sources: Sequence[Path], work: Path) -> Iterator[Path]:
    for round_ in count(1):
        for source in sources:
            path = work / f"{source.stem}_{round_}.jpg"
            with Image.open(source) as image:
                _variation(image.convert("RGB"), round_).save(path, quality=QUALITY)
            yield path


def _variation(image: Image.Image, round_: int) -> Image.Image:
    """Mirrored in odd rounds, and cut closer by a pixel in every second one."""
    turned = ImageOps.mirror(image) if round_ % 2 else image
    return ImageOps.crop(turned, round_ // 2)


def _made(number: int, work: Path) -> Path:
    """Noise whose power falls with the square of the frequency, as that of photographs does."""
    stream = np.random.default_rng(number)
    size = 256
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size)))
    frequency[0, 0] = 1
    noise = np.fft.fft2(stream.standard_normal((3, size, size))) / frequency
    noise[:, 0, 0] = 0
    picture = np.fft.ifft2(noise).real
    picture = 127 + 50 * picture / picture.std()
    path = work / f"made_{number:03}.jpg"
    pixels = picture.clip(0, 255).astype(np.uint8).transpose(1, 2, 0)
    Image.fromarray(pixels).save(path, quality=QUALITY)
    return path
