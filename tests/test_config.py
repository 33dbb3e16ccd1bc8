"""The configuration: what is refused and in which words, sweeps, defaults, and its own manual."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from inputgrad import registry
from inputgrad.cells.plan import Plan
from inputgrad.config import manual
from inputgrad.config.modules import check_registry
from inputgrad.config.schema import RUN_TECHNIQUES, Config, load_config, parse_config
from inputgrad.engine.records import Run
from inputgrad.errors import ConfigError, ModelError
from inputgrad.jobs.dag import Dag
from inputgrad.tables import schema

CONFIGS = Path(__file__).resolve().parents[1] / "config"
BASE: dict[str, Any] = {
    "images": {"sources": [{"kind": "bundled"}]},
    "models": {"lite0": {"source": "package", "architecture": "efficientnet_lite0"}},
    "saliency": {"runs": {"gradient": {}}},
    "adversarial": {"runs": {"gradient_ascent": {}}},
    "class_visualization": {"classes": ["daisy"], "runs": {"practical": {}}},
}

Change = Callable[[dict[str, Any]], Any]


def changed(change: Change) -> dict[str, Any]:
    content = deepcopy(BASE)
    change(content)
    return content


def measured(**entries: Any) -> Change:
    return lambda c: c["saliency"].update(measures=entries)


def attack(**entry: Any) -> Change:
    return lambda c: c["adversarial"]["runs"].update(mine={"method": "gradient_ascent", **entry})


def run_of(config: Config, table: str, name: str) -> Run:
    return next(run for run in config.typed_runs[table] if run.name == name)


def test_the_defaults_are_filled_in_and_runs_are_typed() -> None:
    config = parse_config(BASE)
    run = run_of(config, "adversarial", "gradient_ascent")
    assert run.method == "gradient_ascent"
    assert (run.parameters.eta, run.parameters.budget) == (0.25, 100)
    assert run.parameters.search_precision == "float32"
    assert config.typed_runs["adversarial"] is config.typed_runs["adversarial"]
    assert config.models["lite0"].slots == 4
    assert config.images.n is None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda c: c.update(titel="x"), "titel: unknown key 'titel'; did you mean 'title'?"),
        (lambda c: c["images"].update(exemplrs=2), "images.exemplrs: .*did you mean 'exemplars'?"),
        (lambda c: c["models"]["lite0"].update(slot=2), "models.lite0.slot: .*mean 'slots'?"),
        (lambda c: c["images"]["sources"][0].update(pth="x"), "sources.0.pth: .*mean 'path'?"),
        (lambda c: c["images"].update(sources=[{"kind": "floder"}]), "kind: .*mean 'folder'?"),
        (lambda c: c["images"].update(sources=[{"kind": "folder"}]), "sources.0: `path` is needed"),
        (lambda c: c["images"].update(sources=[]), "images.sources: .*at least 1"),
        (
            lambda c: c["images"].update(n=0),
            "images.n: expected greater than or equal to 1; came 0",
        ),
        (lambda c: c.update(seed=-1), "seed: expected greater than or equal to 0; came -1"),
        (lambda c: c.update(device="gpu"), "device: unknown value 'gpu'; .*known: auto, cpu, cuda"),
        (lambda c: c.pop("models"), "models: is missing"),
        (lambda c: c.update(models={"a b": {}}), "models.a b"),
        (lambda c: c.update(models=[]), r"models: expected a valid dictionary; came \[\]"),
        (lambda c: c["adversarial"].update(targets=["radnom"]), "targets.0: .*mean 'random'?"),
        (lambda c: c["adversarial"].update(targets=["untargeted"]), "targets: one policy with a"),
        (lambda c: c.update(report={"questions": [12]}), "report.questions.0: .*; came 12"),
        (lambda c: c["saliency"]["runs"].update(gradiant={}), "gradiant: .*mean 'gradient'?"),
        (attack(method="gradient_acent"), "runs.mine: .*did you mean 'gradient_ascent'?"),
        (attack(eta=0), "adversarial.runs.mine.eta: expected greater than 0; came 0"),
        (attack(etta=1), "adversarial.runs.mine.etta: unknown key 'etta'; did you mean 'eta'?"),
        (attack(sweep={"eta": 3}), "mine.sweep must map parameters to lists of values"),
        (attack(sweep=[3]), "mine.sweep must map parameters to lists of values"),
        (attack(sweep={"etta": [3]}), "mine-etta3.etta: .*did you mean 'eta'?"),
        (attack(sweep={"eta": [0.1, -0.1]}), "mine-eta-0.1.eta: expected greater than 0"),
        (attack(sweep={"eta": ["a/b"]}), "mine.sweep makes 'mine-etaa/b', which is no name"),
        (lambda c: c.update(keep="some"), "keep: unknown value 'some'; .*exemplars"),
        (measured(ginni={}), "saliency.measures.ginni: unknown saliency measure 'ginni'"),
        (measured(box={"quantil": 1}), "saliency.measures.box.quantil: .*mean 'quantile'?"),
        (measured(box={"runs": ["other"]}), "measures.box.runs: expected a list of runs among"),
        (measured(box={"runs": [["gradient"]]}), "measures.box.runs: expected a list of runs"),
        (lambda c: c["saliency"]["runs"].update(gradient=None), "runs.gradient: expected a valid"),
        (lambda c: c["saliency"].update(shown=["gradint"]), "saliency.shown: .*mean 'gradient'?"),
        (lambda c: c["saliency"].update(shown_by="label"), "saliency.shown_by: unknown measure"),
    ],
)
def test_a_fault_names_its_key_and_what_is_valid(change: Change, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault) as caught:
        parse_config(changed(change))
    assert len(str(caught.value)) < 400  # not the whole configuration


def test_several_faults_are_told_at_once_each_with_its_key() -> None:
    def change(content: dict[str, Any]) -> None:
        content["seed"] = -1
        content["models"]["lite0"]["slot"] = 2
        content["saliency"]["runs"]["guess"] = {}
        content["adversarial"]["runs"]["mine"] = {
            "method": "gradient_ascent",
            "eta": 0,
            "bugdet": 1,
        }

    with pytest.raises(ConfigError) as caught:
        parse_config(changed(change))
    keys = [line.partition(":")[0] for line in str(caught.value).splitlines()]
    ours = ["seed", "models.lite0.slot", "saliency.runs.guess"]
    assert keys == [*ours, "adversarial.runs.mine.eta", "adversarial.runs.mine.bugdet"]


def test_a_sweep_stands_for_every_combination() -> None:
    config = parse_config(changed(attack(budget=7, sweep={"eta": [1, 2], "budget": [3, 5]})))
    names = [name for name in config.adversarial.runs if name.startswith("mine")]
    assert names == [f"mine-eta{eta}-budget{budget}" for eta in (1, 2) for budget in (3, 5)]
    second = run_of(config, "adversarial", names[1]).parameters
    assert (second.eta, second.budget) == (1.0, 5)


def test_a_sweep_without_a_method_is_of_the_method_with_its_name() -> None:
    entry = {"gradient_ascent": {"sweep": {"eta": [2]}}}
    config = parse_config(changed(lambda c: c["adversarial"].update(runs=entry)))
    assert run_of(config, "adversarial", "gradient_ascent-eta2").method == "gradient_ascent"


def test_measures_are_the_default_ones_or_those_that_are_named() -> None:
    every = parse_config(BASE).typed_measures["saliency"]
    assert [m.name for m in every] == [*registry.DEFAULT_MEASURES["saliency"]]
    assert all(m.runs == ("gradient",) for m in every)
    some = {"box": {"quantile": 0.9, "runs": []}, "concentration": {}}
    named = parse_config(changed(lambda c: c["saliency"].update(measures=some)))
    found = {m.name: m for m in named.typed_measures["saliency"]}
    assert set(found) == {"box", "concentration"}
    assert (found["box"].parameters.quantile, found["box"].runs) == (0.9, ())


def test_two_runs_of_one_name_are_refused() -> None:
    def change(content: dict[str, Any]) -> None:
        content["adversarial"]["runs"]["mine-eta2"] = {"method": "gradient_ascent"}
        attack(sweep={"eta": [2]})(content)

    with pytest.raises(ConfigError, match="two runs are called 'mine-eta2'"):
        parse_config(changed(change))


def test_what_the_config_names_is_checked_before_any_job() -> None:
    def named(architecture: str) -> dict[str, Any]:
        return changed(lambda c: c["models"]["lite0"].update(architecture=architecture))

    with pytest.raises(ModelError, match="'efficientnet_lit0'; did you mean 'efficientnet_lite0'"):
        Dag.from_config(named("efficientnet_lit0"))
    unknown_class = changed(lambda c: c["class_visualization"].update(classes=["dasy"]))
    with pytest.raises(ConfigError, match=r"class_visualization\.classes: .*daisy"):
        Dag.from_config(unknown_class)


def with_run(entry: dict[str, Any], **section: Any) -> dict[str, Any]:
    """The configuration with one more attack."""

    def change(config: Any) -> None:
        config["adversarial"]["runs"]["more"] = entry
        config["adversarial"].update(section)

    return changed(change)


def test_a_run_of_an_attack_may_have_target_policies_of_its_own() -> None:
    heavy = {"method": "carlini_wagner", "targets": ["untargeted"]}
    config = parse_config(with_run(heavy, targets=["random", "runner_up"]))
    assert config.policies[next(iter(config.policies))] == ("random", "runner_up")
    assert config.policies["more"] == ("untargeted",)
    assert parse_config(with_run({"method": "deepfool"})).policies["more"] == ("untargeted",)
    cells = Plan(config).image_cells("adversarial", "lite0", [("0" * 16, 3)])
    aims = [(c.run, c.recipe["target_policy"]) for c in cells if c is c.base]
    assert aims.count(("more", "untargeted")) == 1
    assert ("more", "random") not in aims


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ({"method": "ddn", "targets": ["randm"]}, "did you mean 'random'"),
        ({"method": "ddn", "targets": []}, "list of different policies"),
        ({"method": "ddn", "targets": ["fixed"]}, "add `fixed`"),
        ({"method": "deepfool", "targets": ["random"]}, "knows no target"),
        ({"method": "pdg_l2"}, "did you mean 'pgd_l2'"),
        ({"method": "i_fgsm", "epsilon": 0}, "greater than 0"),
    ],
)
def test_faults_of_an_attack_are_named_before_any_job(entry: dict[str, Any], fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        parse_config(with_run(entry))
    shown = with_run({"method": "deepfool"}, shown=["more"])
    with pytest.raises(ConfigError, match="no attack under `random`"):
        parse_config(shown)


@pytest.mark.parametrize(
    ("text", "fault"),
    [("a: [", "not valid YAML"), ("- a", "expected keys and values"), (None, "cannot be read")],
)
def test_a_file_that_is_no_configuration(tmp_path: Path, text: str | None, fault: str) -> None:
    path = tmp_path / "config.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=fault):
        load_config(path)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_the_configurations_that_come_along_are_valid(path: Path) -> None:
    config = load_config(path)
    assert all(config.typed_runs[technique] for technique in RUN_TECHNIQUES)


def test_the_manual_is_what_the_schema_says() -> None:
    assert manual.FILE.read_text(encoding="utf-8") == manual.render(), (
        "run `PYTHONPATH=scripts python -m inputgrad docs`"
    )


def test_the_manual_has_every_key_of_the_default_configuration() -> None:
    text = manual.render()

    def keys(content: Any) -> set[str]:
        if isinstance(content, list):
            return {key for item in content for key in keys(item)}
        if not isinstance(content, dict):
            return set()
        inner = {key for value in content.values() for key in keys(value)}
        return inner | set(content)

    content = yaml.safe_load((CONFIGS / "config.yaml").read_text(encoding="utf-8"))
    names = {*content["models"]}
    for technique in RUN_TECHNIQUES:
        names |= {*content[technique]["runs"], *content[technique]["measures"]}
        names |= {*content[technique].get("judgements", {})}
    for key in keys(content) - names - {"method", "sweep"}:
        assert f"| `{key}` |" in text, key


def test_the_manual_of_the_tables_is_what_the_modules_declare() -> None:
    from inputgrad.tables import manual as tables_manual

    assert tables_manual.FILE.read_text(encoding="utf-8") == tables_manual.render(), (
        "run `make docs`"
    )


@pytest.mark.parametrize(
    ("technique", "source", "fault"),
    [
        ("saliency", "def measure(): ...\nCOLUMNS = ()", "lacks Parameters"),
        ("saliency", "class Parameters(Settings): ...\ndef measure(): ...", "lacks COLUMNS"),
        ("saliency", "class Parameters(Settings): ...\nCOLUMNS = ()", "lacks measure"),
        (
            "saliency",
            "from inputgrad.tables.columns import Column\n"
            "from inputgrad.config.settings import Settings\n"
            "class Parameters(Settings): ...\ndef measure(): ...\n"
            "COLUMNS = (Column(name='gini', kind='real', meaning='Again.'),)",
            "has a column 'gini' already",
        ),
        (
            "saliency",
            "from inputgrad.tables.columns import Column\n"
            "from inputgrad.config.settings import Settings\n"
            "class Parameters(Settings): ...\ndef measure(): ...\n"
            "TABLE = 'saliency_curves'\n"
            "COLUMNS = (Column(name='share', kind='real', meaning='Other.', table=TABLE),)",
            "the table saliency_curves has a column 'share' already",
        ),
        (
            "adversarial",
            None,
            "the registry names the module toy_module, but there is no such file",
        ),
    ],
)
def test_a_module_that_lacks_a_part_is_one_line_before_any_job(
    technique: str,
    source: str | None,
    fault: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if source is not None:
        (tmp_path / "toy_module.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(registry.MEASURES[technique], "toy", "toy_module")
    for cached in (check_registry, schema.tables):
        cached.cache_clear()
    try:
        with pytest.raises(ConfigError, match=fault) as caught:
            parse_config(BASE)
        assert len(str(caught.value).splitlines()) == 1
    finally:
        monkeypatch.undo()
        for cached in (check_registry, schema.tables):
            cached.cache_clear()
