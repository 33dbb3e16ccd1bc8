"""The tables of the pipeline: one Arrow schema per family, one row per key.

Keys come first, then the method, the parameters that vary, and the measures with their unit in
the name. A missing value is null, never 0 or -1; a censored count is its budget with
`censored = true`. No table holds a clock time, since runs are compared byte for byte.

Units: images and perturbations are in [0, 1]; `rms_255` is in 8-bit grey levels; `psnr_db` in
decibels; scores are logits; confidences and shares lie in [0, 1].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from inputgrad.errors import StoreError
from inputgrad.files import replacing

SCHEMA_VERSION = 1

TEXT, WHOLE, REAL, FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()

PHOTOGRAPHS = {
    "image_id": TEXT,
    "label": WHOLE,
    "file": TEXT,  # base name
    "source": TEXT,  # key of photographs.SOURCES
    "error": TEXT,  # null, or why it could not be used
}
PREDICTIONS = {
    "image_id": TEXT,
    "model": TEXT,
    "label": WHOLE,
    "prediction": WHOLE,
    "correct": FLAG,
    "label_rank": WHOLE,  # 1 = the label has the highest score
    "confidence_label": REAL,
    "confidence_prediction": REAL,
    "margin": REAL,  # logit of the label minus the highest other logit
    "contrast": REAL,  # standard deviation of the luminance, in [0, 0.5]
    "error": TEXT,  # null, or why the file could not be decoded
}
SALIENCY = {
    "image_id": TEXT,
    "model": TEXT,
    "run": TEXT,
    "method": TEXT,
    "label": WHOLE,
    "prediction": WHOLE,
    "score": REAL,  # logit of the label
    "gradient_l2": REAL,  # of the score with respect to the image in [0, 1]
    "zero_gradient": FLAG,
    "half_mass_share": REAL,  # smallest share of pixels that holds half of the map's sum
    "gini": REAL,
    "stability_spearman": REAL,  # map against the map of the photograph plus noise
    "class_sensitivity": REAL,  # 1 - Spearman(map of the label, map of another class)
    "box_share": REAL,  # area of the box around the strongest pixels over the image's
    "box_top": WHOLE,  # its edges in pixels of the model's input, ends exclusive; null where none
    "box_left": WHOLE,
    "box_bottom": WHOLE,
    "box_right": WHOLE,
}
ADVERSARIAL = {
    "image_id": TEXT,
    "model": TEXT,
    "run": TEXT,
    "target_policy": TEXT,
    "method": TEXT,
    "eta": REAL,
    "budget": WHOLE,
    "label": WHOLE,
    "prediction": WHOLE,  # of the photograph before the attack
    "attacked": FLAG,  # false where the model was wrong to begin with: measures are null
    "target": WHOLE,
    "iterations": WHOLE,  # steps until the target was predicted; the budget if censored
    "censored": FLAG,
    "gradient_evaluations": WHOLE,
    "predicted_iterations": REAL,  # linear guess at the photograph: logit deficit / (eta * |g|)
    "success": FLAG,  # the float image is predicted as the target
    "success_png": FLAG,  # and so is the 8-bit PNG that is read back
    "zero_gradient": WHOLE,  # steps at which the target's own gradient was exactly zero
    "l2": REAL,
    "linf": REAL,
    "l0": WHOLE,  # pixels that differ in the PNG
    "rms_255": REAL,
    "relative_l2": REAL,
    "psnr_db": REAL,
    "ssim": REAL,
    "l2_png": REAL,
    "confidence_label_before": REAL,
    "confidence_target_before": REAL,
    "confidence_label_after": REAL,
    "confidence_target_after": REAL,  # of the PNG
    "margin": REAL,  # of the PNG: logit of the target minus the highest other logit
    "control_changed": FLAG,  # a random perturbation of equal L2 norm changes the prediction
}
CLASS_VISUALIZATION = {
    "class_index": WHOLE,
    "model": TEXT,
    "run": TEXT,
    "iteration": WHOLE,
    "method": TEXT,
    "eta": REAL,
    "lambda": REAL,
    "init": TEXT,  # 'noise', or the image_id of the photograph that it starts from
    "iterations": WHOLE,  # of the whole run; `iteration` equals it in the last snapshot
    "score": REAL,
    "probability": REAL,
    "prediction": WHOLE,
    "l2": REAL,  # of the normalised image
    "total_variation": REAL,  # mean absolute difference of neighbours, image in [0, 1]
    "half_mass_share": REAL,  # of the last gradient's saliency map; null before the end
}

FAMILIES: dict[str, dict[str, pa.DataType]] = {
    "photographs": PHOTOGRAPHS,
    "predictions": PREDICTIONS,
    "saliency": SALIENCY,
    "adversarial": ADVERSARIAL,
    "class_visualization": CLASS_VISUALIZATION,
}
KEYS: dict[str, tuple[str, ...]] = {
    "photographs": ("image_id",),
    "predictions": ("image_id", "model"),
    "saliency": ("image_id", "model", "run"),
    "adversarial": ("image_id", "model", "run", "target_policy"),
    "class_visualization": ("class_index", "model", "run", "iteration"),
}


def schema(family: str) -> pa.Schema:
    """Arrow schema of a family, its version in the metadata."""
    version = {"schema_version": str(SCHEMA_VERSION)}
    return pa.schema(list(FAMILIES[family].items()), metadata=version)


def to_table(family: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as an Arrow table sorted by key; an unknown column is a programming error (KeyError)."""
    columns = FAMILIES[family]
    rows = list(rows)
    for row in rows:
        if extra := row.keys() - columns.keys():
            raise KeyError(f"columns {sorted(extra)} do not belong to the table {family!r}")
    table = pa.Table.from_pylist([{c: row.get(c) for c in columns} for row in rows], schema(family))
    return table.sort_by([(key, "ascending") for key in KEYS[family]])


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a table by rename; equal tables give equal bytes with the same pyarrow."""
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def write_csv(table: pa.Table, path: Path) -> None:
    """Write the same rows as CSV, null as an empty field."""
    with replacing(path) as temporary:
        pa_csv.write_csv(table, temporary)


def read_parquet(family: str, path: Path) -> pa.Table:
    """Read a table and check its columns against the family's schema."""
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        message = f"{path}: not a readable table ({error}); remove it and run again"
        raise StoreError(message) from error
    if table.schema.names != list(FAMILIES[family]):
        raise StoreError(f"{path}: not a table {family!r} of this version; remove it and run again")
    return table


def concatenate(family: str, tables: Sequence[pa.Table]) -> pa.Table:
    """One table sorted by key from several; none gives the empty table."""
    whole = pa.concat_tables([schema(family).empty_table(), *tables])
    return whole.sort_by([(key, "ascending") for key in KEYS[family]])
