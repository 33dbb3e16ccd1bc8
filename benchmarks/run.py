"""Measure the speed against other tools and against the machine's limit: `make bench`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from inputgrad_bench.command import main

if __name__ == "__main__":
    main()
