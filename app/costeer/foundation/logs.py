"""Logging that holds no conversation text and no key.

The rule is kept at the source: log calls name things (counts, ids, phases), never quote them. `Redaction` is
the second line: it blanks anything that looks like a key, and every text that the program declared secret.
"""

from __future__ import annotations

import logging
import logging.handlers
import re
from pathlib import Path

_KEY_SHAPES = re.compile(r"(?i)(bearer\s+|api[-_ ]?key[\"'=:\s]+|sk-)[A-Za-z0-9._\-]{6,}")


class Redaction(logging.Filter):
    """Blanks keys in every record that passes, arguments and tracebacks included."""

    def __init__(self) -> None:
        super().__init__()
        self._secrets: set[str] = set()

    def hide(self, secret: str) -> None:
        """From now on `secret` is blanked wherever it appears."""
        if len(secret) >= 6:
            self._secrets.add(secret)

    def clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[key]")
        return _KEY_SHAPES.sub(r"\1[key]", text)

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = self.clean(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = self.clean(logging.Formatter().formatException(record.exc_info))
        return True


def start_logging(file: Path, *, level: int = logging.INFO) -> Redaction:
    """Log to `file` (1 MB, three old ones kept) through a `Redaction`, which is returned."""
    redaction = Redaction()
    handler = logging.handlers.RotatingFileHandler(file, maxBytes=1_000_000, backupCount=3, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(redaction)
    logger = logging.getLogger("costeer")
    for old in list(logger.handlers):
        logger.removeHandler(old)
        old.close()
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False
    return redaction
