"""What would be computed after each kind of change: the table of promises, without computing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from inputgrad import registry
from inputgrad.cells.plan import identities
from inputgrad.errors import ConfigError
from inputgrad.jobs import listing
from inputgrad.jobs.dag import Dag
from inputgrad.photographs import READERS
from pretended import BASE, configuration, missing, photographs, planned, pretend, store

RUNS = [("predictions", "predict"), ("saliency", "gradient")]
RUNS += [("adversarial", "ascent"), ("adversarial", "fine")]
CLASSES = 2
LIKENESS = "likeness"  # of the first run alone, a cell for each picture and batch of photographs
BATCHES = 2  # of the five photographs
LITE1 = {"source": "package", "architecture": "efficientnet_lite1"}


def with_measures(*runs: tuple[str, str]) -> list[tuple[str, str]]:
    """Runs, each of the measures that are taken on them, and what judges their images."""
    taken = [
        (table, name)
        for table, run in runs
        for name in (run, *(f"{run} {measure}" for measure in registry.DEFAULT_MEASURES[table]))
    ]
    return taken + [
        (name, run)
        for table, run in runs
        for name in registry.JUDGEMENTS.get(table, ())
        if name != LIKENESS
    ]


IMAGE_RUNS = with_measures(*RUNS)
CLASS_RUNS = with_measures(("class_visualization", "ascent"), ("class_visualization", "short"))
NEW = with_measures(("adversarial", "new"))
SHORT = with_measures(("class_visualization", "short"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five photographs, of which everything is stored."""
    monkeypatch.chdir(tmp_path)
    photographs(range(5))
    pretend(planned(BASE))
    return tmp_path


def each(number: int, runs: list[tuple[str, str]], model: str = "lite0") -> dict[Any, int]:
    return {(table, model, run): number for table, run in runs}


def beside(cells: int, model: str = "lite0") -> dict[Any, int]:
    """Pictures of the first run, and batches of photographs, that are laid beside one another."""
    return {(LIKENESS, model, "ascent"): cells}


EVERYTHING = each(5, IMAGE_RUNS) | each(CLASSES, CLASS_RUNS) | beside(CLASSES * BATCHES)


def with_model(name: str) -> dict[Any, int]:
    """A second model: what it makes; it judges both models' images, and the first one its own."""
    expected = {}
    for number, runs in ((5, IMAGE_RUNS), (CLASSES, CLASS_RUNS)):
        judged = [(table, run) for table, run in runs if registry.judged_by(table)]
        expected |= each(number, runs, name) | each(2 * number, judged, name)
        expected |= each(number, judged)
    return expected | beside(2 * CLASSES * BATCHES, name) | beside(CLASSES * BATCHES)


def test_nothing_changed() -> None:
    assert missing(BASE) == {}


def test_photographs_touched_and_moved(folder: Path) -> None:
    for file in (folder / "photographs").iterdir():
        os.utime(file, (1, 1))
    assert missing(BASE) == {}
    (folder / "photographs").rename(folder / "elsewhere")
    assert missing(configuration(images__sources=[{"kind": "folder", "path": "elsewhere"}])) == {}


def test_photographs_added() -> None:
    photographs(range(7))
    assert missing(BASE) == each(2, IMAGE_RUNS) | beside(CLASSES)  # pictures, beside a new batch


def test_photographs_removed_and_brought_back() -> None:
    """The flamingo leaves: its class has no photograph that others could be laid beside."""
    photographs([0, 3])
    assert missing(BASE) == beside(BATCHES)
    photographs(range(6))
    assert missing(BASE) == each(1, IMAGE_RUNS) | beside(CLASSES)


def test_a_label_corrected(folder: Path) -> None:
    labels = folder / "photographs/labels.csv"
    labels.write_text(labels.read_text().replace("1.png,130", "1.png,131"))
    flamingo, daisy = BATCHES + 1, 1  # all batches, since it has no photograph now; the new one
    assert missing(BASE) == each(1, IMAGE_RUNS) | beside(flamingo + daisy)


def test_n_lowered_and_raised() -> None:
    def sample(n: int) -> dict[str, Any]:
        return configuration(results="others", images__n=n)

    photographs(range(8))
    pretend(planned(sample(5)))
    assert missing(sample(3)) == beside(BATCHES)  # one of the classes loses its photograph
    assert missing(sample(5)) == {}
    assert missing(sample(8)) == each(3, IMAGE_RUNS) | beside(CLASSES)


def test_what_left_the_sample_is_not_computed_for_a_new_run() -> None:
    photographs([0, 3])
    new = configuration(adversarial__runs__new={"method": "gradient_ascent", "eta": 2})
    assert missing(new) == each(2, NEW) | beside(BATCHES)


