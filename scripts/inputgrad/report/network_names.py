"""What networks are called in the page and in its figures.

By the title of their architecture, with the configuration's name beside it where two networks have
the same one; by that name alone where the architecture has no title.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from inputgrad.report.summaries.context import ModelFacts


def network_names(
    models: Sequence[ModelFacts], architectures: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """Name in the configuration -> name for readers; `architectures` are those of the labels."""
    twins = Counter(model.architecture for model in models)
    return {
        model.name: _name(model, architectures[model.architecture]["title"], twins)
        if model.architecture in architectures
        else model.name
        for model in models
    }


def _name(model: ModelFacts, title: str, twins: Mapping[str, int]) -> str:
    return f"{title} ({model.name})" if twins[model.architecture] > 1 else title
