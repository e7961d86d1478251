"""Settings: the record of what was sent: whether it is intact, who is told of it, how long it is kept."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from costeer.gui.theme import Look
from costeer.gui.view_models.ledger import LedgerViewModel, last_check_words
from costeer.gui.view_models.settings import SettingsViewModel
from costeer.gui.view_models.transfer import percent_of
from costeer.gui.widgets.settings.rows import RowMaker, SettingRow, SettingsPage
from costeer.gui.wording import counted, number, size, translated

_DAYS = (0, 365, 180, 90, 30, 7)


class LedgerPage(SettingsPage):
    """Shows a LedgerViewModel and two fields of the settings. The signals come before anything was asked: whoever
    hears them asks. Window thread only."""

    export_wanted = Signal()
    report_wanted = Signal()
    removal_wanted = Signal()
    forgetting_wanted = Signal()

    def __init__(self, make: RowMaker, settings: SettingsViewModel, ledger: LedgerViewModel, look: Look) -> None:
        super().__init__(self.tr("Record"))
        self._settings = settings
        self._ledger = ledger
        self._look = look
        self.begin_section(self.tr("The record of what was sent"))
        self._add_check()
        self.report = self._button(
            self.tr("A report in plain words"),
            self.tr("What left this computer, to whom, when, why and how much, as a page for people to read."),
            self.tr("Write a report…"),
            self.report_wanted.emit,
        )
        self.export = self._button(
            self.tr("Export the record"),
            self.tr("All entries as one JSON file, word for word. Whoever gets it can read what you have sent."),
            self.tr("Export…"),
            self.export_wanted.emit,
        )
        self.begin_section(self.tr("How long the record is kept"))
        self._add_keeping(make)
        self._add_forgetting(make)
        for changed in (ledger.busy_changed, ledger.advanced, ledger.loaded, settings.changed):
            changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        ledger, busy = self._ledger, self._ledger.busy
        self.verify.setText(self.tr("Stop") if busy else self.tr("Verify"))
        for one in (self.export, self.report):
            one.setEnabled(not busy)
        self.checked.setText(self._progress_words() if busy else last_check_words(ledger.last))
        self.checked.setAccessibleDescription(self.checked.text())
        days = self._settings.settings.ledger_days
        self.old.setText(self._old_words(days))
        self.remove.setEnabled(not busy and days > 0 and ledger.old.entries > 0)
        self.words.setText(self._words_words())
        self.forget.setEnabled(not busy and ledger.words.entries > 0)

    def _add_check(self) -> None:
        self.verify = QPushButton(self.tr("Verify"))
        self.verify.clicked.connect(lambda: self._ledger.stop() if self._ledger.busy else self._ledger.verify())
        row = SettingRow(
            self.tr("Is the record intact?"),
            self.tr(
                "Everything that leaves this computer is written down before it is sent; each entry holds a "
                "mark of the one before, so that a change would be found."
            ),
            self.verify,
            self._look,
        )
        self.checked = row.add_line()
        self.checked.setAccessibleName(self.tr("The last check of the record"))
        self.add(row)

    def _add_keeping(self, make: RowMaker) -> None:
        meaning = self.tr(
            "What is older is removed when the application starts; a new entry says what was removed."
        )
        self.keep = self.add(make.choice(self.tr("Keep entries"), meaning, "ledger_days", self._offered))
        self.remove = QPushButton(self.tr("Remove now…"))
        self.remove.clicked.connect(self.removal_wanted)
        row = self.add(SettingRow(self.tr("Entries that are older"), "", self.remove, self._look))
        self.old = row.add_line()

    def _add_forgetting(self, make: RowMaker) -> None:
        meaning = self.tr(
            "When a conversation is deleted for good, the words that were sent and received for it go from the "
            "record too. When, to whom, what for and how much stays. It holds for those deleted before as well."
        )
        self.add(make.switch(self.tr("Forget the words of deleted conversations"), meaning, "forget_deleted"))
        self.forget = QPushButton(self.tr("Forget now…"))
        self.forget.clicked.connect(self.forgetting_wanted)
        row = self.add(SettingRow(self.tr("Words of deleted conversations"), "", self.forget, self._look))
        self.words = row.add_line()

    def _button(self, title: str, meaning: str, text: str, act: Callable[[], None]) -> QPushButton:
        made = QPushButton(text)
        made.clicked.connect(act)
        self.add(SettingRow(title, meaning, made, self._look))
        return made

    def _offered(self) -> list[tuple[object, str]]:
        for_ever = self.tr("For ever")
        names = {
            0: for_ever,
            365: self.tr("For a year"),
            180: self.tr("For half a year"),
            90: self.tr("For three months"),
            30: self.tr("For a month"),
            7: self.tr("For a week"),
        }
        offered: list[tuple[object, str]] = [(one, names[one]) for one in _DAYS]
        days = self._settings.settings.ledger_days
        if days not in names:  # other programs may write the settings
            many = counted(days, self.tr("For {count} day"), self.tr("For {count} days"))
            offered.append((days, many if days > 0 else for_ever))
        return offered

    def _progress_words(self) -> str:
        progress = self._ledger.progress
        if progress is None:
            return self.tr("One moment…")
        share = percent_of(progress)
        what = translated(progress.what)
        return f"{what}…" if share is None else self.tr("{what}… {share} %").format(what=what, share=number(share))

    def _old_words(self, days: int) -> str:
        old = self._ledger.old
        if days <= 0:
            return self.tr("The record is kept for ever: nothing is removed.")
        if not old.entries:
            return self.tr("There are none.")
        entries = counted(old.entries, self.tr("{count} entry"), self.tr("{count} entries"))
        said = self.tr("{entries} with {size} of words: removed at the next start, or now.")
        if old.held_back:
            said = self.tr("{entries} with {size} of words, and more once an exchange that is under way is over.")
        return said.format(entries=entries, size=size(old.bytes))

    def _words_words(self) -> str:
        words = self._ledger.words
        if not words.entries:
            return self.tr("There are none on record.")
        entries = counted(words.entries, self.tr("{count} entry"), self.tr("{count} entries"))
        said = self.tr("On record with their words: {entries}, {size}.")
        return said.format(entries=entries, size=size(words.bytes))