def test_a_model_added() -> None:
    assert missing(configuration(models__lite1=LITE1)) == with_model("lite1")


def test_a_model_under_another_name() -> None:
    assert missing(configuration(models={"other": BASE["models"]["lite0"]})) == {}


def test_a_run_added_and_a_class() -> None:
    new = configuration(adversarial__runs__new={"method": "gradient_ascent", "eta": 2})
    assert missing(new) == each(5, NEW)


@pytest.mark.parametrize(
    "classes", [["daisy", "flamingo", "zebra"], ["zebra", "daisy", "flamingo"]]
)
def test_a_class_added_costs_that_class_wherever_it_is_named(classes: list[str]) -> None:
    found = missing(configuration(class_visualization__classes=classes))
    assert found == each(1, CLASS_RUNS) | beside(BATCHES)


def test_classes_in_other_groups_are_the_same_cells() -> None:
    assert missing(configuration(class_visualization__group_size=1)) == {}


def test_two_runs_of_the_same_settings_are_one_cell() -> None:
    same = configuration(adversarial__runs__same=BASE["adversarial"]["runs"]["ascent"])
    assert missing(same) == {}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"adversarial__runs__fine__eta": 0.2}, each(5, with_measures(("adversarial", "fine")))),
        ({"class_visualization__runs__short__eta": 6}, each(CLASSES, SHORT)),
        (
            {"saliency__measures": {"stability": {"noise_sd": 0.1}}},
            each(5, [("saliency", "gradient stability")]),
        ),
        ({"saliency__measures": {"box": {}}}, {}),
        (
            {"adversarial__targets": ["random", "runner_up"]},
            each(5, with_measures(("adversarial", "ascent"), ("adversarial", "fine"))),
        ),
        ({"keep": "exemplars", "saliency__shown": ["gradient"]}, {}),
        ({"title": "Another", "report": {"questions": [1]}, "images__exemplars": 2}, {}),
        ({"images__batch_size": 2, "models__lite0__memory_mb": 5000}, {}),
        ({"seed": 1}, EVERYTHING),
        ({"threads": 2}, EVERYTHING),
        ({"models__lite0__slots": 3}, EVERYTHING),
        ({"device": "auto"}, EVERYTHING),
    ],
    ids=lambda value: "-".join(map(str, value)) or None,
)
def test_a_setting_changed(change: dict[str, Any], expected: dict[Any, int]) -> None:
    assert missing(configuration(**change)) == expected


def test_a_start_from_the_sample_or_from_a_file(folder: Path) -> None:
    def start(init_img: str) -> dict[str, Any]:
        return configuration(class_visualization__runs__short__init_img=init_img)

    assert missing(start("sample")) == each(CLASSES, SHORT)
    pretend(planned(start("sample")))
    assert missing(start("sample")) == {}
    # the bytes of the file count, not its place
    pretend(planned(start("photographs/4.png")))
    (folder / "copy.png").write_bytes((folder / "photographs/4.png").read_bytes())
    assert missing(start("./copy.png")) == {}
    (folder / "copy.png").write_bytes(b"\x89PNG\r\n\x1a\n another")
    assert missing(start("./copy.png")) == each(CLASSES, SHORT)


def test_a_repetition_costs_itself_and_is_what_the_next_seed_begins_with() -> None:
    assert missing(configuration(class_visualization__runs__short__repeat=0)) == {}
    again = configuration(class_visualization__runs__short__repeat=1)
    assert missing(again) == each(CLASSES, SHORT)
    pretend(planned(again))
    pretend(planned(again))
    assert missing(again) == {}
    assert ("class_visualization", "lite0", "short") not in missing(configuration(seed=1))


def test_a_checkpoint_is_known_by_its_bytes() -> None:
    model = {"source": "checkpoint", "architecture": "squeezenet1_1", "path": "weights.pth"}
    Path("weights.pth").write_bytes(b"\x80\x02weights")
    pretend(planned(configuration(models__own=model)))
    os.utime("weights.pth", (1, 1))
    assert missing(configuration(models__own=model)) == {}
    Path("weights.pth").write_bytes(b"\x80\x02others!")
    assert missing(configuration(models__own=model)) == with_model("own")


def test_the_sample_digest_changes_with_whatever_the_report_shows() -> None:
    def digest(**changes: Any) -> str:
        return planned(configuration(**changes)).sample_digest()

    first = digest()
    assert digest(device="cpu") == first
    rename = {"runs": {"another": BASE["adversarial"]["runs"]["ascent"]}}
    others = [digest(title="Another"), digest(images__exemplars=2), digest(adversarial=rename)]
    photographs(range(4))
    others.append(digest())
    assert len({first, *others}) == 5


