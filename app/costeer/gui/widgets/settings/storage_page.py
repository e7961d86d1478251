"""Settings: what lies on this computer, and how to be rid of it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from costeer.gui.theme import Look
from costeer.gui.view_models.own_data import OwnDataViewModel
from costeer.gui.widgets.settings.rows import SettingRow, SettingsPage
from costeer.gui.wording import counted, size
from costeer.services.library import BIN_KEPT


class StoragePage(SettingsPage):
    """`erase_wanted` before anything was asked: whoever hears it asks, twice."""

    folder_wanted = Signal()
    erase_wanted = Signal()

    def __init__(self, data: OwnDataViewModel, look: Look) -> None:
        super().__init__(self.tr("Storage"))
        self._data = data
        show = QPushButton(self.tr("Open folder"))
        show.clicked.connect(self.folder_wanted)
        self.where = self.add(SettingRow(self.tr("Where your data lies"), str(data.folder), show, look))
        self.sizes = self.add(SettingRow(self.tr("How much there is"), " ", None, look))
        self.empty = QPushButton(self.tr("Empty the bin"))
        self.empty.clicked.connect(data.empty_bin)
        self.bin = self.add(SettingRow(self.tr("Deleted conversations"), " ", self.empty, look))
        self.erase = QPushButton(self.tr("Delete everything…"))
        self.erase.clicked.connect(self.erase_wanted)
        self.add(
            SettingRow(
                self.tr("Delete everything"),
                self.tr(
                    "Conversations, profile, memories, keys, settings, models you added, the record of what was "
                    "sent, backups made here: all of it, for good. What clouds have received they keep."
                ),
                self.erase,
                look,
            )
        )
        data.loaded.connect(self.refresh)
        data.busy_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        data, use = self._data, self._data.use
        if use is not None:
            said = self.tr(
                "{total} in all\nConversations and profile: {conversations}\nModels you added: {models}\n"
                "Copies of models and other things that can be made again: {cache}\nLogs: {logs}"
            )
            self.sizes.meaning.setText(
                said.format(
                    total=size(use.total),
                    conversations=size(use.conversations),
                    models=size(use.models),
                    cache=size(use.cache),
                    logs=size(use.logs),
                )
            )
        many = counted(
            data.in_bin,
            self.tr("{count} conversation in the bin."),
            self.tr("{count} conversations in the bin."),
        )
        said = self.tr("{many} What has been there for {days} days is deleted for good.")
        said = said.format(many=many, days=BIN_KEPT.days)
        self.bin.meaning.setText(said if data.in_bin else self.tr("The bin is empty."))
        self.empty.setEnabled(not data.busy and data.in_bin > 0)
