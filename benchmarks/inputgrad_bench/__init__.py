"""The benchmark behind `make bench`: how fast we are beside what one would use instead.

Every measured pair is one module here and one line in `FIGURES`. A module offers

    REQUIRES: the packages that it needs beyond those of the engine
    SIDES: the sides by name (see `sides.py`), each run in fresh processes
    measure(bench) -> its figures with the targets that they are held to, or why there are none

`docs/benchmark.md` says what each figure means and where the time goes.
"""

from __future__ import annotations

FIGURES: dict[str, str] = {
    "attack_vs_notebook": "inputgrad_bench.attack_vs_notebook",
    "attack_vs_foolbox": "inputgrad_bench.attack_vs_foolbox",
    "saliency_vs_captum": "inputgrad_bench.saliency_vs_captum",
    "removal": "inputgrad_bench.removal",
    "survival": "inputgrad_bench.survival",
    "road_vs_quantus": "inputgrad_bench.road_vs_quantus",
    "single_deletion": "inputgrad_bench.single_deletion",
    "classvis_vs_notebook": "inputgrad_bench.classvis_vs_notebook",
    "ascents": "inputgrad_bench.ascents",
    "engine_efficiency": "inputgrad_bench.engine_efficiency",
    "slot_use": "inputgrad_bench.slot_use",
    "growth": "inputgrad_bench.growth",
    "workflow_overhead": "inputgrad_bench.workflow_overhead",
}
