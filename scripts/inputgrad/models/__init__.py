"""Classifiers: what a config says about them (without torch) and how they are loaded (with torch).

`SOURCES` maps the `source:` of a model in the config to the module that loads it. The module is
imported when a model of that source is loaded and not before, so that building the workflow's
graph needs neither torch nor the optional packages. Each of these modules offers
`load(specification) -> Classifier`.
"""

from __future__ import annotations

SOURCES: dict[str, str] = {
    "torchvision": "inputgrad.models.torchvision_weights",
    "package": "inputgrad.models.package",
    "checkpoint": "inputgrad.models.checkpoint",
    "timm": "inputgrad.models.timm_checkpoint",
}
