"""Photographs as pixels: decoding, fitting to a network's input, PNG and back. Without torch.

Decoding follows what the ImageNet tools do (`torchvision.datasets.folder.pil_loader`), so that a
photograph looks as it did in training: a colour profile is not converted, of several frames the
first is used, and the EXIF orientation is applied only where the source asks for it (`upright`).
Three deviations: transparent pixels are put on white, as on a page; 16-bit grey is shifted to 8
bits, where Pillow clips it to white; formats that call external programs are not tried.

Fitting is torchvision's `ImageClassification` preset on PIL images, bit for bit: the shorter side
is resized to `resize` (Pillow's antialiased filter on 8-bit values), then the middle `crop` x
`crop` is cut out, with black where the image is smaller. Squashing instead resizes both sides to
`crop` and cuts nothing away, as `Resize((crop, crop))` does. The model normalises inside itself.
"""

from __future__ import annotations

import io
import re
from typing import BinaryIO, Literal

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageFile, ImageOps, PngImagePlugin, UnidentifiedImageError

from inputgrad.errors import PhotographError
from inputgrad.images.geometry import crop_corner, resized_size

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
MAX_PIXELS = 89_478_485  # Pillow's own bound against decompression bombs: 256 MiB as 24-bit RGB
PngImagePlugin.MAX_TEXT_CHUNK = 2**25  # metadata of picture editors exceed Pillow's 1 MiB
FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}

Pixels = npt.NDArray[np.uint8]  # (H, W, 3), 0..255


def is_turned(file: BinaryIO) -> bool:
    """Whether the EXIF orientation of an image file asks for turning or mirroring it.

    Not of a TIFF file, which Pillow turns whenever it reads one.
    """
    try:
        with Image.open(file, formats=FORMATS) as image:
            return image.format != "TIFF" and image.getexif().get(
                ExifTags.Base.Orientation, 1
            ) in range(2, 9)
    except Exception:  # damaged: decoding will say so
        return False


def decode(data: bytes, *, upright: bool = False) -> Image.Image:
    """Decode a file's bytes to an RGB image of 8 bits a channel.

    Grey, palette, CMYK, YCbCr and 16-bit images are converted. Reasons depend on the bytes alone.

    Args:
        data: the file.
        upright: apply the EXIF orientation.

    Raises:
        PhotographError: the bytes are empty, truncated, damaged, of no known format, of a pixel
            type without a known range, or more than `MAX_PIXELS` pixels.
    """
    if not data:
        raise PhotographError("is empty (0 bytes)")
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint sets it for the whole process
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise PhotographError(
                f"has {image.width} x {image.height} pixels; at most {MAX_PIXELS}"
            )
        image.load()
        return _rgb(ImageOps.exif_transpose(image) if upright else image)
    except (PhotographError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise PhotographError(f"is no readable image (tried {', '.join(FORMATS)})") from error
    except Exception as error:  # decoders raise nearly any exception on damaged bytes
        raise PhotographError(f"cannot be decoded: {_stable(error)}") from error


def fit(
    image: Image.Image,
    *,
    resize: int | None,
    crop: int,
    interpolation: Literal["bilinear", "bicubic"],
) -> Pixels:
    """Resize the shorter side and crop the middle, as torchvision's weights do on PIL images.

    Args:
        image: RGB.
        resize: the shorter side afterwards, in pixels; the longer one is rounded down. None
            squashes the whole image into the square.
        crop: side of the square that is cut out, in pixels.
        interpolation: Pillow's filter.

    Returns:
        uint8 array (crop, crop, 3).

    Raises:
        PhotographError: one side is so much longer that resizing would take over `MAX_PIXELS`.
    """
    width, height = resized_size(image.size, resize=resize, crop=crop)
    if width * height > MAX_PIXELS:
        raise PhotographError(
            f"is too long and thin: {image.width} x {image.height} pixels would be "
            f"resized to {width} x {height}"
        )
    if (width, height) != image.size:
        image = image.resize((width, height), FILTERS[interpolation])
    left, top = crop_corner((width, height), crop)
    # Pillow fills with black outside the image
    return np.array(image.crop((left, top, left + crop, top + crop)))


def png_bytes(pixels: Pixels, *, compress_level: int = 6) -> bytes:
    """Encode a (H, W, 3) uint8 array as PNG; losslessly, so `from_png` gives it back.

    Args:
        pixels: the array.
        compress_level: zlib's, 0 (fastest, largest) to 9.
    """
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=compress_level)
    return buffer.getvalue()


def through_jpeg(pixels: Pixels, quality: int) -> Pixels:
    """What a JPEG file of a (H, W, 3) uint8 array holds, with colour at half the resolution.

    Args:
        pixels: the array.
        quality: 1 to 100, as libjpeg counts it.
    """
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling="4:2:0")
    return np.array(decode(buffer.getvalue()))


def from_png(data: bytes) -> Pixels:
    """Decode PNG bytes to a (H, W, 3) uint8 array.

    Raises:
        PhotographError: the bytes are no image.
    """
    return np.array(decode(data))


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F"):
        raise PhotographError(
            f"has 32-bit values (mode {image.mode}), whose range is not known; save it with 8 bits"
        )
    if image.mode.startswith("I;16"):
        high = np.right_shift(np.asarray(image, dtype=np.uint16), 8).astype(np.uint8)
        return Image.fromarray(high).convert("RGB")
    if image.has_transparency_data:
        opaque = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(opaque, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _stable(error: Exception) -> str:
    """Put the error's words on one line, without the addresses that differ from run to run."""
    words = " ".join(re.sub(r"<[^>]* at 0x[0-9a-f]+>", "the file", str(error)).split())
    return words or type(error).__name__
