"""Settings: the models that run on this computer."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from costeer.gui.strange_text import plain_tip
from costeer.gui.theme import Look
from costeer.gui.view_models.own_data import OwnDataViewModel
from costeer.gui.widgets.parts import label
from costeer.gui.widgets.settings.rows import RowMaker, SettingRow, SettingsPage
from costeer.gui.wording import size
from costeer.services.own_data import ModelOnDisk


class ModelsPage(SettingsPage):
    """`choosing_wanted` when a file is to be looked for."""

    choosing_wanted = Signal()

    def __init__(self, make: RowMaker, data: OwnDataViewModel, look: Look) -> None:
        super().__init__(self.tr("Models"))
        self._data = data
        self._add_choices(make, look)
        self._add_spare_time(make)
        self._add_files(look)
        data.loaded.connect(self.refresh)
        data.busy_changed.connect(self.refresh)
        self.refresh()

    def _add_choices(self, make: RowMaker, look: Look) -> None:
        self.begin_section(self.tr("In use"))
        self.local = self.add(
            make.choice(
                self.tr("Model that steers"),
                self.tr("It is shown your profile and runs on this computer only. Used from the next answer on."),
                "local_model",
                self._offered,
            )
        )
        choose = QPushButton(self.tr("Choose a file…"))
        choose.clicked.connect(self.choosing_wanted)
        self.add(
            SettingRow(
                self.tr("A model of your own"),
                self.tr(
                    "A .gguf file anywhere on this computer; the best are small ones that follow instructions."
                ),
                choose,
                look,
            )
        )
        self.demo = self.add(
            make.choice(
                self.tr("Model of the demo cloud"),
                self.tr("What the built-in cloud on this computer answers with."),
                "demo_cloud_model",
                self._offered,
            )
        )
        self.add(
            make.number(
                self.tr("Longest answer"),
                self.tr("An answer that gets longer is cut there and can be continued."),
                "steering.max_tokens",
                (16, 32_768, 64),
                self.tr(" tokens"),
            )
        )
        self.add(
            make.switch(
                self.tr("Keep fast copies"),
                self.tr(
                    "A model is converted once into the types that this computer reads fastest. Takes disk space."
                ),
                "fast_copies",
            )
        )

    def _add_spare_time(self, make: RowMaker) -> None:
        self.begin_section(self.tr("When it is idle"))
        self.add(
            make.switch(
                self.tr("Find titles"),
                self.tr(
                    "After the first answer the model names the conversation, unless you have. Nothing is sent."
                ),
                "find_titles",
            )
        )
        self.add(
            make.switch(
                self.tr("Propose memories"),
                self.tr(
                    "What you tell about yourself is proposed as a memory, which is used only once you approve "
                    "it. Nothing is sent."
                ),
                "propose_memories",
            )
        )

    def _add_files(self, look: Look) -> None:
        self.begin_section(self.tr("On this computer"))
        self._list = QWidget()
        self._list.setAccessibleName(self.tr("Models on this computer"))
        self._lines = QVBoxLayout(self._list)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(4)
        self.remove = QPushButton(self.tr("Remove copies"))
        self.remove.clicked.connect(self._data.remove_copies)
        self.on_disk = self.add(
            SettingRow(
                self.tr("Model files"),
                self.tr("Copies can be removed at any time: they are made again when they are needed."),
                self.remove,
                look,
                below=self._list,
            )
        )

    def _offered(self) -> list[tuple[object, str]]:
        """What can be chosen: ids, and names."""
        return [(one.id, one.name) for one in self._data.models if one.kind != "copy"]

    def refresh(self) -> None:
        self.remove.setEnabled(not self._data.busy and any(one.kind == "copy" for one in self._data.models))
        for row in (self.local, self.demo):
            row.refresh()
        while self._lines.count():
            item = self._lines.takeAt(0)
            old = item.widget() if item else None
            if old is not None:
                old.deleteLater()
        for one in self._data.models:
            self._lines.addWidget(self._line(one))

    def _line(self, one: ModelOnDisk) -> QLabel:
        kinds = {
            "shipped": self.tr("came with the set-up"),
            "own": self.tr("your own"),
            "copy": self.tr("fast copy"),
        }
        text = self.tr("{name}: {size}, {kind}").format(name=one.name, size=size(one.size), kind=kinds[one.kind])
        made = label(text, wrap=True)
        made.setToolTip(plain_tip(str(one.file)))
        return made
