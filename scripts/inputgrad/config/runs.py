"""Runs and measures of the configuration, parsed once into the `Parameters` of their modules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import ValidationError

from inputgrad import registry
from inputgrad.config.settings import (
    Settings,
    explain,
    method_of_run,
    named_runs,
    read_constant,
    read_parameters,
)
from inputgrad.config.sweeps import expanded
from inputgrad.engine.records import Run
from inputgrad.errors import ConfigError, unknown

TargetPolicy = Literal["random", "runner_up", "least_likely", "fixed", "untargeted"]


@dataclass(frozen=True)
class Measuring:
    """One configured measure.

    Attributes:
        name: key of the registry.
        parameters: its checked `Parameters`.
        runs: the runs that it is for.
        inputs: runs whose outcomes it needs beside the measured one's, as its parameters name them.
    """

    name: str
    parameters: Any
    runs: tuple[str, ...]
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judging:
    """One configured judgement of a technique's images.

    Attributes:
        name: key of the registry, and its table.
        module: dotted name of its module.
        parameters: its checked `Parameters`.
        runs: the runs whose images are judged.
        models: the models that judge them.
    """

    name: str
    module: str
    parameters: Any
    runs: tuple[str, ...]
    models: tuple[str, ...]


def faults(technique: str, section: Any) -> list[str]:
    """Faults of the parameters of runs and measures; what the schema refuses is passed over."""
    if not isinstance(section, Mapping):
        return []
    return [*_run_faults(technique, section.get("runs")), *_measure_faults(technique, section)]


def _run_faults(technique: str, runs: Any) -> Iterator[str]:
    if not isinstance(runs, Mapping) or not all(isinstance(e, Mapping) for e in runs.values()):
        return
    try:
        entries = expanded(runs)
    except ValueError:
        return
    for name, entry in entries.items():
        try:
            run_of(technique, name, entry)
        except ConfigError as error:
            yield str(error)


def _measure_faults(technique: str, section: Mapping[str, Any]) -> Iterator[str]:
    measures, runs = section.get("measures"), section.get("runs")
    if isinstance(measures, Mapping) and all(isinstance(e, Mapping) for e in measures.values()):
        for name, entry in measures.items():
            try:
                known = expanded(runs or {})
                taken = _measure(technique, name, entry, tuple(known))
                yield from _wrong_methods(f"{technique}.measures.{name}", taken.parameters, known)
            except ConfigError as error:
                yield str(error)
            except (ValueError, AttributeError, TypeError):  # the runs are faulty themselves
                return


def _wrong_methods(
    where: str, parameters: Settings, runs: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """What a measure's parameters name that is a run of another method than it needs."""
    for key, run in named_runs(parameters).items():
        wanted, method = method_of_run(parameters, key), str(runs[run].get("method") or run)
        if wanted not in (None, method):
            yield (
                f"{where}.{key}: the run {run!r} has the method {method!r}; expected a run of the "
                f"method {wanted!r}"
            )


def run_of(technique: str, name: str, entry: Mapping[str, Any]) -> Run:
    """A run with its method's parameters; the method is by default the run's own name."""
    where, method = f"{technique}.runs.{name}", str(entry.get("method") or name)
    try:
        parameters = parameters_of(technique, method)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}; give the entry a `method:` from this list") from None
    given = {key: value for key, value in entry.items() if key != "method"}
    if technique == "adversarial":
        _check_policies(given.pop("targets", None), method, where=f"{where}.targets")
    return Run(name, method, _checked(parameters, given, where=where))


def is_untargeted(method: str) -> bool:
    """Whether an attack knows no target: its module says `UNTARGETED = True`."""
    source = registry.source_file(registry.module_name("adversarial", method))
    return bool(read_constant(source, "UNTARGETED"))


def is_trained(run: str, entry: Mapping[str, Any]) -> bool:
    """Whether the entry of a run names an attack that is trained, toward the one fixed class."""
    return str(entry.get("method") or run) in registry.TRAININGS


def policies_of(run: Run, entry: Mapping[str, Any], general: Sequence[str]) -> tuple[str, ...]:
    """Target policies of a run of an attack: its own `targets`, by default those of all runs.

    An attack that knows no target runs `untargeted` alone, one that is trained `fixed`.
    """
    only = _only_policy(run.method)
    return (only,) if only else tuple(entry.get("targets") or general)


def _only_policy(method: str) -> TargetPolicy | None:
    """The one policy that an attack runs under, where it has no choice."""
    if is_untargeted(method):
        return "untargeted"
    return "fixed" if method in registry.TRAININGS else None