def test_the_identities_are_the_same_in_every_process() -> None:
    ours = {i for job in listing.jobs(planned(BASE)) for i in identities(job.cells)}
    assert ours == store().identities()


def test_every_class_is_drawn_once_by_each_of_its_runs() -> None:
    content = configuration(
        class_visualization__group_size=1,
        class_visualization__runs__short__classes=["zebra", "daisy"],
    )
    dag = Dag.from_config(content)
    cells = [cell for job in dag.groups for cell in dag.group_cells("lite0", job)]
    drawn = [(cell.run, cell.items[0][0]) for cell in cells if cell is cell.base]
    classes = dag.plan.classes
    daisy, flamingo, zebra = (classes.resolve(name) for name in ("daisy", "flamingo", "zebra"))
    ascent, short = [("ascent", daisy), ("ascent", flamingo)], [("short", daisy), ("short", zebra)]
    assert sorted(drawn) == sorted(ascent + short)


def test_a_measure_of_some_runs_is_a_cell_of_those_alone() -> None:
    content = configuration(adversarial__measures={"png": {"runs": ["fine"]}})
    cells = [c for job in listing.jobs(planned(content)) for c in job.cells if c.name == "png"]
    assert {cell.run for cell in cells} == {"fine"}


def test_a_measure_names_what_it_measures_as_its_input() -> None:
    for job in listing.jobs(planned(BASE)):
        bases = {cell.identity for cell in job.cells if cell is cell.base}
        for cell in (cell for cell in job.cells if not cell.judges):
            assert {upstream.identity for upstream in cell.inputs} <= bases
            assert cell.base.run == cell.run and cell.base.items == cell.items


def test_a_judgement_names_the_judge_and_has_what_another_model_made_as_its_input() -> None:
    dag = planned(configuration(models__lite1=LITE1))
    jobs = [job for job in listing.jobs(dag) if job.rule == registry.JUDGE]
    assert len(jobs) == 2 * (len(dag.index().batches) + len(dag.groups))
    made = {c.identity: c for job in listing.jobs(dag) for c in job.cells if not c.judges}
    for job in jobs:
        assert {cell.inputs[0].model for cell in job.cells} == {"lite0", "lite1"}
        for cell in job.cells:
            (judged,) = cell.inputs
            assert made[judged.identity] is not None and judged is judged.base
            assert (cell.model, cell.run, cell.items) == (job.model, judged.run, judged.items)
            assert registry.judged_by(cell.table) == judged.table


@pytest.mark.parametrize(
    ("judgements", "expected"),
    [
        ({"transfer": {"runs": ["fine"]}}, {("lite0", "fine"), ("lite1", "fine")}),
        ({"transfer": {"models": ["lite1"]}}, {("lite1", "ascent"), ("lite1", "fine")}),
        ({"transfer": {"runs": []}}, set()),
        ({}, set()),
    ],
    ids=["a run", "a model", "no run", "none"],
)
def test_some_models_judge_some_runs(judgements: dict[str, Any], expected: set[Any]) -> None:
    dag = planned(configuration(models__lite1=LITE1, adversarial__judgements=judgements))
    jobs = [j for j in listing.jobs(dag) if j.rule == registry.JUDGE and j.table == "transfer"]
    assert {(cell.model, cell.run) for job in jobs for cell in job.cells} == expected
    assert all(job.cells for job in jobs)


@pytest.mark.parametrize(
    ("judgements", "words"),
    [
        ({"transfre": {}}, "unknown adversarial judgement 'transfre'; did you mean 'transfer'"),
        ({"transfer": {"models": ["vgg"]}}, r"transfer\.models: expected a list of models among"),
        ({"transfer": {"runs": ["fin"]}}, r"transfer\.runs: expected a list of runs among"),
        ({"transfer": {"runs": ["fine", "fine"]}}, "a run is there twice"),
        ({"transfer": {"interpolation": "nearest"}}, r"transfer\.interpolation: unknown value"),
    ],
    ids=str,
)
def test_faulty_judgements_are_refused(judgements: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        planned(configuration(adversarial__judgements=judgements))


def test_photographs_are_listed_again_when_the_code_that_reads_them_changes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dag = planned(BASE)
    before = dag.listing_digest()
    assert planned(BASE).listing_digest() == before
    other = folder / "reader.py"
    other.write_text("ANOTHER = 1\n")
    monkeypatch.setattr("inputgrad.jobs.dag.READERS", [*READERS, "reader"])
    monkeypatch.syspath_prepend(str(folder))
    assert planned(BASE).listing_digest() != before
