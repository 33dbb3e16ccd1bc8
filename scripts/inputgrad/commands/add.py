"""`add`: copy labelled photographs into `data/added/`, and say whether the config uses it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from inputgrad.commands.options import add_config, open_config
from inputgrad.config.schema import Config
from inputgrad.errors import PhotographError
from inputgrad.photographs.added import AddReport, add_photographs
from inputgrad.photographs.files import printable

HELP = "copy photographs into data/added/ after checking their labels"
FOLDER = Path("data/added")


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    add_config(parser)
    parser.add_argument("--images", type=Path, required=True, help="folder of photographs")
    parser.add_argument(
        "--labels", type=Path, help="CSV with the columns file,label (default: one in the folder)"
    )


def run(arguments: Namespace) -> int:
    """Copy the photographs; status 1 where some were refused."""
    images, labels = arguments.images.absolute(), arguments.labels
    config = open_config(arguments)
    report = add_photographs(images, labels and labels.absolute(), into=FOLDER)
    print(f"added {len(report.added)}, already there {len(report.duplicates)}")
    if not _is_source(config):
        print(
            f"the configuration does not look into {FOLDER}; add to its images: sources:\n"
            f"    - {{ kind: folder, path: {FOLDER} }}"
        )
    if report.refused:
        raise PhotographError(_refusals(report))
    return 0


def _is_source(config: Config) -> bool:
    """Whether the configuration lists the folder, however its path is written."""
    paths = [s.path for s in config.images.sources if s.kind == "folder" and s.path]
    return any(path.resolve() == FOLDER.resolve() for path in paths)


def _refusals(report: AddReport) -> str:
    lines = [f"  {printable(r.path.name)}: {r.reason}" for r in report.refused]
    return "\n".join([f"refused {len(lines)} (correct them and add again):", *lines])
