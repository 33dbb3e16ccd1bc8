"""Where the library and what belongs to it are."""

from __future__ import annotations

from pathlib import Path

LIBRARY = Path(__file__).resolve().parent
SCRIPTS = LIBRARY.parent
TEMPLATES = SCRIPTS.parent / "report_templates"
WORKFLOW = SCRIPTS.parent / "workflow"


def module_file(dotted: str) -> Path | None:
    """Source file of a module or package of this library; None where there is none."""
    path = LIBRARY.joinpath(*dotted.split(".")[1:])
    if path.is_dir():
        return path / "__init__.py"
    path = path.with_suffix(".py")
    return path if path.is_file() else None
