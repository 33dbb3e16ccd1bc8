"""The class that an attack aims at under the target policy `fixed`, photograph by photograph.

The configuration gives one class for all photographs, or one for each, by file name or image_id.
A photograph without a class, or with its own label's, is not attacked under this policy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from inputgrad.errors import ConfigError, InputgradError, unknown
from inputgrad.photographs.classes import Classes
from inputgrad.photographs.index import IndexedImage

KEY = "adversarial.fixed"
Given = int | str | Mapping[str, int | str]  # index, wnid or name of a class; or one by photograph


@dataclass(frozen=True)
class FixedTargets:
    """Class index of all photographs, or of each by image_id."""

    everywhere: int | None = None
    by_image: Mapping[str, int] = field(default_factory=dict)

    def of(self, image_id: str) -> int | None:
        """The photograph's class, None where it has none."""
        return self.by_image.get(image_id, self.everywhere)


def resolved(given: Given, classes: Classes) -> int | dict[str, int]:
    """The configured classes as indices; ConfigError for an unknown one."""
    if isinstance(given, Mapping):
        return {name: _index(one, classes, f"{KEY}.{name}") for name, one in given.items()}
    return _index(given, classes, KEY)


def fixed_targets(
    given: Given, images: Collection[IndexedImage], classes: Classes, *, whole: bool
) -> FixedTargets:
    """Targets of the sample; a class given for an image_id goes before one for a file name.

    whole: the sample is all there is, so every name in the configuration must be one of its.

    Raises:
        ConfigError: a class or photograph is unknown, or nothing would be attacked.
    """
    found = resolved(given, classes)
    if isinstance(found, int):
        targets = FixedTargets(everywhere=found)
    else:
        if whole:
            _check_names(found, images)
        keys = [(key, i.image_id) for i in images for key in (i.file, i.image_id) if key in found]
        targets = FixedTargets(by_image={image_id: found[key] for key, image_id in keys})
    if all(targets.of(image.image_id) in (None, image.label) for image in images):
        raise ConfigError(
            f"{KEY}: nothing would be attacked, since the class of every photograph is its own "
            "label or not given; name another class"
        )
    return targets


def _check_names(names: Collection[str], images: Collection[IndexedImage]) -> None:
    files = {image.file for image in images}
    known = files | {image.image_id for image in images}
    for name in names:
        if name not in known:
            raise ConfigError(f"{KEY}: {unknown('photograph', name, files)}")


def _index(one: int | str, classes: Classes, where: str) -> int:
    try:
        return classes.resolve(one)
    except InputgradError as error:
        raise ConfigError(f"{where}: {error}") from None
