"""Whether every architecture has what the saliency methods need of it, asked before any job starts.

A method's module says what it needs (`NEEDS`, read from its source) and the table of architectures
(`models/layers.py`) answers, both without torch. What the table does not know is found out when the
network is loaded, and refused there in the same words.
"""

from __future__ import annotations

from inputgrad import registry
from inputgrad.config.schema import Config
from inputgrad.config.settings import read_constant
from inputgrad.engine.records import Run
from inputgrad.errors import ModelError
from inputgrad.models.layers import DEPTHS, refusal


def check_saliency(config: Config) -> None:
    """ModelError, a line for each fault, where a run cannot serve an architecture."""
    faults = [words for run in config.typed_runs["saliency"] for words in _refusals(config, run)]
    if faults:
        raise ModelError("\n".join(dict.fromkeys(faults)))


def _refusals(config: Config, run: Run) -> list[str]:
    """Why a run cannot serve models, a line each."""
    source = registry.source_file(registry.module_name("saliency", run.method))
    need = read_constant(source, "NEEDS")
    if need is None:
        return []
    layer = getattr(run.parameters, "layer", DEPTHS[-1])
    found = (
        refusal(model.source, model.architecture, need, layer=layer)
        for model in config.specifications.values()
    )
    where = f"saliency.runs.{run.name}: {run.method}"
    return [f"{where}: {words}" for words in found if words is not None]
