"""A configuration file is read as people mean it, or refused in few lines."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from inputgrad.config.reading import read_config
from inputgrad.config.schema import Config, load_config
from inputgrad.errors import ConfigError, InputgradError
from inputgrad.jobs.dag import Dag

CONFIGS = Path(__file__).resolve().parents[1] / "config"
TEXT = (CONFIGS / "test.yaml").read_text(encoding="utf-8")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "config.yaml"


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_ours_are_read_as_by_any_other_reader(path: Path) -> None:
    assert read_config(path) == yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("7", 7),
        ("-7", -7),
        ("0.5", 0.5),
        (".5", 0.5),
        ("1.5e3", 1500.0),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
        ("'7'", "7"),
        # other readers make numbers, booleans or dates of these
        ("0130", "0130"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("1e-3", "1e-3"),
        ("yes", "yes"),
        ("on", "on"),
        ("2026-01-02", "2026-01-02"),
        ("=", "="),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_a_scalar_is_what_it_looks_like(file: Path, written: str, value: Any) -> None:
    file.write_text(f"key: {written}\n")
    read = read_config(file)["key"]
    assert (read, type(read)) == (value, type(value))


def test_keys_are_text(file: Path) -> None:
    file.write_text("on: 1\n1: 2\nnull: 3\n1.0: 4\n0130: 5\n")
    assert list(read_config(file)) == ["on", "1", "null", "1.0", "0130"]


def test_anchors_and_merges_are_read(file: Path) -> None:
    file.write_text("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: *a\n")
    assert read_config(file) == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 1, "y": 3},
        "c": {"x": 1, "y": 2},
    }


def test_a_byte_order_mark_and_line_ends_of_windows_are_read(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert load_config(file) == load_config(CONFIGS / "test.yaml")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("a: 1\ntitle: B\u00e4ren".encode("latin-1"), "line 2: not UTF-8 .*0xe4.*'\u00e4'.*UTF-8"),
        ("a: 1".encode("utf-16"), "encoded as UTF-16; save it as UTF-8"),
        ("a: 1".encode("utf-32"), "encoded as UTF-32; save it as UTF-8"),
        (b"a: 1\0", "character 5 is #x0000"),
        (b"a:\n  b: 1\n\tc: 2", "line 3 is indented by a tab; indent by spaces"),
        (b"a: 1\nb: 2\na: 3", "the key 'a' is there twice, in lines 1 and 3"),
        (b"a: {b: 1,\n  b: 1}", "the key 'b' is there twice, in lines 1 and 2"),
        (b"a: !!python/name:os.system x", "line 1: tags such as .* are not read"),
        (b"a: !!int '0130'", "line 1: tags such as .* are not read"),
        (b"a: &a [*a]", "line 1, column 4: .*recursive"),
        (b"a: 1\n---\nb: 2", "line 2.*single document"),
        (b"[a]: 1", "line 1: a key must be a word"),
        (b"a: '\n", "line 2, column 1: .*end of stream"),
        (b"[" * 5000, "nested too deeply"),
        (b'a: "\\0"', "line 1: '.x00' is no character of a text"),
        (b'a: "\\ud83d"', "line 1: '.ud83d' is no character of a text"),
        (b"", "expected keys and values"),
        (b"text", "expected keys and values"),
    ],
)
def test_what_is_refused_is_told_in_one_line_with_its_place(
    file: Path, content: bytes, fault: str
) -> None:
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=fault) as caught:
        read_config(file)
    message = str(caught.value)
    assert message.startswith(str(file))
    assert message.count("\n") == 0


# -- what the schema makes of it


def loaded(file: Path, *replacements: tuple[str, str]) -> Config:
    text = TEXT
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return load_config(file)


@pytest.mark.parametrize(
    ("old", "new", "read"),
    [
        ("n: 3", "n: 0130", lambda c: c.images.n == 130),
        ("n: 3", "n: 1_000", lambda c: c.images.n == 1000),
        ("eta: 0.5", "eta: 5e-1", lambda c: c.typed_runs["adversarial"][1].parameters.eta == 0.5),
        ("A small test", "2026", lambda c: c.title == "2026"),
        ("A small test", "12:30", lambda c: c.title == "12:30"),
        ("A small test", "no", lambda c: c.title == "no"),
        ("  lite0:", "  on:", lambda c: list(c.models) == ["on"]),
        ("  lite0:", "  007:", lambda c: list(c.models) == ["007"]),
        ("  gradient: {}", "  no: {method: gradient}", lambda c: list(c.saliency.runs) == ["no"]),
    ],
)
def test_values_are_read_as_they_are_meant(
    file: Path, old: str, new: str, read: Callable[[Config], bool]
) -> None:
    assert read(loaded(file, (old, new)))


def test_a_class_with_leading_zeros_is_no_octal_number(file: Path) -> None:
    dag = Dag.checked(loaded(file, ("[flamingo, daisy]", "[0130, daisy]")))
    assert dag.plan.class_groups() == [[130, 985]]


def test_a_hash_without_letters_keeps_its_zeros(file: Path) -> None:
    config = loaded(file, ("slots: 2", "sha256: 01234567"))
    assert config.models["lite0"].sha256 == "01234567"


def test_a_tilde_is_the_home_folder(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    config = loaded(
        file,
        ("seed: 0", "results: ~/res"),
        ("kind: bundled", "{ kind: folder, path: ~/a b, labels: ~/l }"),
        ("init_img: sample", "init_img: ~/x.png"),
        ("slots: 2", "path: ~/w.pth"),
    )
    (source,) = config.images.sources
    start = config.typed_runs["class_visualization"][-1].parameters.init_img
    paths = [config.results, source.path, source.labels, config.models["lite0"].path, start]
    names = ("res", "a b", "l", "w.pth", "x.png")
    assert list(map(str, paths)) == [str(tmp_path / name) for name in names]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("seed: 0", "results: a{b}", "results: 'a{b}' has braces"),
        ("seed: 0", "results: ~nobody-here/x", "results: .*there is no such home folder"),
        ("- kind: bundled", "- kind: bundled\n    - kind: bundled", "images.sources: .*twice"),
        ("adversarial:", "adversarial:\n  targets: [random, random]", "targets: 'random' is there"),
        ("adversarial:", "adversarial:\n  shown: [ascent, ascent]", "adversarial.shown: 'ascent'"),
        ("[flamingo, daisy]", "[daisy, daisy]", "classes: 'daisy' is there twice"),
        ("[flamingo, daisy]", "[flamingo, 0130]", "classes: 'flamingo' and '0130' are the same"),
        ("[flamingo, daisy]", "[flamingo, 130]", "classes: 'flamingo' and 130 are the same class"),
        ("[flamingo, daisy]", "[flamingo, true]", "class_visualization.classes.1"),
        (
            "      classes: [flamingo]",
            "      classes: [130, flamingo]",
            "runs.grid-.*the same class",
        ),
        ("      classes: [flamingo]", "      classes: [flamngo]", "runs.grid-.*nearest: flamingo"),
        ("snapshots: [0, 1]", "snapshots: [1, 0, 1]", "runs.ascent.snapshots: 1 is there twice"),
        ("eta: [5, 25]", "eta: [5, 5.0]", "grid.sweep.eta has a value twice"),
        ("device: cpu", "report: { questions: [1, 1] }", "report.questions: 1 is there twice"),
        ("device: cpu", "report: { languages: [en, en] }", "report.languages: 'en' is there twice"),
        ("device: cpu", "report: { languages: [] }", "report.languages: .*at least 1"),
        ("init_img: sample", "init_img: Noise", "photograph.init_img: .*did you mean 'noise'"),
        ("init_img: sample", "init_img: nowhere.png", "init_img: .*there is no such file"),
        ("init_img: sample", "init_img: config.yaml", "init_img: config.yaml is no readable image"),
        ("eta: 1.0", "eta: .nan", "ascent.eta: .*; came '.nan'"),
        ("eta: 1.0", "eta: inf", "ascent.eta: .*finite"),
        ("eta: 1.0", "eta: true", "ascent.eta: true and false are for switches"),
        ("seed: 0", "seed: false", "seed: true and false are for switches"),
        ("snapshots: [0, 1]", "snapshots: [0, true]", "ascent.snapshots: true and false"),
    ],
)
def test_what_can_be_checked_before_the_first_job_is(
    file: Path, old: str, new: str, fault: str
) -> None:
    with pytest.raises(ConfigError, match=fault) as caught:
        Dag.checked(loaded(file, (old, new)))
    assert len(str(caught.value).splitlines()) <= 4  # one for each run of a sweep


# -- mutations


def a_byte(text: bytes, draw: random.Random) -> bytes:
    position = draw.randrange(len(text))
    byte = draw.choice([draw.randrange(256), draw.choice(b"0123456789"), draw.choice(b"aeiou")])
    return text[:position] + bytes([byte]) + text[position + 1 :]


def a_line_less(text: bytes, draw: random.Random) -> bytes:
    lines = text.splitlines(keepends=True)
    del lines[draw.randrange(len(lines))]
    return b"".join(lines)


def a_line_twice(text: bytes, draw: random.Random) -> bytes:
    lines = text.splitlines(keepends=True)
    position = draw.randrange(len(lines))
    return b"".join([*lines[: position + 1], *lines[position:]])


def another_indent(text: bytes, draw: random.Random) -> bytes:
    lines = text.splitlines(keepends=True)
    position = draw.randrange(len(lines))
    lines[position] = draw.choice([b" ", b"   ", b"\t"]) + lines[position]
    return b"".join(lines)


def another_value(text: bytes, draw: random.Random) -> bytes:
    """The value of one key replaced by one of another type, out of range or unheard of."""
    lines = text.splitlines()
    keyed = [number for number, line in enumerate(lines) if b": " in line and b"#" not in line]
    number = draw.choice(keyed)
    key = lines[number].partition(b": ")[0]
    values = ["-1", "0.5", "null", "true", "[]", "{}", "[[[1]]]", "'x'", "\u00fc\U0001f98a"]
    values += ["-0", "0x10", "{a: {b: [c]}}", "~", "*x", "!!float x", "1e999", "9" * 20, "9" * 400]
    values += ["2", "7", "07", "1_0", "3.0", "7e-1", "daisy", "[1]", "[daisy]"] * 2
    lines[number] = key + b": " + draw.choice(values).encode()
    return b"\n".join(lines)


MUTATIONS = (a_byte, a_line_less, a_line_twice, another_indent, another_value)


@pytest.mark.parametrize("seed", range(100))
def test_a_mutated_configuration_is_read_or_refused_in_few_lines(file: Path, seed: int) -> None:
    """Whatever is read of a mutation says what the file says, by an independent reader."""
    draw = random.Random(seed)
    mutated = MUTATIONS[seed % len(MUTATIONS)](TEXT.encode(), draw)
    file.write_bytes(mutated)
    try:
        config = load_config(file)
        Dag.checked(config)
    except InputgradError as error:
        lines = str(error).splitlines()
        assert 1 <= len(lines) <= 5
        assert max(map(len, lines)) < 1200  # a model's fault lists what is known
        return
    # every value of the plain reading that the unmutated file has otherwise is in the result
    unmutated = load_config(CONFIGS / "test.yaml")
    plain, before = yaml.safe_load(mutated), yaml.safe_load(TEXT)
    assert (config == unmutated) == (plain == before or filled_in(plain) == filled_in(before))


def filled_in(content: Any) -> Any:
    """The plain values with the defaults that the test's configuration writes out."""
    defaults: dict[str, Any] = {"seed": 0, "sweep": None}
    return {**defaults, **content}
