"""How long indexing takes at the size of the ILSVRC 2012 validation set.

    PYTHONPATH=scripts python benchmarks/index_photographs.py --files 50000 --kilobytes 110

Makes that many files, with the first bytes of a JPEG and random ones after them, in a temporary
folder with a plain label list, and times what `add_images` and the Snakefile do: listing and
indexing the first time, indexing again with nothing changed, and the digest of the listing.
The files were just written, so the first reading is from memory where they fit into it.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from inputgrad.photographs import Source, list_source
from inputgrad.photographs.building import build_index
from inputgrad.photographs.index import Index, listing_digest

Result = TypeVar("Result")


def main() -> None:
    """Make the files, time the steps and print one line each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--kilobytes", type=int, default=8, help="size of each file")
    parser.add_argument("--n", type=int, default=None, help="size of the sample, all by default")
    parser.add_argument("--batch-size", type=int, default=50)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        source = make_photographs(root / "val", arguments.files, arguments.kilobytes)

        def index() -> Index:
            return build_index(
                [(source, list_source(source))],
                n=arguments.n,
                seed=0,
                batch_size=arguments.batch_size,
                store=root / "batches",
                file_cache=root / "cache.json",
            )

        first = timed("list, hash and index", index)
        again = timed("index again, nothing changed", index)
        timed("digest of the listing", lambda: listing_digest([source]))
        print(f"{len(first.images)} photographs in {len(first.batches)} batches")
        assert again == first


def make_photographs(folder: Path, count: int, kilobytes: int) -> Source:
    """Write `count` files of random content and a list of their labels."""
    folder.mkdir()
    generator = random.Random(0)
    lines = []
    for number in range(1, count + 1):
        file = f"ILSVRC2012_val_{number:08d}.JPEG"
        (folder / file).write_bytes(b"\xff\xd8\xff" + generator.randbytes(kilobytes * 1024))
        lines.append(f"{file} {generator.randrange(1000)}\n")
    labels = folder.with_name("val.txt")
    labels.write_text("".join(lines))
    return Source("ilsvrc2012", folder, labels)


def timed(what: str, function: Callable[[], Result]) -> Result:
    """Print how long a function takes, and return what it returns."""
    start = time.perf_counter()
    result = function()
    print(f"{time.perf_counter() - start:8.2f} s  {what}", flush=True)
    return result


if __name__ == "__main__":
    main()
