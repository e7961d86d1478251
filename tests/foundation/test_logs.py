"""No key reaches the log."""

from __future__ import annotations

import logging
from pathlib import Path

from costeer.foundation.logs import start_logging


def test_keys_are_blanked(tmp_path: Path) -> None:
    file = tmp_path / "costeer.log"
    redaction = start_logging(file)
    redaction.hide("correct-horse-battery")
    logger = logging.getLogger("costeer.test")
    logger.info("Authorization: Bearer %s", "abcdef123456")
    logger.info("the key is correct-horse-battery, sk-abcdefgh")
    try:
        raise ValueError("api_key=abcdef123456")
    except ValueError:
        logger.exception("failed")
    for handler in logging.getLogger("costeer").handlers:
        handler.flush()
    text = file.read_text(encoding="utf-8")
    for secret in ("abcdef123456", "correct-horse-battery", "abcdefgh"):
        assert secret not in text
    assert text.count("[key]") >= 4
    assert "ValueError" in text
