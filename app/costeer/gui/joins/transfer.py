"""Importing and exporting: files are chosen, the notice bar tells how far it is and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from costeer.foundation.progress import Progress
from costeer.gui.commands import Commands
from costeer.gui.view_models.transfer import TransferViewModel, percent_of
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.parts import message_box
from costeer.gui.wording import counted, listed, translated
from costeer.services.transfer import ExportFormat, ExportReport, ImportReport
from costeer.storage.records import Conversation

_MOST_LINES = 30


class TransferJoin(QObject):
    """Nothing here waits: the dialogs are open beside the window."""

    def __init__(
        self,
        model: TransferViewModel,
        shown: Callable[[], Conversation | None],
        reload: Callable[[], None],
        notices: NoticeBar,
        commands: Commands,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._model = model
        self._shown = shown
        self._notices = notices
        self._window = window
        self._folder = str(Path.home())
        model.advanced.connect(self._on_advanced)
        model.imported.connect(self._on_imported)
        model.imported.connect(lambda _: reload())
        model.exported.connect(self._on_exported)
        model.ended.connect(commands.refresh)
        for id, title, slot in (
            ("conversation.import", self.tr("Import conversations…"), self.choose_import),
            ("conversation.export_all", self.tr("Export all conversations…"), self.choose_folder),
        ):
            commands.add(id, title, "conversation", slot, when=lambda: not model.running)
        commands.add(
            "conversation.export",
            self.tr("Export the conversation…"),
            "conversation",
            self.choose_file,
            "Ctrl+E",
            when=lambda: not model.running and shown() is not None,
        )

    def choose_import(self) -> None:
        dialog = self._dialog(self.tr("Import conversations"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters(
            [self.tr("Exports of ChatGPT, Open WebUI and CoSteer (*.zip *.json)"), self.tr("All files (*)")]
        )
        dialog.filesSelected.connect(lambda names: self._model.import_files([Path(one) for one in names]))
        dialog.open()

    def choose_file(self) -> None:
        conversation = self._shown()
        if conversation is None:
            return
        dialog = self._dialog(self.tr("Export the conversation"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([self.tr("Markdown (*.md)"), self.tr("JSON (*.json)")])
        dialog.setDefaultSuffix("md")
        dialog.filterSelected.connect(lambda name: dialog.setDefaultSuffix("json" if "json" in name else "md"))
        wanted = conversation.id
        dialog.fileSelected.connect(lambda name: self._export(Path(name), wanted))
        dialog.open()

    def choose_folder(self) -> None:
        dialog = self._dialog(self.tr("A folder for all conversations"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda name: self._ask_for_form(Path(name)))
        dialog.open()

    def _dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title, self._folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.directoryEntered.connect(self._on_folder_entered)
        return dialog

    def _on_folder_entered(self, folder: str) -> None:
        self._folder = folder

    def _export(self, file: Path, conversation_id: str) -> None:
        form: ExportFormat = "json" if file.suffix.casefold() == ".json" else "markdown"
        self._model.export_to_file(file, form, conversation_id)

    def _ask_for_form(self, folder: Path) -> None:
        box = message_box(self._window)
        box.setText(self.tr("Export all conversations as Markdown, to be read, or as JSON, to be imported again?"))
        markdown = box.addButton(self.tr("Markdown"), QMessageBox.ButtonRole.AcceptRole)
        as_json = box.addButton(self.tr("JSON"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        markdown.clicked.connect(lambda: self._model.export_all(folder, "markdown"))
        as_json.clicked.connect(lambda: self._model.export_all(folder, "json"))
        box.open()

    def _on_advanced(self, progress: Progress) -> None:
        share = percent_of(progress)
        said = self.tr("{what}…") if share is None else self.tr("{what}… {share} %")
        said = said.format(what=translated(progress.what), share=share)
        self._notices.say(said, "notice", self.tr("Stop"), self._model.stop)

    def _on_imported(self, report: ImportReport) -> None:
        parts = [counted(len(report.imported), self.tr("{count} imported"), self.tr("{count} imported"))]
        if report.already_there:
            parts.append(self.tr("{count} already there").format(count=report.already_there))
        if report.broken_count:
            parts.append(self.tr("{count} could not be read").format(count=report.broken_count))
        said = self.tr("Conversations: {parts}.").format(parts=listed(parts))
        if report.stopped:
            said = self.tr("Stopped. {said}").format(said=said)
        problems = [translated(one.sentence) for one in report.failed]
        problems += [
            self.tr("{file}, {title}: {reason}").format(
                file=one.file,
                title=f"“{one.title}”" if one.title else f"№ {one.place}",
                reason=translated(one.reason),
            )
            for one in report.broken
        ]
        if problems:
            self._notices.say(said, "notice", self.tr("Details"), lambda: self._show_problems(said, problems))
        else:
            self._notices.say(said, "notice")

    def _show_problems(self, said: str, problems: list[str]) -> None:
        box = message_box(self._window)
        box.setText(said)
        more = len(problems) - _MOST_LINES
        lines = problems[:_MOST_LINES]
        if more > 0:
            lines.append(self.tr("… and {count} more").format(count=more))
        box.setInformativeText("\n".join(lines))
        box.open()

    def _on_exported(self, report: ExportReport) -> None:
        where = report.files[0].parent if len(report.files) > 1 else report.files[0]
        said = counted(
            report.conversations, self.tr("{count} conversation written"), self.tr("{count} conversations written")
        )
        self._notices.say(self.tr("{said} to {where}.").format(said=said, where=where), "notice")
