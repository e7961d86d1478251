"""The field that a question is written in: it takes files beside text."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Signal

from costeer.gui.widgets.plain_field import PlainField


def files_in(data: QMimeData) -> list[Path]:
    """The files of this computer among what is pasted or dropped."""
    return [Path(one.toLocalFile()) for one in data.urls() if one.isLocalFile()]


class ComposerText(PlainField):
    """Files that are pasted or dropped are told of, not written as their names."""

    files_given = Signal(list)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return bool(files_in(source)) or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        files = files_in(source)
        if files:
            self.files_given.emit(files)
        else:
            super().insertFromMimeData(source)
