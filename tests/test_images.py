"""Decoding of good and bad bytes, fitting against torchvision, PNG and 8-bit round trips."""

import io
import subprocess
import sys
import zlib
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inputgrad.errors import PhotographError
from inputgrad.images import decoding
from inputgrad.photographs.files import has_signature


def pixels(width: int = 40, height: int = 30, seed: int = 0) -> decoding.Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


PHOTOGRAPH = Image.fromarray(pixels())


MODES = {
    "JPEG": ["RGB", "L", "1", "CMYK"],
    "PNG": ["RGB", "L", "P", "1"],
    "WEBP": ["RGB", "L", "P"],
    "GIF": ["RGB", "L", "P", "1"],
    "BMP": ["RGB", "L", "P", "1"],
    "TIFF": ["RGB", "L", "P", "1", "CMYK"],
}


@pytest.mark.parametrize(("kind", "mode"), [(k, m) for k, modes in MODES.items() for m in modes])
def test_decode_equals_the_loader_of_imagenet_tools(kind: str, mode: str) -> None:
    data = encoded(PHOTOGRAPH.convert(mode), kind)
    expected = Image.open(io.BytesIO(data)).convert("RGB")
    decoded = decoding.decode(data)
    assert decoded.mode == "RGB"
    np.testing.assert_array_equal(np.array(decoded), np.array(expected))
    assert has_signature(data[:16])


def test_exif_orientation_is_applied_where_it_is_asked_for() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # "rotate by 90 degrees"
    data = encoded(PHOTOGRAPH, "JPEG", exif=exif)
    assert decoding.decode(data).size == (40, 30)
    assert decoding.decode(data, upright=True).size == (30, 40)


def test_sixteen_bit_grey_is_shifted_not_clipped() -> None:
    values = np.array([[0, 255, 256, 0x8000, 0xFFFF]], dtype=np.uint16)
    for kind in ("PNG", "TIFF"):
        decoded = np.array(decoding.decode(encoded(Image.fromarray(values), kind)))
        np.testing.assert_array_equal(decoded[0, :, 0], [0, 0, 1, 128, 255])


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_pixels_are_white_and_opaque_ones_unchanged(mode: str) -> None:
    image = Image.new("RGBA", (2, 1), (10, 10, 10, 0))
    image.putpixel((1, 0), (10, 10, 10, 255))
    decoded = np.array(decoding.decode(encoded(image.convert(mode), "PNG")))
    np.testing.assert_array_equal(decoded[0], [[255] * 3, [10] * 3])


def test_transparent_palette_entry_is_white() -> None:
    image = Image.new("P", (2, 1), 0)
    image.putpalette([200, 0, 0, 0, 200, 0])
    image.putpixel((1, 0), 1)
    decoded = np.array(decoding.decode(encoded(image, "PNG", transparency=0)))
    np.testing.assert_array_equal(decoded[0], [[255, 255, 255], [0, 200, 0]])


def bomb() -> bytes:
    """A PNG of a few bytes that claims 30,000 x 30,000 pixels."""
    data = bytearray(encoded(Image.new("L", (1, 1)), "PNG"))
    data[16:24] = (30_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


BAD = {
    "empty": (b"", "is empty"),
    "text": (b"no image at all", "no readable image"),
    "truncated JPEG": (encoded(PHOTOGRAPH, "JPEG")[:700], "truncated"),
    "truncated PNG": (encoded(PHOTOGRAPH, "PNG")[:300], "cannot be decoded"),
    "header only": (encoded(PHOTOGRAPH, "JPEG")[:20], "no readable image"),
    "bomb": (bomb(), "decompression bomb"),
    "32-bit float": (encoded(Image.new("F", (2, 2)), "TIFF"), "32-bit"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no readable image"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_bytes_are_refused_with_a_stable_reason(name: str) -> None:
    data, reason = BAD[name]
    messages = set()
    for _ in range(2):
        with pytest.raises(PhotographError, match=reason) as caught:
            decoding.decode(data)
        messages.add(str(caught.value))
    assert len(messages) == 1
    assert "\n" not in messages.pop()


def test_image_over_the_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_PIXELS", 40 * 30)
    assert decoding.decode(encoded(PHOTOGRAPH, "PNG")).size == (40, 30)
    monkeypatch.setattr(decoding, "MAX_PIXELS", 40 * 30 - 1)
    with pytest.raises(PhotographError, match="has 40 x 30 pixels"):
        decoding.decode(encoded(PHOTOGRAPH, "PNG"))


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@given(st.sampled_from(sorted(MODES)), st.data())
@settings(max_examples=200, deadline=None)
def test_damaged_bytes_give_an_image_or_a_photograph_error(kind: str, draw: st.DataObject) -> None:
    data = bytearray(encoded(PHOTOGRAPH, kind))
    for _ in range(draw.draw(st.integers(1, 8))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    try:
        assert decoding.decode(bytes(data)).mode == "RGB"
    except PhotographError as error:
        assert " at 0x" not in str(error)


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize(
    ("size", "resize", "crop"),
    [
        ((500, 375), 256, 224),
        ((375, 500), 256, 224),
        ((333, 501), 256, 225),
        ((300, 300), 232, 224),
        ((256, 400), 256, 224),
        ((31, 47), 64, 64),
        ((60, 20), 20, 33),
        ((20, 61), 21, 50),
        ((7, 3), 5, 12),
        ((200, 90), 90, 91),
    ],
)
def test_fit_equals_torchvision(
    size: tuple[int, int], resize: int, crop: int, interpolation: Literal["bilinear", "bicubic"]
) -> None:
    transforms = pytest.importorskip("torchvision.transforms.v2")
    image = Image.fromarray(pixels(*size))
    mode = transforms.InterpolationMode(interpolation)
    reference = transforms.Compose(
        [transforms.Resize(resize, interpolation=mode), transforms.CenterCrop(crop)]
    )
    fitted = decoding.fit(image, resize=resize, crop=crop, interpolation=interpolation)
    assert fitted.shape == (crop, crop, 3)
    np.testing.assert_array_equal(fitted, np.array(reference(image)))


def test_fit_equals_the_preset_of_torchvisions_weights() -> None:
    weights = pytest.importorskip("torchvision.models").SqueezeNet1_1_Weights.IMAGENET1K_V1
    preset = weights.transforms()
    image = Image.fromarray(pixels(311, 287))
    fitted = decoding.fit(image, resize=256, crop=224, interpolation="bilinear")
    scaled = fitted.transpose(2, 0, 1).astype(np.float32) / np.float32(255)
    mean, std = (np.float32(values)[:, None, None] for values in (preset.mean, preset.std))
    np.testing.assert_array_equal((scaled - mean) / std, preset(image).numpy())


def test_fit_refuses_a_line() -> None:
    with pytest.raises(PhotographError, match="too long and thin: 30000 x 1 pixels"):
        decoding.fit(Image.new("RGB", (30_000, 1)), resize=256, crop=224, interpolation="bilinear")


@pytest.mark.parametrize("compress_level", [0, 1, 9])
def test_png_gives_the_array_back(compress_level: int) -> None:
    array = pixels(17, 5)
    data = decoding.png_bytes(array, compress_level=compress_level)
    np.testing.assert_array_equal(decoding.from_png(data), array)


def test_images_imports_no_torch() -> None:
    code = f"import sys; sys.path[:0] = {sys.path!r}; import inputgrad.images.decoding; "
    code += "print(*({'torch', 'torchvision', 'scipy'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""
