"""The personal model at the window: the dialog, and where its sources are chosen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from costeer.bootstrap import Application
from costeer.gui.commands import Commands
from costeer.gui.jobs import Jobs
from costeer.gui.theme import Look
from costeer.gui.view_models.augmenting import AugmentingViewModel
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.training import TrainingViewModel
from costeer.gui.view_models.writings import WritingsViewModel
from costeer.gui.widgets.parts import name_fields
from costeer.gui.widgets.personal_dialog import PersonalDialog
from costeer.gui.wording import counted, number
from costeer.services.own_texts import TEXT_FILES
from costeer.services.personal.service import Forgotten, Gathered, Sources


class PersonalJoin(QObject):
    """Makes the dialog when it is first wanted. A training goes on when it is closed."""

    def __init__(
        self,
        app: Application,
        jobs: Jobs,
        chat: ChatViewModel,
        commands: Commands,
        look: Look,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._look = look
        self._window = window
        self._folder = str(Path.home())
        self._address = ""
        self._dialog: PersonalDialog | None = None
        self.writings = WritingsViewModel(app.personal, jobs, window)
        self.augmenting = AugmentingViewModel(app.augmentation, jobs, window)
        self.augmenting.written.connect(self.writings.load)
        self.writings.changed.connect(self.augmenting.load)
        self.training = TrainingViewModel(app, "personal", app.personal.train, jobs, lambda: chat.busy, window)
        commands.add("you.personal", self.tr("Personal model…"), "you", self.open)

    @property
    def dialog(self) -> PersonalDialog:
        if self._dialog is None:
            self._dialog = made = PersonalDialog(
                self.writings, self.augmenting, self.training, self._look, self._window
            )
            made.writings.source_wanted.connect(self._on_source_wanted)
            self.writings.gathered.connect(self._on_gathered)
            self.writings.forgotten.connect(self._on_forgotten)
        return self._dialog

    def open(self) -> None:
        self.writings.load()
        self.training.load()
        dialog = self.dialog
        dialog.notices.clear()
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def leave(self) -> None:
        """Compute no more; a training goes on the next time it is begun."""
        self.training.stop()
        self.augmenting.stop()
        self.writings.stop()

    def _on_source_wanted(self, name: str) -> None:
        if name == "messages":
            self.writings.gather(Sources(messages=True))
        elif name == "edits":
            self.writings.gather(Sources(edits=True))
        elif name == "documents":
            patterns = " ".join(f"*{one}" for one in TEXT_FILES)
            self._choose(
                self.tr("Texts that you wrote"), self.tr("Texts ({patterns})").format(patterns=patterns), name
            )
        elif name == "mailbox":
            self._choose(self.tr("A mailbox"), self.tr("Mailboxes (*.mbox *)"), name)
        elif name == "chats":
            self._choose(self.tr("An export of another chat"), self.tr("Exports (*.zip *.json)"), name)
        else:
            self._choose(self.tr("Questions in LaMP's format"), self.tr("Questions (*.json)"), name)

    def _choose(self, title: str, pattern: str, name: str) -> None:
        chooser = QFileDialog(self.dialog, title, self._folder)
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setFileMode(QFileDialog.FileMode.ExistingFiles)
        chooser.setNameFilters([pattern, self.tr("All files (*)")])
        chooser.filesSelected.connect(lambda names: self._take(name, [Path(one) for one in names]))
        chooser.directoryEntered.connect(self._on_folder_entered)
        chooser.open()

    def _take(self, name: str, files: list[Path]) -> None:
        if name == "documents":
            self.writings.gather(Sources(documents=files))
        elif name == "chats":
            self.writings.gather(Sources(chats=files))
        elif name == "lamp":
            self.writings.gather(Sources(lamp=files))
        else:
            self._ask_for_address(files)

    def _ask_for_address(self, mailboxes: list[Path]) -> None:
        """Only what the user sent is theirs."""
        dialog = QInputDialog(self.dialog)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("A mailbox"))
        dialog.setLabelText(self.tr("The e-mail address that you write from:"))
        dialog.setTextValue(self._address)
        name_fields(dialog, self.tr("Your e-mail address"))
        dialog.textValueSelected.connect(lambda address: self._on_address(address.strip(), mailboxes))
        dialog.open()

    def _on_address(self, address: str, mailboxes: list[Path]) -> None:
        self._address = address
        self.writings.gather(Sources(mailboxes=mailboxes, address=address))

    def _on_gathered(self, found: Gathered) -> None:
        said = counted(found.added, self.tr("One new text."), self.tr("{count} new texts."))
        if not found.added:
            said = self.tr("Nothing new was found.")
        if found.left_out:
            left_out = self.tr("{count} say too little, or the same as others.")
            said = f"{said} {left_out.format(count=number(found.left_out))}"
        self.dialog.notices.say(said, "notice")

    def _on_forgotten(self, forgotten: Forgotten) -> None:
        self.training.load()
        said = self.tr("Forgotten.")
        if forgotten.versions:
            said = self.tr(
                "Forgotten, with the adapters that had learnt from it. Train again for one that has not."
            )
        if forgotten.made:
            made = counted(
                forgotten.made,
                self.tr("One text that was made from it went, too."),
                self.tr("{count} texts that were made from it went, too."),
            )
            said = f"{said} {made}"
        self.dialog.notices.say(said, "notice")

    def _on_folder_entered(self, folder: str) -> None:
        self._folder = folder
