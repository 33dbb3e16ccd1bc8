"""`new`: write a configuration for one's own model and photographs, after having tried both.

The labels are read, the weights loaded and up to 20 photographs classified; only then is the file
written, and what was found is said. Where anything is wrong nothing is written, and no file is
ever overwritten.
"""

from __future__ import annotations

import re
import shlex
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from inputgrad.cells.store import CellStore
from inputgrad.commands import self_check
from inputgrad.commands.status import unused
from inputgrad.config.beginning import Beginning, render
from inputgrad.config.schema import load_config, parse_config
from inputgrad.errors import ConfigError, ModelError, unknown
from inputgrad.files import replacing
from inputgrad.jobs import listing
from inputgrad.jobs.complete import complete
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.keeping import Keeping
from inputgrad.jobs.self_check import check_networks, prediction_cells
from inputgrad.models.packaged import PACKAGED
from inputgrad.models.specification import preprocessing_words
from inputgrad.models.timm_names import check_timm_name
from inputgrad.models.torchvision_names import registry
from inputgrad.photographs import list_source
from inputgrad.photographs.kinds import kind_of
from inputgrad.places import SCRIPTS

HELP = "write a configuration for your own model and photographs"
DEFAULT = SCRIPTS.parent / "config" / "config.yaml"
NO_ARRAYS = Keeping(everything=False)

Entry = dict[str, Any]  # of `models:` or of `images: sources:`


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--config", type=Path, required=True, help="configuration to write")
    parser.add_argument("--model", type=Path, help="file with the weights")
    parser.add_argument("--architecture", help="torchvision's or timm's name of the network")
    parser.add_argument("--entry", help="key of the file under which the weights are")
    parser.add_argument("--images", type=Path, help="folder of photographs, or an .npz file")
    parser.add_argument("--labels", type=Path, help="labels file (default: one in the folder)")


def run(arguments: Namespace) -> int:
    """Try what is given, write the configuration, and say what was found."""
    path = arguments.config.expanduser()
    _require_new(path)
    beginning = Beginning(
        config=arguments.config,
        results=Path("results") / _name(path.stem),
        source=_source(arguments.images, arguments.labels),
        models=_models(arguments.model, arguments.architecture, arguments.entry),
        sees={},
        labels=(0,),  # until the sample is known
    )
    with listing.relisted(parse_config(yaml.safe_load(render(beginning)))) as dag:
        for line in (*_photographs(dag), *_networks(dag)):
            print(line)
        labels = [image.label for image in dag.index().images]
        sees = {name: preprocessing_words(s) for name, s in dag.config.specifications.items()}
    _write(path, render(replace(beginning, labels=labels, sees=sees)))
    print(f"wrote {path}; next: make report CONFIG={shlex.quote(str(arguments.config))}")
    return 0


def _require_new(path: Path) -> None:
    if path.exists():
        raise ConfigError(f"{path} exists and stays as it is; give another name as CONFIG=")
    if not path.absolute().parent.is_dir():
        raise ConfigError(f"{path}: the folder {path.parent} does not exist; make it first")


def _write(path: Path, text: str) -> None:
    """Write the configuration by rename, once it can be read back."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
        load_config(temporary)
        _require_new(path)


def _name(text: str) -> str:
    """Letters, digits, dots, hyphens and underscores alone, as names and folders need it."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", text).lstrip("_.-")[:64] or "mine"


def _place(path: Path) -> str:
    """A path as the configuration has it: relative as it was given, or inside this folder."""
    whole = path.expanduser().absolute()
    return str(whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else whole)


# -- photographs


def _source(images: Path | None, labels: Path | None) -> Entry:
    """The source that reads what is given; the bundled photographs for nothing."""
    if images is None:
        if labels is not None:
            raise ConfigError(f"LABELS={labels} is of which photographs? give IMAGES= as well")
        return {"kind": "bundled"}
    entry = {"kind": kind_of(images.expanduser()), "path": _place(images)}
    return entry | ({"labels": _place(labels)} if labels else {})


def _photographs(dag: Dag) -> Iterator[str]:
    """What there is, and what is not used."""
    index = dag.index()
    listings = [list_source(source) for source in dag.config.photograph_sources]
    offered = sum(len(listing.photographs) for listing in listings)
    classes = len({image.label for image in index.images})
    kinds = ", ".join(source.kind for source in dag.config.photograph_sources)
    yield (
        f"photographs ({kinds}): {offered} with labels; the sample has {len(index.images)}, "
        f"of {classes} classes"
    )
    yield from unused(index)


# -- networks


def _models(file: Path | None, architecture: str | None, entry: str | None) -> dict[str, Entry]:
    """Entries of `models:`: the file's, the published weights', or those of the default run."""
    if architecture is None:
        if file is not None:
            raise ModelError(f"MODEL={file} is of which network? {_suggestion(file)}")
        default = load_config(DEFAULT).models
        return {n: m.model_dump(mode="json", exclude_defaults=True) for n, m in default.items()}
    if file is None:
        return {architecture: {"source": _published(architecture), "architecture": architecture}}
    if not file.expanduser().is_file():
        raise ModelError(f"MODEL={file} is no file; give the file with the weights")
    source = _source_of(architecture)
    own = {"source": source, "architecture": architecture, "path": _place(file)}
    return {_name(architecture): own | ({"entry": entry} if entry else {})}


def _suggestion(file: Path) -> str:
    """Ask for the architecture, with the one that the file's name begins with."""
    named = [name for name in registry() if file.stem.lower().startswith(name)]
    example = max(named, key=len, default="")
    known = f"perhaps ARCHITECTURE={example}" if example else "for example ARCHITECTURE=resnet50"
    return f"give torchvision's or timm's name as well, {known}"


def _published(architecture: str) -> str:
    """The source whose weights of an architecture are published."""
    if architecture in PACKAGED:
        return "package"
    if architecture in registry():
        return "torchvision"
    raise ModelError(
        f"{unknown('architecture', architecture, [*PACKAGED, *registry()])}; "
        "of timm's networks, give the file with the weights as MODEL="
    )


def _source_of(architecture: str) -> str:
    """The source that builds an architecture for a local file; torchvision's where both know it."""
    if architecture in registry():
        return "checkpoint"
    if not _timm_knows(architecture):
        raise ModelError(f"{unknown('architecture', architecture, registry())}; nor is it timm's")
    return "timm"


def _timm_knows(architecture: str) -> bool:
    try:
        check_timm_name(architecture)
    except ModelError:
        return False
    return True


def _networks(dag: Dag) -> Iterator[str]:
    """Load each network and classify the sample."""
    from inputgrad.models.loading import load_classifier  # torch, which nothing before needs

    with tempfile.TemporaryDirectory(prefix="inputgrad-") as folder:
        store = CellStore(Path(folder))
        for name, specification in dag.config.specifications.items():
            yield f"{name} ({specification.source}): {preprocessing_words(specification)}"
            if specification.source == "checkpoint" and _timm_knows(specification.architecture):
                yield f"  timm has a {specification.architecture}, too; this is torchvision's"
            yield from (f"  {note}" for note in load_classifier(specification, device="cpu").notes)
            cells = prediction_cells(dag, name)
            complete(dag.plan, store, cells, dag.located(), keeping=NO_ARRAYS)
        yield from self_check.lines(check_networks(dag, store))
