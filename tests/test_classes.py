"""The class table against torchvision's own, and every way to name a class."""

import subprocess
import sys

import pytest

from inputgrad.errors import InputgradError
from inputgrad.photographs.classes import CLASS_COUNT, imagenet_classes


def test_names_are_torchvisions() -> None:
    weights = pytest.importorskip("torchvision.models").SqueezeNet1_1_Weights.IMAGENET1K_V1
    assert list(imagenet_classes().names) == weights.meta["categories"]


def test_order_is_that_of_the_wnids() -> None:
    wnids = imagenet_classes().wnids
    assert len(wnids) == CLASS_COUNT
    assert list(wnids) == sorted(set(wnids))


@pytest.mark.parametrize("index", [0, 134, 517, 999])
def test_index_wnid_and_name_agree(index: int) -> None:
    classes = imagenet_classes()
    assert classes.resolve(index) == index
    assert classes.resolve(str(index)) == index
    assert classes.resolve(classes.wnid(index)) == index
    assert classes.resolve(classes.wnid(index).upper()) == index


def test_every_name_that_means_one_class_is_found() -> None:
    classes = imagenet_classes()
    refused = []
    for index, name in enumerate(classes.names):
        try:
            assert classes.resolve(name) == index
            assert classes.resolve(name.replace(" ", "_").upper()) == index
        except InputgradError:
            refused.append(name)
    assert refused == ["Cardigan", "cardigan", "crane", "maillot"]


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("crane", ["134 (n02012849, crane bird)", "517 (n03126707, crane)"]),
        ("Maillot", ["638 (n03710637, maillot)", "639 (n03710721, maillot tank suit)"]),
        ("cardigan", ["264 (n02113186, Cardigan)", "474 (n02963159, cardigan)"]),
    ],
)
def test_ambiguous_name_is_refused_with_the_choices(name: str, choices: list[str]) -> None:
    with pytest.raises(InputgradError, match="ambiguous") as caught:
        imagenet_classes().resolve(name)
    for choice in choices:
        assert choice in str(caught.value)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("flamngo", r"nearest: flamingo \(130, n02007558\)"),
        ("shark", r"nearest: .*tiger shark \(3, n01491361\)"),
        ("n02007559", r"nearest: .*flamingo \(130, n02007558\)"),
    ],
)
def test_what_is_no_class_is_refused_with_near_names_indices_and_wnids(
    text: str, near: str
) -> None:
    with pytest.raises(InputgradError, match=near):
        imagenet_classes().resolve(text)


def test_misspelt_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputgradError, match="nearest: golden retriever"):
        imagenet_classes().resolve("golden retriver")


@pytest.mark.parametrize("text", ["1000", "-1", "", "1.5", "n99999999", "a\nb", "x" * 10**6])
def test_what_is_no_class_is_refused_in_one_short_line(text: str) -> None:
    with pytest.raises(InputgradError) as caught:
        imagenet_classes().resolve(text)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400


def test_labels_that_count_from_one_are_told_so() -> None:
    with pytest.raises(InputgradError, match=r"outside 0\.\.999; do the labels count from 1"):
        imagenet_classes().resolve(1000)


def test_index_outside_the_range_has_no_name() -> None:
    with pytest.raises(InputgradError, match=r"outside 0\.\.999"):
        imagenet_classes().name(-1)
    with pytest.raises(InputgradError, match=r"outside 0\.\.999"):
        imagenet_classes().wnid(1000)


def test_reading_classes_and_photographs_imports_nothing_heavy() -> None:
    code = (
        "import sys, inputgrad.photographs.classes, inputgrad.photographs.index;"
        "from inputgrad.photographs import Source, list_source; list_source(Source('bundled'));"
        "print(*({'torch', 'torchvision', 'numpy', 'PIL', 'scipy', 'pandas'} & set(sys.modules)))"
    )
    paths = f"import sys; sys.path[:0] = {sys.path!r};"
    run = subprocess.run(
        [sys.executable, "-c", paths + code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == ""
