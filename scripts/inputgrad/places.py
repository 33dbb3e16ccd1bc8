"""Where the library and what belongs to it are."""

from pathlib import Path

LIBRARY = Path(__file__).resolve().parent
SCRIPTS = LIBRARY.parent
TEMPLATES = SCRIPTS.parent / "report_templates"