def _check_policies(given: Any, method: str, *, where: str) -> None:
    """ConfigError where a run's own target policies are no list of them, or not the attack's."""
    if given is None:
        return
    known = [*get_args(TargetPolicy)]
    if not isinstance(given, list) or not given or len(set(map(str, given))) < len(given):
        raise ConfigError(f"{where}: expected a list of different policies; came {given!r}")
    for policy in given:
        if policy not in known:
            raise ConfigError(f"{where}: {unknown('target policy', str(policy), known)}")
    only = _only_policy(method)
    if only and given != [only]:
        why = "knows no target" if only == "untargeted" else "is trained toward the class `fixed`"
        raise ConfigError(f"{where}: {method} {why}; leave `targets` out")


def measures_of(
    technique: str, section: Mapping[str, Mapping[str, Any]] | None, runs: tuple[str, ...]
) -> list[Measuring]:
    """The measures of a technique in the order of the registry; by default the few cheap ones."""
    known = registry.MEASURES[technique]
    default = registry.DEFAULT_MEASURES[technique]
    chosen = {name: {} for name in default} if section is None else section
    found = {name: _measure(technique, name, entry, runs) for name, entry in chosen.items()}
    return [found[name] for name in known if name in found]


def _measure(
    technique: str, name: str, entry: Mapping[str, Any], runs: tuple[str, ...]
) -> Measuring:
    where = f"{technique}.measures.{name}"
    try:
        source = registry.source_file(registry.measure_name(technique, name))
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None
    chosen = _chosen(entry, "runs", runs, where=where)
    given = {key: value for key, value in entry.items() if key != "runs"}
    parameters = _checked(read_parameters(source), given, where=where)
    inputs = named_runs(parameters)
    for key, run in inputs.items():
        if run not in runs:
            raise ConfigError(f"{where}.{key}: {unknown('run', run, runs)}; add it under `runs:`")
    others = [run for run in runs if run not in inputs.values()]
    return Measuring(
        name, parameters, tuple(others if chosen is None else chosen), tuple(inputs.values())
    )


def judgements_of(
    technique: str,
    section: Mapping[str, Mapping[str, Any]] | None,
    runs: tuple[str, ...],
    models: tuple[str, ...],
) -> list[Judging]:
    """The judgements of a technique's images in the order of the registry; by default all."""
    known = registry.JUDGEMENTS[technique]
    chosen = {name: {} for name in known} if section is None else section
    found = {name: _judging(technique, name, entry, runs, models) for name, entry in chosen.items()}
    return [found[name] for name in known if name in found]


def _judging(
    technique: str,
    name: str,
    entry: Mapping[str, Any],
    runs: tuple[str, ...],
    models: tuple[str, ...],
) -> Judging:
    where = f"{technique}.judgements.{name}"
    try:
        module = registry.judgement_name(technique, name)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None
    judged = _chosen(entry, "runs", runs, where=where)
    judges = _chosen(entry, "models", models, where=where)
    given = {key: value for key, value in entry.items() if key not in ("runs", "models")}
    parameters = _checked(read_parameters(registry.source_file(module)), given, where=where)
    alone = read_constant(registry.source_file(module), "FIRST_RUN_ALONE")
    return Judging(
        name,
        module,
        parameters,
        (runs[:1] if alone else runs) if judged is None else tuple(judged),
        models if judges is None else tuple(judges),
    )


def _chosen(
    entry: Mapping[str, Any], key: str, known: tuple[str, ...], *, where: str
) -> list[str] | None:
    """Runs or models that an entry lists, None where it lists none."""
    chosen = entry.get(key)
    if chosen is None:
        return None
    if not (isinstance(chosen, list) and all(one in known for one in chosen)):
        raise ConfigError(f"{where}.{key}: expected a list of {key} among {', '.join(known)}")
    if len(set(chosen)) < len(chosen):
        raise ConfigError(
            f"{where}.{key}: a {key.removesuffix('s')} is there twice in {', '.join(chosen)}"
        )
    return chosen


def setting_of(measures: Mapping[str, list[Measuring]], technique: str, measure: str) -> Any:
    """The parameters of a measure, its defaults where it is not taken."""
    taken = (m.parameters for m in measures[technique] if m.name == measure)
    source = registry.source_file(registry.measure_name(technique, measure))
    return next(taken, None) or read_parameters(source)()


def parameters_of(technique: str, method: str) -> type[Settings]:
    """The class `Parameters` of a method; ConfigError names the nearest method."""
    return read_parameters(registry.source_file(registry.module_name(technique, method)))


def _checked(parameters: type[Settings], given: Mapping[str, Any], *, where: str) -> Settings:
    try:
        return parameters.model_validate(given)
    except ValidationError as error:
        raise ConfigError("\n".join(explain(error, parameters, where=where))) from None


def compared_policy(targets: Sequence[str]) -> str:
    """The target policy by which models are compared and pictures are shown.

    `random` or `fixed` where one is listed, since they are the same for every model; else the first
    that has a target.
    """
    targeted = [policy for policy in targets if policy != "untargeted"]
    return next((policy for policy in ("random", "fixed") if policy in targeted), targeted[0])
