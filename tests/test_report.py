"""What the report says: it follows the numbers, makes the seed's points, and says what it lacks."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inputgrad.errors import ConfigError, StoreError
from inputgrad.registry import METHODS
from inputgrad.report.assets import load_figures
from inputgrad.report.headline import headline
from inputgrad.report.numbers import shown
from inputgrad.report.summaries.codes import Visibility
from inputgrad.report.summaries.context import ModelFacts
from inputgrad.report.summaries.key_number import FEW_BELOW, Certainty, KeyNumber
from inputgrad.report.summaries.summary import QUESTIONS, Summary, summarize
from inputgrad.statistics.estimates import Verdict
from inputgrad.statistics.families import PRIMARY_MEASURES
from inputgrad.statistics.medians import distance_median, median
from inputgrad.statistics.rates import rate
from rendered_report import TEMPLATES, Page, render, render_summary, render_tables
from synthetic_tables import synthetic_context, synthetic_tables

POINTS = tomllib.loads(
    (Path(__file__).with_name("fixtures") / "seed_points.toml").read_text(encoding="utf-8")
)["point"]
CAUSAL = re.compile(r"\b(because|causes?|caused|due to|leads? to|thanks to|owing|therefore)\b")


@pytest.fixture(scope="module")
def equal() -> tuple[Summary, Page]:
    summary, html = render()
    return summary, Page(html)


def page_of(**switches: Any) -> Page:
    return Page(render(**switches)[1])


NUMBER = re.compile(r"(?<![\w.])\d[\d.]*")


def plain(value: float | None, scale: str) -> str:
    return shown(value, scale).replace("\u202f", " ")


def follow(path: str, found: Any) -> Any:
    for part in path.split("."):
        if hasattr(found, part):
            found = getattr(found, part)
        else:
            found = found[int(part) if part.isdecimal() else part]
    return found


@pytest.mark.parametrize("point", POINTS, ids=lambda p: f"q{p['question']}: {p['says'][:40]}")
def test_the_seeds_points_are_made_beside_their_evidence(
    point: dict[str, Any], equal: tuple[Summary, Page]
) -> None:
    summary, page = equal
    section = f"q{point['question']}"
    assert point["says"] in page.text(section)
    assert set(point.get("evidence", ())) <= page.ids_in(section)
    if "number" in point:
        value = follow(point["number"], summary.answers[point["question"]])
        assert plain(value, point["scale"]) in page.text(section)


SENTENCES = {
    "path_rms_255": (
        6,
        "has to be led further to be fooled",
        "has to be led less far to be fooled",
    ),
    "rms_255": (6, "is fooled by larger perturbations than", "is fooled by smaller perturbations"),
    "success_png": (6, "is fooled by more of the attacks", "is fooled by fewer of the attacks"),
    "gini": (4, "more concentrated maps than", "less concentrated maps than"),
    "half_mass_share": (4, "spreads its saliency over more", "gathers its saliency on fewer"),
    "stability_spearman": (4, "more stable under noise", "less stable under noise"),
    "class_sensitivity": (4, "more dependent on the class", "less dependent on the class"),
    "probability": (11, "a higher probability of the class", "a lower probability of the class"),
}


@pytest.mark.parametrize("first", ["higher", "lower", "equal"])
def test_the_sentences_follow_the_numbers(first: str) -> None:
    summary, html = render(first=first)
    page = Page(html)
    for measure, (question, *said) in SENTENCES.items():
        wanted = {"higher": said[:1], "lower": said[1:], "equal": []}[first]
        text = page.text(f"q{question}")
        assert [phrase for phrase in said if phrase in text] == wanted
        family = next(f for f, measures in PRIMARY_MEASURES.items() if measure in measures)
        (row,) = summary.comparisons.of(family, measure)
        assert f"n = {row.result.n}" in text
    alike = r"No difference seen between EfficientNet-Lite0 and|Lite2 are practically equal in"
    nothing_seen = len(re.findall(alike, page.text("q6")))
    assert nothing_seen == (3 if first == "equal" else 0)


def test_too_few_photographs_are_said_with_the_number_needed() -> None:
    summary, html = render(first="higher", n=6, wrong=1, classes=(1, 22))
    text = Page(html).text("q6")
    (row,) = summary.comparisons.of("adversarial", "path_rms_255")
    needed = f"n = {row.result.n} photographs, where at least {row.result.minimum_n} are needed"
    assert "Too few data to compare EfficientNet-Lite0 with EfficientNet-Lite2" in text
    assert needed in text
    assert "has to be led" not in text


def test_many_comparisons_with_too_few_become_one_line() -> None:
    page = page_of(models=("a", "b", "c"), n=5, wrong=0)
    assert "Too few data to tell in 15 comparisons: n = 5 at the most" in page.text("q4")
    assert page.text("appendix").count("too few") >= 15


def test_a_shift_of_zero_with_a_direction_is_explained() -> None:
    tables = synthetic_tables(n=40, wrong=0)
    attacks = tables["adversarial"]
    attacks["iterations"] = 10
    attacks.loc[attacks["model"].eq("lite0") & (attacks.groupby("model").cumcount() < 50),
                "iterations"] = 11  # fmt: skip
    summary, html = render_tables(tables)
    (row,) = summary.comparisons.of("adversarial", "path_rms_255")
    assert (row.result.estimate, str(row.result.verdict)) == (0, "higher")
    assert "most photographs are equal, and those that differ lean this way" in Page(html).text(
        "q6"
    )


def test_an_interval_without_0_and_no_verdict_are_reconciled() -> None:
    summary, _ = render()
    found = summary.answers[3]
    rows = tuple(
        replace(row, result=replace(row.result, verdict=Verdict.NO_DIFFERENCE, low=0.1, high=0.8))
        for row in found.robustness
    )
    changed = replace(summary, answers={3: replace(found, robustness=rows)})
    text = Page(render_summary(changed)).text("q3")
    said = "taken alone, its interval excludes 0, which is not enough among 6 comparisons"
    assert text.count(said) == 6
    assert "remains possible" not in text


def test_alternative_texts_have_the_measured_numbers() -> None:
    summary, html = render()
    (alt,) = [
        i["alt"] for i in Page(html).all("img") if i["alt"].startswith("Panels on one axis, with")
    ]
    for row in summary.saliency:
        assert plain(row["stability_spearman"].estimate, "rho") in alt
    assert "<" not in alt


def test_verdicts_are_stated_with_interval_and_without_causes(equal: tuple[Summary, Page]) -> None:
    _, page = equal
    said = [
        line for line in page.text().splitlines()
        if re.match(r"No difference seen|EfficientNet-Lite.( needs| and|: )", line)
        and "n = " in line
    ]  # fmt: skip
    assert len(said) >= 10
    for line in said:
        assert "95 % interval" in line
        assert not CAUSAL.search(line), line
    assert page.text().count("What this does not show") == len(QUESTIONS)


def test_all_censored_is_a_median_beyond_the_budget() -> None:
    text = page_of(censored=True).text("q5")
    assert "reached that class on no photograph (n = 18)" in text
    assert "The median number of iterations is more than 100 in EfficientNet-Lite0" in text
    assert "> 100 [100, > 100]" in text
    assert "is predicted for 0 of 18 photographs" in text


def test_noise_that_does_as_much_as_the_attack_is_said() -> None:
    page = page_of(censored=True)
    assert "misleads no more often than noise of its size" in page.text("q6")
    assert "accuracy does not guarantee robustness" in page_of().text("q6")
    assert "does not guarantee robustness" not in page.text("q6")


@pytest.mark.parametrize(
    ("relation", "said"),
    [
        (-1, "photographs of lower contrast tend to need more iterations"),
        (1, "photographs of lower contrast tend to need fewer iterations"),
        (0, "the interval includes 0, so it remains open whether contrast matters at all"),
    ],
)
def test_contrast_against_iterations_follows_the_correlation(relation: int, said: str) -> None:
    tables = synthetic_tables(models=("lite0",), sweeps=False)
    steps = tables["adversarial"].set_index("image_id")["iterations"]
    noise = np.random.default_rng(1).random(len(tables["predictions"]))
    wanted = relation * tables["predictions"]["image_id"].map(steps)
    tables["predictions"]["contrast"] = noise if relation == 0 else wanted.fillna(0.0)
    _, html = render_tables(tables, models=("lite0",))
    assert said in Page(html).text("q7")


def test_zero_gradients_are_counted() -> None:
    tables = synthetic_tables()
    first = tables["adversarial"]["iterations"].first_valid_index()
    tables["adversarial"].loc[first, "zero_gradients"] = 3
    main = tables["adversarial"].loc[first, "run"]
    context = synthetic_context()
    _, html = render_tables(tables, runs=context.runs | {"adversarial": (main,)})
    text = Page(html).text("q7")
    assert "In 3 iterations of 1 attack the target’s gradient was exactly zero" in text


def test_one_model_says_what_to_add() -> None:
    page = page_of(models=("lite0",), sweeps=False)
    for section in ("q4", "q11"):
        assert "so there is nothing to compare." in page.text(section)
        assert "with another network, add that one under models:" in page.text(section)
    assert "No two runs differ in η alone" in page.text("q7")
    assert "No run of this report starts from a photograph" in page.text("q10")


@pytest.mark.parametrize("switches", [{"n": 0, "classes": ()}, {"n": 3, "wrong": 3}])
def test_missing_measurements_are_said_as_n_0(switches: dict[str, Any]) -> None:
    page = page_of(figures=(), **switches)
    assert "No photograph was attacked in this run" in page.text("q5")
    assert all("n = 0" in page.text(section) for section in ("q5", "q6", "q7"))
    assert "This run has nothing to draw for the figure adversarial_gallery." in page.text("q5")


def test_every_question_has_a_takeaway_evidence_a_text_and_more(
    equal: tuple[Summary, Page],
) -> None:
    _, page = equal
    for number in QUESTIONS:
        section = f"q{number}"
        parts = {f"{section}-{part}" for part in ("takeaway", "evidence", "text", "more")}
        assert parts <= set(page.ids)
        assert "What this does not show\n" in page.text(section)
        assert "Asked orally\n" in page.text(section)


def test_page_one_answers_every_question_with_a_number_its_n_and_what_it_rests_on(
    equal: tuple[Summary, Page],
) -> None:
    summary, page = equal
    rows = re.split(r"\nQ(?=\d)", page.text("answers"))[1:]
    assert [row.partition("\n")[0] for row in rows] == [str(number) for number in QUESTIONS]
    for row, found in zip(rows, summary.answers.values(), strict=True):
        _, takeaway, number, certainty = row.strip().split("\n")[:4]
        assert len(takeaway.split()) <= 27
        assert len(NUMBER.findall(takeaway)) <= 2, takeaway
        assert f"n = {found.key.estimate.n}" in number
        assert certainty == {"measured": "measured", "few": "few cases"}[found.key.certainty]


def test_a_distance_that_most_attacks_do_not_have_is_infinite_on_page_one(
    equal: tuple[Summary, Page],
) -> None:
    summary, _ = equal
    far = distance_median([0.5, *[math.inf] * 11])
    contests = tuple(
        replace(contest, rows=tuple(replace(row, l2=far) for row in contest.rows))
        for contest in summary.answers[7].contests
    )
    answer = replace(summary.answers[7], contests=contests)
    assert answer.key.measure == "nearest_l2"
    changed = replace(summary, answers={**summary.answers, 7: answer})
    (row,) = re.findall(r"\nQ7\n.*?\nQ8", Page(render_summary(changed)).text("answers"), re.DOTALL)
    assert "\n∞ L2 norm of the nearest attack" in row


def test_a_number_of_few_cases_is_called_so() -> None:
    assert KeyNumber("fooled", "a", rate(5, 9)).certainty is Certainty.FEW
    assert KeyNumber("fooled", "a", rate(5, 10)).certainty is Certainty.MEASURED
    assert KeyNumber("fooled", "a", rate(5, 10), settled=False).certainty is Certainty.OPEN
    assert KeyNumber("fooled", "a", rate(5, 9), settled=False).certainty is Certainty.FEW
    assert KeyNumber("fooled", "a", rate(0, 0)).certainty is Certainty.NOT_MEASURED
    assert KeyNumber("rms", "a", median([1.0] * 5)).certainty is Certainty.FEW
    assert FEW_BELOW == 10


def test_only_the_questions_asked_for_appear() -> None:
    page = page_of(questions=(3, 5))
    assert [i for i in page.ids if re.fullmatch(r"q\d+", i)] == ["q3", "q5"]


def test_all_primary_comparisons_stand_in_the_appendix(equal: tuple[Summary, Page]) -> None:
    summary, page = equal
    text = page.text("appendix")
    assert len(summary.comparisons.rows) == 15
    for row in summary.comparisons.of("robustness"):
        assert plain(row.result.estimate, "rho") in text
    counted = text.count("no difference seen") + text.count("not established")
    counted += text.count("rises with it") + text.count("falls with it")
    assert counted == 15


def test_page_one_says_how_to_run_the_practical_works_networks() -> None:
    default, _, _ = page_of().text().partition("Contents")
    assert "The practical work begins with SqueezeNet and VGG16" in default
    assert "those of VGG16 must be downloaded" in default
    assert "of yours: make report CONFIG=config/practical.yaml" in default
    assert "the 20 labelled ImageNet photographs that the package foolbox ships" in default
    one = page_of(models=("vgg16",)).text().partition("Contents")[0]
    assert "Of the two, this run has VGG16." in one
    leading = page_of(models=("squeezenet1_1", "lite0")).text().partition("Contents")[0]
    assert "Of the two, this run has SqueezeNet." in leading
    assert "This report asks SqueezeNet 1.1 and EfficientNet-Lite0" in leading
    both = page_of(models=("squeezenet1_1", "vgg16")).text().partition("Contents")[0]
    assert "practical" not in both


def test_the_methods_say_what_each_network_sees_and_which_photographs_are_turned() -> None:
    sees = {"size": "224", "resize": "squash", "channels": "bgr", "from": "the file's own words"}
    facts = (ModelFacts("a", "vgg16", "package", None, sees), ModelFacts("b", "b", "timm"))
    sources = ("folder", "ilsvrc2012", "folder", "bundled")
    context = replace(synthetic_context(("a", "b"), sources=sources), models=facts)
    summary = summarize(synthetic_tables(models=("a", "b"), n=3), context=context)
    text = Page(render_summary(summary)).text("methods")
    assert "VGG16\n224\nsquash\n–\n–\n–\nbgr\n–\nthe file's own words\nb\n–" in text
    assert "Photographs from folder are turned upright" in text
    assert "Photographs from ilsvrc2012 and bundled are taken as they are stored" in text


def test_the_labels_know_every_measure_and_verdict() -> None:
    labels = tomllib.loads((TEMPLATES / "en" / "labels.toml").read_text(encoding="utf-8"))
    assert labels["families"].keys() == PRIMARY_MEASURES.keys()
    measures = {m for ms in PRIMARY_MEASURES.values() for m in ms}
    assert measures == labels["measures"].keys() | labels["relations"].keys()
    assert labels["verdicts"].keys() == labels["relation_verdicts"].keys() == set(Verdict)
    assert labels["visibility"].keys() == set(Visibility)


def test_every_main_figure_is_spoken_of_in_its_questions_text(
    equal: tuple[Summary, Page],
) -> None:
    sections = [part.split("</section>")[0] for part in equal[1].html.split('<section id="q')[1:]]
    questions = [part.partition('class="reading"') for part in sections if "reading" in part]
    assert len(questions) == 11
    for evidence, _, text in questions:
        figures = re.findall(r'<figure id="(figure-[\w-]+)"', evidence + text)
        assert [name for name in figures if f'href="#{name}"' not in text] == []


@pytest.mark.parametrize(
    ("technique", "titles"),
    [("saliency", "methods"), ("adversarial", "attacks"), ("class_visualization", "drawings")],
)
def test_every_method_is_described_with_its_source(technique: str, titles: str) -> None:
    labels = tomllib.loads((TEMPLATES / "en" / "labels.toml").read_text(encoding="utf-8"))
    names = (TEMPLATES / "skeleton" / "names.html").read_text(encoding="utf-8")
    sources = names.split(f'  "{technique}": {{')[1].split("\n  },")[0]
    methods = set(METHODS[technique])
    assert labels[titles].keys() == labels["about"][technique].keys() == methods
    assert set(re.findall(r'"(\w+)": \[', sources)) == methods


def test_every_reference_can_be_cited_and_the_page_lists_those_that_it_cites() -> None:
    references = tomllib.loads((TEMPLATES / "references.toml").read_text(encoding="utf-8"))
    labels = tomllib.loads((TEMPLATES / "en" / "labels.toml").read_text(encoding="utf-8"))
    prose = "".join(p.read_text(encoding="utf-8") for p in (TEMPLATES / "en").rglob("*.html"))
    cited = set(re.findall(r'cite\("(\w+)"\)', prose))
    names = (TEMPLATES / "skeleton" / "names.html").read_text(encoding="utf-8")
    described = re.search(r"described_in = \{.*?\}", names, re.S)
    assert described
    assert set(re.findall(r'"(\w+)": \[', described[0])) == labels["architectures"].keys()
    proposed = re.search(r"proposed_in = \{.*?\n\} %\}", names, re.S)
    assert proposed
    cited |= set(re.findall(r'"([a-z]+\d{4})"', described[0] + proposed[0]))
    assert cited == set(references)
    page = page_of()
    listed = [i for i in page.ids if i.startswith("ref-")]
    assert listed == sorted(listed)
    assert set(listed) == {a["href"][1:] for a in page.all("a") if a.get("class") == "cite"}
    assert "ref-simonyan2015" not in listed


def test_the_headline_has_the_paths_and_every_takeaway() -> None:
    summary = summarize(synthetic_tables(), context=synthetic_context())
    text = headline(
        summary, templates=TEMPLATES, language="en",
        report=Path("results/report/report.html"), pdf=Path("results/report/report.pdf"),
    )  # fmt: skip
    assert "results/report/report.html" in text
    assert "results/report/report.pdf" in text
    assert re.findall(r"^ *Q(\d+)  \S", text, re.M) == [str(number) for number in QUESTIONS]
    assert not re.search(r"[<>]|&\w+;", text)
    assert "no font" not in text


def test_the_headline_says_which_characters_the_pages_cannot_show(tmp_path: Path) -> None:
    summary = summarize(synthetic_tables(n=3), context=synthetic_context())
    text = headline(
        summary, templates=TEMPLATES, language="en", report=tmp_path, pdf=tmp_path, lacking="字网"
    )
    (line,) = (line for line in text.splitlines() if "no font" in line)
    assert line.endswith(" 字网")


def test_an_unknown_language_and_missing_figures_say_what_to_do(tmp_path: Path) -> None:
    summary = summarize(synthetic_tables(n=3), context=synthetic_context())
    with pytest.raises(ConfigError, match="unknown report language 'em'; known: en"):
        headline(summary, templates=TEMPLATES, language="em", report=tmp_path, pdf=tmp_path)
    with pytest.raises(StoreError, match="draw_figures"):
        load_figures(tmp_path / "nowhere")


def test_yardsticks_of_pure_noise() -> None:
    from inputgrad.images.maps import gini, half_mass_share

    noise = np.random.default_rng(0).standard_normal((3, 224, 224))
    reduced = np.abs(noise).max(axis=0).astype(np.float32)
    text = (TEMPLATES / "en" / "questions" / "q01.html").read_text(encoding="utf-8")
    assert f"pure Gaussian noise {100 * half_mass_share(reduced):.0f}\u202f%" in text
    assert f"pure noise {gini(reduced):.2f}" in text


# -- what gives reason to doubt everything else, on page one


def first_page(page: Page) -> str:
    """What is read before the contents."""
    return page.text().partition("Contents")[0].replace("\n", " ")


def test_labels_in_another_numbering_are_said_on_page_one() -> None:
    tables = synthetic_tables(n=6, wrong=1)
    tables["predictions"]["label"] += 1
    tables["predictions"]["correct"] = False
    _, html = render_tables(tables)
    text = first_page(Page(html))
    assert (
        "1 of 6 labels agree with the predictions of EfficientNet-Lite0, but 5 of 6 equal "
        "label − 1: the labels seem to count from 1. What follows takes them as they are."
    ) in text
    assert text.count("labels agree with the predictions of") == 2  # of both networks


def test_a_network_that_counts_otherwise_is_told_from_labels_that_do() -> None:
    tables = synthetic_tables(n=20, wrong=2)
    rows = tables["predictions"]
    second = rows["model"] == "lite2"
    rows.loc[second, "prediction"] += 1
    rows.loc[second, "correct"] = False
    text = first_page(Page(render_tables(tables)[1]))
    assert "its head seems to number the classes otherwise, since EfficientNet-Lite0 agrees" in text
    assert "the labels seem to" not in text


@pytest.mark.parametrize(("wrong", "doubted"), [(2, False), (15, True)])
def test_what_the_weights_promise_is_said_and_doubted(wrong: int, doubted: bool) -> None:
    promising = ModelFacts("lite0", "efficientnet_lite0", "package", 0.751)
    tables = synthetic_tables(models=("lite0",), wrong=wrong)
    rows = tables["predictions"]
    rows.loc[~rows["correct"], "prediction"] = 7  # the same wrong class for all
    context = replace(synthetic_context(("lite0",)), models=(promising,))
    page = Page(render_summary(summarize(tables, context=context)))
    assert "the weights are published with 75 % correct for EfficientNet-Lite0" in page.text()
    assert ("nothing here is far below that" in page.text()) is not doubted
    words = "EfficientNet-Lite0 names 5 of 20 photographs correctly; its weights promise 75 %."
    assert (words in first_page(page)) is doubted
