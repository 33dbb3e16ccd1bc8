"""The recipes of cells: everything that their numbers depend on beside their items and inputs.

The model's identity, the method or measure with all its parameters, the seed, the code, the
versions of the libraries it uses, the device as configured, slots and threads. What is configured
but changes no number (names, texts, sizes of figures, what is kept) is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inputgrad import registry
from inputgrad.cells import fingerprint
from inputgrad.cells.cell import Recipe
from inputgrad.config.schema import Config
from inputgrad.config.settings import Settings, named_runs, runs_elsewhere
from inputgrad.models.specification import loading_modules, model_id

NUMERIC_CORE = (  # what every cell depends on beside its own module
    "inputgrad.engine.inputs",
    "inputgrad.engine.determinism",
    "inputgrad.engine.slots",
    "inputgrad.models.loading",
)
# parameters that say which items, or what the items' input learns from, and not how
OF_THE_ITEMS = frozenset({"classes", "init_img", "training", "photographs"})
REPEAT = "repeat"  # parameter that is added to the seed


class Recipes:
    """Recipes of the cells of a configuration, each made once: every batch has the same."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._identities: dict[str, str] = {}
        self._code: dict[tuple[str, ...], dict[str, Any]] = {}
        self._made: dict[tuple[object, ...], tuple[Settings, Recipe]] = {}

    def of(
        self,
        table: str,
        model: str,
        modules: Sequence[str],
        named: Mapping[str, Any],
        parameters: Settings,
    ) -> Recipe:
        """The recipe of one method, measure, judgement or training on a model.

        Args:
            table: the table that its cells belong to.
            model: the model's name in the configuration.
            modules: dotted names of the modules that it is made of.
            named: what says which it is: its kind and name, its target policy.
            parameters: those of the configuration.
        """
        # by identity: a hash of the parameters costs as much as the recipe; they are kept with it
        key = (table, model, *modules, *sorted(named.items()), id(parameters))
        if key not in self._made:
            content = {
                "table": table,
                **named,
                "parameters": _numeric(parameters),
                "model_id": self._model_id(model),
                "seed": seed_of(self._config.seed, parameters),
                **self._code_of(table, modules, model),
                "device": self._config.device,
                "slots": self._config.models[model].slots,
                "threads": self._config.threads,
            }
            self._made[key] = (parameters, Recipe(content))
        return self._made[key][1]

    def _model_id(self, model: str) -> str:
        if model not in self._identities:
            self._identities[model] = model_id(self._config.specifications[model])
        return self._identities[model]

    def _code_of(self, table: str, modules: Sequence[str], model: str) -> dict[str, Any]:
        """Code and versions of libraries of a method or measure and of what loads its model."""
        loading = loading_modules(self._config.specifications[model])
        key = (*modules, *loading)
        if key not in self._code:
            shared = registry.TECHNIQUES.get(table)  # what judges has nothing in common
            own = [*modules, *([shared.module] if shared else [])]
            roots = [registry.source_file(m) for m in (*own, *loading, *NUMERIC_CORE)]
            self._code[key] = {
                "code": fingerprint.numeric_code(roots),
                "versions": fingerprint.numeric_versions(roots),
            }
        return self._code[key]


def _numeric(parameters: Settings) -> dict[str, Any]:
    """Those that are neither the items, nor cells upstream, nor a part of the seed."""
    inputs = named_runs(parameters).keys() | runs_elsewhere(parameters).keys()
    elsewhere = OF_THE_ITEMS | {REPEAT} | inputs
    settings = parameters.model_dump(mode="json", by_alias=True)
    return {name: value for name, value in settings.items() if name not in elsewhere}


def seed_of(seed: int, parameters: Settings) -> int:
    """The seed of a run: that of the configuration, and on top of it the run's `repeat`, if any."""
    return seed + int(getattr(parameters, REPEAT, 0))
