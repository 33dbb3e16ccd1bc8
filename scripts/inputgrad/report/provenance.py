"""What a report was made with: models by their hashes, settings, versions. No clock time.

Only what decides the numbers is named, so a report that grew in three steps says the same as one
made at once.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping

from inputgrad.config.settings import Settings
from inputgrad.hashing import canonical_json, digest
from inputgrad.jobs.dag import Dag
from inputgrad.models.specification import identity, model_id, preprocessing_words
from inputgrad.models.versions import installed_version
from inputgrad.registry import TECHNIQUES

LIBRARIES = (
    "torch",
    "torchvision",
    "efficientnet-lite-pytorch",
    "numpy",
    "scipy",
    "scikit-image",
    "pandas",
    "pyarrow",
    "pillow",
    "matplotlib",
    "snakemake",
)


def provenance(dag: Dag, devices: Iterable[str]) -> dict[str, Mapping[str, str]]:
    """Heading -> name -> value, for the report's appendix; `devices` are those recorded."""
    config, index = dag.config, dag.index()
    return {
        "models": {name: _model(dag, name) for name in dag.models},
        "photographs": {
            "photographs": str(len(index.images)),
            "sample": digest([[i.image_id, i.label] for i in index.images], length=16),
            "sources": ", ".join(sorted({source.kind for source in config.photograph_sources})),
        },
        "settings": {
            "seed": str(config.seed),
            "device": ", ".join(sorted(set(devices))),
            "threads": str(config.threads),
        },
        "runs": {
            f"{technique}, {run.name}": f"{run.method} {_brief(run.parameters)}"
            for technique in TECHNIQUES
            for run in dag.plan.runs[technique]
        },
        "measures": {
            f"{technique}, {measure.name}": _brief(measure.parameters) or "nothing to set"
            for technique in TECHNIQUES
            for measure in dag.plan.measures[technique]
        },
        "versions": {"python": platform.python_version()}
        | {library: installed_version(library) or "absent" for library in LIBRARIES},
    }


def _model(dag: Dag, name: str) -> str:
    specification = dag.config.specifications[name]
    made = identity(specification)
    key, slots = model_id(specification), specification.slots
    return (
        f"{key}: {made['architecture']}, {canonical_json(made['weights'])}, slots {slots}; "
        f"preprocessing: {preprocessing_words(specification)}"
    )


def _brief(parameters: Settings) -> str:
    values = parameters.model_dump(mode="json", by_alias=True, exclude_none=True)
    return ", ".join(f"{key} {value}" for key, value in sorted(values.items()))
