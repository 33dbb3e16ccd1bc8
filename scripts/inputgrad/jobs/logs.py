"""What a step says: into its log file, and a user's mistake as one line without a traceback."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inputgrad.errors import InputgradError

logger = logging.getLogger("inputgrad")


@contextmanager
def logging_to(path: str | Path) -> Iterator[None]:
    """Send messages and errors of the body to `path`; an InputgradError ends with status 1."""
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logging.captureWarnings(capture=True)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    try:
        yield
    except InputgradError as error:
        logger.error("%s", error)
        sys.exit(1)
    except Exception:
        logger.exception("unexpected; this is a defect of inputgrad or of its environment")
        raise
    finally:
        handler.close()
