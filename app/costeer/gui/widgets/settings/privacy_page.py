"""Settings: the record of what was sent, and what is never sent."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from costeer.gui.theme import Look
from costeer.gui.view_models.own_data import OwnDataViewModel
from costeer.gui.widgets.settings.rows import SettingRow, SettingsPage


class PrivacyPage(SettingsPage):
    """`export_wanted` before it is known where to, `report_wanted` for a look at what a report would hold."""

    export_wanted = Signal()
    report_wanted = Signal()

    def __init__(self, data: OwnDataViewModel, look: Look) -> None:
        super().__init__(self.tr("Privacy"))
        self._data = data
        self.begin_section(self.tr("The record of what was sent"))
        self.verify = QPushButton(self.tr("Verify"))
        self.verify.clicked.connect(data.verify_ledger)
        self.add(
            SettingRow(
                self.tr("Is the record intact?"),
                self.tr(
                    "Everything that leaves this computer is written down before it is sent; each entry holds a "
                    "mark of the one before, so that a change would be found."
                ),
                self.verify,
                look,
            )
        )
        self.export = QPushButton(self.tr("Export…"))
        self.export.clicked.connect(self.export_wanted)
        self.add(
            SettingRow(
                self.tr("Export the record"),
                self.tr(
                    "All entries as one JSON file, word for word. Whoever gets it can read what you have sent."
                ),
                self.export,
                look,
            )
        )
        self.begin_section(self.tr("What is never sent"))
        self.report = QPushButton(self.tr("Preview a report…"))
        self.report.clicked.connect(self.report_wanted)
        self.add(
            SettingRow(
                self.tr("Error reports"),
                self.tr(
                    "Off: nothing is ever reported by itself. You can look at a report and pass it on yourself."
                ),
                self.report,
                look,
            )
        )
        self.add(
            SettingRow(
                self.tr("Usage figures and updates"),
                self.tr("There are none: no figures are collected, and no server is asked for updates."),
                None,
                look,
            )
        )
        data.busy_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        for one in (self.verify, self.export):
            one.setEnabled(not self._data.busy)
