"""No sentence contradicts its table, whatever small configuration was run.

Random configurations are rendered from tables that they could leave. What the text claims is
parsed and compared with the tables themselves, not with the summaries that the text is made of;
and every check finds a contradiction that is put into the page.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import Phase, given, settings

from inputgrad.report.headline import headline
from inputgrad.report.numbers import shown
from inputgrad.report.summaries.summary import summarize
from random_runs import AscentRun, AttackRun, RandomRun, random_runs
from rendered_report import TEMPLATES, Page, render_summary

TITLES = {
    "EfficientNet-Lite0": "lite0",
    "SqueezeNet 1.1": "squeezenet1_1",
    "VGG16": "vgg16",
    "mine": "mine",
}
MODEL = rf"({'|'.join(map(re.escape, TITLES))})"
PERCENT = r"(< 0\.1|> 99\.9|[\d.]+) %"
ESTIMATE = rf"{PERCENT}[a-z ]* \((?:95 % interval {PERCENT} to {PERCENT}|too [^)]*?), n = (\d+)\)"
THING = (
    r"(?:photograph|class|file|run|image|case|attack|iteration|network|comparison|success|setting)"
)
COUNTED = {  # how a sentence that counts the attacks of a network begins -> the column
    rf"In {MODEL}, [\w ]+ is predicted for": "success",
    rf"from the PNG files of {MODEL}, the target is predicted for": "success_png",
}


@dataclass(frozen=True)
class Report:
    """A run, its tables, and the page with its alternative texts and the headline."""

    run: RandomRun
    tables: dict[str, pd.DataFrame]
    html: str
    text: str

    def claims(self, pattern: str) -> Iterator[re.Match[str]]:
        """Where the text says so."""
        return re.finditer(pattern, self.text)

    def says(self, *phrases: str) -> bool:
        """Whether it says one of these."""
        return any(phrase in self.text for phrase in phrases)

    def sentences(self, beginning: str) -> Iterator[str]:
        """What follows a beginning in its clause."""
        for claim in self.claims(beginning):
            yield re.split(r"[.;](?=\s)|, and the", self.text[claim.end() :], maxsplit=1)[0]

    def rows(self, table: str) -> Iterator[tuple[str, list[str]]]:
        """Name of the network, and the cells after it, of each row of a table of the page."""
        found = re.search(rf'<div class="table" id="table-{table}".*?</div>', self.html, re.S)
        row = r'<tr><th scope="row">(.*?)</th>(.*?)</tr>'
        for head, cells in re.findall(row, found[0] if found else ""):
            texts = re.findall(r"<td>(.*?)</td>", cells)
            yield TITLES[plain(head)], [plain(cell) for cell in texts]

    def readable(self, model: str) -> pd.DataFrame:
        """Predictions of the photographs that could be read."""
        rows = self.tables["predictions"]
        return rows[rows["model"].eq(model) & rows["error"].isna()]

    def attacks(self, model: str | None = None) -> pd.DataFrame:
        """Attacks of the main run towards the targets that are compared."""
        rows = self.tables["adversarial"]
        targets = [policy for policy in self.run.targets if policy != "untargeted"]
        policy = "random" if "random" in targets else targets[0]
        rows = rows[rows["target_policy"].eq(policy) & rows["attacked"].eq(True)]
        rows = rows[rows["run"].eq(self.run.attacks[0].name)]
        return rows if model is None else rows[rows["model"].eq(model)]

    def drawn(self, model: str | None = None) -> pd.DataFrame:
        """Images of the main run of class visualisation, at all of its iterations."""
        rows = self.tables["class_visualization"]
        rows = rows[rows["run"].eq(self.run.ascents[0].name)]
        return rows if model is None else rows[rows["model"].eq(model)]

    def ends(self, model: str | None = None) -> pd.DataFrame:
        """The last of them."""
        rows = self.drawn(model)
        return rows[rows["iteration"].eq(rows["iterations"])]


@functools.lru_cache(maxsize=1)
def rendered(run: RandomRun) -> tuple[dict[str, pd.DataFrame], str, str]:
    """Tables, page and headline of a run; estimates stand in the page as plain words."""
    tables, paths = dict(run.tables()), {"report": Path("r.html"), "pdf": Path("r.pdf")}
    summary = summarize(tables, context=run.context)
    lines = headline(summary, templates=TEMPLATES, language="en", **paths)
    html = re.sub(r'<span class="value".*?>(.*?)</span>', r"\1", render_summary(summary))
    return tables, html, lines


def report_of(run: RandomRun, change: Callable[[str], str] = str) -> Report:
    """The report of a run, its page and headline changed."""
    tables, html, lines = rendered(run)
    html = re.sub(r'<img class="formula".*?>', "formula", change(html))
    page = Page(html)
    texts = [page.text(), *(image["alt"] for image in page.all("img")), change(lines)]
    return Report(run, tables, html, plain("\n".join(texts)))


def plain(html: str) -> str:
    """Text without tags, spaces of any kind as one space."""
    text = re.sub(r"<[/a-z][^>]*>", "", html).replace("&nbsp;", " ").replace("&lt;", "<")
    return re.sub(r"[ \xa0\u202f]+", " ", text.replace("&gt;", ">"))


def percent(share: float) -> str:
    """A share as the text writes it, without the sign."""
    return plain(shown(share, "percent")).removesuffix(" %")


def networks_name_what_they_could_read(report: Report) -> None:
    for claim in report.claims(rf"{MODEL} names (\d+) of (\d+) correctly"):
        rows = report.readable(TITLES[claim[1]])
        assert (int(claim[2]), int(claim[3])) == (rows["correct"].sum(), len(rows))
    for name, cells in report.rows("models"):
        assert int(cells[2]) == len(report.readable(name))


def the_sample_is_what_could_be_read(report: Report) -> None:
    photographs = report.tables["photographs"]
    used = photographs[photographs["error"].isna()]
    sample = r"(\d+) photographs? (?:with labels, )?of (\d+) class"
    for claim in report.claims(sample):
        assert (int(claim[1]), int(claim[2])) == (len(used), used["label"].nunique())
    for claim in report.claims(r"With (\d+) photographs?, the accuracy"):
        assert int(claim[1]) == len(used)


def every_file_is_accounted_for(report: Report) -> None:
    refused = report.tables["refused"]
    assert report.says("Every file could be used") == refused.empty
    assert report.says("There are none: every file could be used") == refused.empty
    counts = [int(claim[1]) for claim in report.claims(r"(\d+) files? (?:was|were) not used")]
    assert counts == [len(refused)] * (0 if refused.empty else 2)
    reasons = report.html.count("<bdi>is torn</bdi>") + report.html.count("<bdi>is a duplicate</")
    assert reasons == min(20, len(refused))
    assert report.says(f"The first 20 of {len(refused)} are listed") == (len(refused) > 20)


def tables_have_the_n_of_their_rows(report: Report) -> None:
    for table in ("attacks", "fooled", "consequences"):
        for name, cells in report.rows(table):
            assert int(cells[0]) == len(report.attacks(name))
    for table in ("saliency", "limits", "saliency-models"):
        for name, cells in report.rows(table):
            assert int(cells[0]) == report.tables["saliency"]["model"].eq(name).sum()
    for name, cells in report.rows("class-models"):
        assert int(cells[0]) == len(report.ends(name))


def nothing_attacked_is_said_of_nothing(report: Report) -> None:
    nothing = report.attacks().empty
    asked = bool({5, 6, 7} & set(report.run.questions))
    assert report.says("No photograph was attacked") == (nothing and asked)
    assert report.says("No attack was made") <= nothing
    assert not report.says("No class was visualised")
    alone = len(set(report.attacks()["model"])) == 1
    assert report.says("One network alone was attacked") <= alone
    reached = r"small steps along the gradient of another class reached that class on no photograph"
    for claim in report.claims(rf"In {MODEL}, {reached} \(n = (\d+)\)"):
        rows = report.attacks(TITLES[claim[1]])
        assert (int(claim[2]), rows["success"].sum()) == (len(rows), 0)


def counts_and_rates_of_attacks_are_those_of_the_table(report: Report) -> None:
    for beginning, column in COUNTED.items():
        for claim in report.claims(rf"{beginning} (\d+) of (\d+)"):
            rows = report.attacks(TITLES[claim[1]])
            assert (int(claim[2]), int(claim[3])) == (rows[column].sum(), rows[column].count())
    for sentence in report.sentences("the target is no longer predicted in"):
        for lost, of, model in re.findall(
            rf"(−?\d+) of (\d+) success\w* against {MODEL}", sentence
        ):
            rows = report.attacks(TITLES[model])
            rows = rows[rows["success"].eq(True)]
            assert (int(lost), int(of)) == (rows["success_png"].eq(False).sum(), len(rows))
    for claim in report.claims(rf"(\d+) attacks? on {MODEL} \(n = (\d+)\)"):
        rows = report.attacks(TITLES[claim[2]])
        assert (int(claim[1]), int(claim[3])) == (rows["censored"].sum(), len(rows))


def a_bound_is_called_one(report: Report) -> None:
    needed = rf"{MODEL} needs (at least )?|(at least )?[\d.]+ times as many in {MODEL}"
    for claim in report.claims(needed):
        rows = report.attacks(TITLES[claim[1] or claim[4]])
        known = rows[rows["predicted_iterations"].gt(0)]
        assert bool(claim[2] or claim[3]) == known["censored"].eq(True).any()


def noise_and_photographs_are_not_mixed_up(report: Report) -> None:
    noise = report.run.ascents[0].start == "noise"
    for claim in report.claims(r"climbed step by step[^.:]* from (noise|a photograph):"):
        assert (claim[1] == "noise") == noise
    if not noise:
        beside = ("the noise at the start is drawn", "which starts from noise", "from the noise",
                  "those of the same classes from noise", "Probability from noise")  # fmt: skip
        assert not report.says(*beside)
    started = any(ascent.start != "noise" for ascent in report.run.ascents)
    if 10 in report.run.questions:
        assert report.says("No run of this report starts from a photograph") != started
    for claim in report.claims(r"Of the (\d+) images? here, (\d+) went toward"):
        rows = report.tables["class_visualization"]
        rows = rows[rows["init"].ne("noise") & rows["iteration"].eq(rows["iterations"])]
        own = rows["init"].isin(report.run.ids) & rows["class_index"].eq(1)
        assert (int(claim[1]), int(claim[2])) == (len(rows), own.sum())


def images_are_counted_and_judged_as_in_the_table(report: Report) -> None:
    judged = rf"{MODEL} takes the picture for the class it was climbed toward in (\d+) of (\d+)"
    for claim in report.claims(judged):
        rows = report.ends(TITLES[claim[1]])
        hits = rows["prediction"].eq(rows["class_index"]).sum()
        assert (int(claim[2]), int(claim[3])) == (hits, len(rows))
    for claim in report.claims(r"\(n = (\d+) class"):
        assert int(claim[1]) in {len(run.classes) for run in report.run.ascents} | {1}


def takeaways_say_what_the_tables_hold(report: Report) -> None:
    """Page one speaks of the first network attacked; a control is counted as the attack is."""
    each = [report.attacks(model) for model in report.run.models]
    rows = next((found for found in each if len(found)), each[0])
    for claim in report.claims(
        rf"climbing another class’s score leads {PERCENT} of rightly named photographs to it"
    ):
        assert claim[1] == percent(rows["success"].mean())
    for claim in report.claims(rf"photographs to it, {PERCENT} as PNG files"):
        assert claim[1] == percent(rows["success_png"].mean())
    changed, by_noise = rows["changed_png"].mean(), rows["control_changed"].mean()
    shares = rf"{PERCENT} of the rightly named photographs, noise of their size on {PERCENT}"
    for claim in report.claims(f"chosen changes mislead on {shares}: accuracy"):
        assert changed > by_noise
        assert (claim[1], claim[2]) == (percent(changed), percent(by_noise))
    if report.says("misleads no more often than noise of its size"):
        assert changed <= by_noise


def settings_are_counted_as_they_are(report: Report) -> None:
    main = report.run.attacks[0]
    alike = {run.eta for run in report.run.attacks if run[3:] == main[3:] and run[1] == main[1]}
    if len(report.attacks()) and 7 in report.run.questions:
        alone = main.eta is None or len(alike) == 1
        assert report.says("No two runs differ in η alone") == alone
    from_noise = [run for run in report.run.ascents if run.start == "noise"]
    comparable = max(
        (
            len({(o.eta, o.weight) for o in from_noise if o.iterations == run.iterations
                 and index in o.classes})
            for run in from_noise
            for index in run.classes
        ),
        default=0,
    )  # fmt: skip
    if 9 in report.run.questions:
        assert report.says("No two runs from noise differ") == (comparable < 2)
    for claim in report.claims(r"(?:Of|Settings compared:) (\d+)(?: settings of|\.)"):
        assert int(claim[1]) == comparable


def ways_have_two_ends(report: Report) -> None:
    way = rf"In {MODEL} the median probability of the class exceeds one half (by|in no)"
    for claim in report.claims(rf"{way}(?: iteration (\d+)| snapshot) of (\d+)"):
        medians = report.drawn(TITLES[claim[1]]).groupby("iteration")["probability"].median()
        assert int(claim[4]) == medians.index[-1] > medians.index[0]
        above = medians[medians > 0.5].index
        assert claim[3] == (str(above[0]) if len(above) else None)
        assert (claim[2] == "by") == bool(len(above))
    for claim in report.claims(
        rf"In {MODEL} the median score (rises|falls) from (\S+) to (\S+)[,.]"
    ):
        medians = report.drawn(TITLES[claim[1]]).groupby("iteration")["score"].median()
        assert (claim[2] == "rises") == (medians.iloc[-1] > medians.iloc[0])
        assert [claim[3], claim[4]] == [plain(shown(medians.iloc[i], "real")) for i in (0, -1)]


def one_thing_is_one_and_several_are_several(report: Report) -> None:
    said = [c[0] for c in report.claims(rf"\b(?<![.,])1 (?:{THING}(?:s|es)|saliency maps)\b")]
    said += [c[0] for c in report.claims(rf"\b(?<![.,])(?:0|[2-9]|[1-9]\d+) {THING}\b")]
    assert said == []
    if len(report.run.models) == 1:
        many = ("both networks", "Between networks", "so the networks differ", "Two of them differ")
        assert not report.says(*many)


def estimates_lie_in_their_intervals(report: Report) -> None:
    number = r"(?:[<>] )?(−?[\d.]+)"
    spoken = rf"{number}(?: %)?[a-z ’]* \(95 % interval {number}(?: %)? to {number}"
    tabled = rf"{number}(?: %)? \[{number}(?: %)?, {number}(?: %)?\]"
    for claim in [*report.claims(spoken), *report.claims(tabled)]:
        middle, low, high = (float(part.replace("−", "-").rstrip(".")) for part in claim.groups())
        assert low <= middle <= high, claim[0]


def nothing_is_half_said(report: Report) -> None:
    """No count of nothing, no missing value in a sentence, no clause without its neighbours."""
    for line in report.text.splitlines():
        if len(line) > 60:
            assert not re.search(r"\b0 of 0\b|None|\bnan\b| [.,;:)] |\.\.|\( |  ", line), line
            assert not re.search(r"[a-z)]\.[A-Z]", line), line
            assert not re.search(
                r"\b(is|are|to|from|for|than|covers|on|needs|=)\s+(–|[.,;:])", line
            ), line


CHECKS = (
    networks_name_what_they_could_read,
    the_sample_is_what_could_be_read,
    every_file_is_accounted_for,
    tables_have_the_n_of_their_rows,
    nothing_attacked_is_said_of_nothing,
    counts_and_rates_of_attacks_are_those_of_the_table,
    a_bound_is_called_one,
    noise_and_photographs_are_not_mixed_up,
    images_are_counted_and_judged_as_in_the_table,
    takeaways_say_what_the_tables_hold,
    settings_are_counted_as_they_are,
    ways_have_two_ends,
    one_thing_is_one_and_several_are_several,
    estimates_lie_in_their_intervals,
    nothing_is_half_said,
)


@settings(max_examples=20, deadline=None, derandomize=True, phases=[Phase.generate])
@given(random_runs())
def test_no_sentence_contradicts_its_table(run: RandomRun) -> None:
    """No run is shrunk: a report takes a second, and the runs are small as they are drawn."""
    report = report_of(run)
    for check in CHECKS:
        check(report)


PLAIN = RandomRun(
    models=("lite0", "vgg16"),
    photographs=9,
    unreadable=2,
    right=(8, 5),
    targets=("least_likely",),
    attacks=(AttackRun("one", "gradient_ascent", 0.25, 100),),
    fooled=0.5,
    ascents=(
        AscentRun("noise", 5.0, 0.0, "noise", 50, (0, 10), (130, 985)),
        AscentRun("other", 25.0, 0.0, "noise", 50, (0,), (130,)),
        AscentRun("photograph", 5.0, 0.0, "sample", 50, (0,), (1,)),
    ),
    left_out=frozenset(),
    recognition="some",
    transfer="hardly",
    refused=0,
    questions=tuple(range(1, 12)),
    seed=0,
)
CONTRADICTIONS = [  # check, what the page says, what it would say wrongly
    (networks_name_what_they_could_read, r"names 8 of 9 corr", "names 8 of 11 corr"),
    (networks_name_what_they_could_read, r"(lite0</code></td><td>[^<]*</td><td>)9<", r"\g<1>11<"),
    (the_sample_is_what_could_be_read, r"9 photographs of 5", "11 photographs of 5"),
    (every_file_is_accounted_for, r"2 files were not used", "Every file could be used"),
    (every_file_is_accounted_for, r"<bdi>is torn</bdi>", ""),
    (tables_have_the_n_of_their_rows, r"</bdi></th><td>8</td>", "</bdi></th><td>9</td>"),
    (nothing_attacked_is_said_of_nothing, r"Rounding to", "No photograph was attacked"),
    (nothing_attacked_is_said_of_nothing, r"Rounding to",
     "In VGG16, small steps along the gradient of another class reached that class on no photograph"
     " (n = 5)"),
    (counts_and_rates_of_attacks_are_those_of_the_table, r"predicted for \d of 8 phot",
     "predicted for 9 of 8 phot"),
    (counts_and_rates_of_attacks_are_those_of_the_table, r"in \d of (\d succ)", r"in 9 of \1"),
    (counts_and_rates_of_attacks_are_those_of_the_table, r"\d attacks on", "9 attacks on"),
    (a_bound_is_called_one, r"predicts, at least ", "predicts, "),
    (noise_and_photographs_are_not_mixed_up, r"and from noise:", "and from a photograph:"),
    (noise_and_photographs_are_not_mixed_up, r"2 went toward", "1 went toward"),
    (noise_and_photographs_are_not_mixed_up, r"In noise the ascent",
     "No run of this report starts from a photograph"),
    (images_are_counted_and_judged_as_in_the_table, r"climbed toward in \d of",
     "climbed toward in 9 of"),
    (settings_are_counted_as_they_are, r"Settings compared: 2", "Settings compared: 3"),
    (takeaways_say_what_the_tables_hold, r"leads \d+(?:\W+)% of rightly named photographs",
     "leads 99 % of rightly named photographs"),
    (takeaways_say_what_the_tables_hold, r"to it, \d+(?:\W+)% as PNG", "to it, 99 % as PNG"),
    (
        takeaways_say_what_the_tables_hold,
        r"mislead on (\d+(?:\W+)%) of the rightly named photographs, noise of their size on \d+",
        r"mislead on \1 of the rightly named photographs, noise of their size on 99",
    ),
    (settings_are_counted_as_they_are, r"No two runs differ in η alone", ""),
    (ways_have_two_ends, r"one half by iteration \d+", "one half by iteration 99"),
    (ways_have_two_ends, r"score (?:rises|falls) from (\S+) to \S+",
     r"score rises from \1 to \1"),
    (one_thing_is_one_and_several_are_several, r"\d attacks on", "1 attacks on"),
    (one_thing_is_one_and_several_are_several, r"9 photographs with", "9 photograph with"),
    (estimates_lie_in_their_intervals, r"(% <span[^>]*>\[)\d+", r"\g<1>999"),
    (nothing_is_half_said, r"names 8 of 9 corr", "names 0 of 0 corr"),
    (nothing_is_half_said, r"score (rises|falls) from \S+ to", r"score \1 from – to"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("check", "said", "wrong"), CONTRADICTIONS, ids=lambda part: getattr(part, "__name__", None)
)
def test_every_check_finds_a_contradiction(
    check: Callable[[Report], None], said: str, wrong: str
) -> None:
    check(report_of(PLAIN))
    assert re.search(said, rendered(PLAIN)[1])
    with pytest.raises(AssertionError):
        check(report_of(PLAIN, lambda html: re.sub(said, wrong, html)))


def test_every_check_has_a_contradiction() -> None:
    assert {check for check, _, _ in CONTRADICTIONS} == set(CHECKS)
