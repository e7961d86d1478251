"""What to start from when a cloud is added: a server found on this computer, one known by name, or an address."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from costeer.gui.view_models.clouds import CloudsViewModel
from costeer.services.endpoint_presets import EndpointPreset


class WhereFrom(QComboBox):
    """`preset_chosen` with an EndpointPreset, or None for an address of the user's own. What is found later does
    not change what is chosen."""

    preset_chosen = Signal(object)

    def __init__(self, model: CloudsViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setAccessibleName(self.tr("Start from"))
        self.view().setAccessibleName(self.tr("What to start from"))
        self.setMaxVisibleItems(20)
        self.activated.connect(self._on_activated)
        model.form_changed.connect(self._offer)
        self.start()

    def start(self) -> None:
        """Nothing is chosen but an address of the user's own."""
        self._offer()
        self.setCurrentIndex(0)

    @property
    def chosen(self) -> EndpointPreset | None:
        data = self.currentData()
        return data if isinstance(data, EndpointPreset) else None

    def _offer(self) -> None:
        before = self.chosen
        model = self._model
        self.clear()
        self.addItem(
            self.tr("An address of your own (looking on this computer…)")
            if model.searching
            else self.tr("An address of your own")
        )
        here = {one.preset.name: one for one in model.found}
        if here:
            self.insertSeparator(self.count())
        for one in here.values():
            words = self.tr("{name}: answers on this computer, wants a key")
            if not one.wants_key:
                words = self.tr("{name}: answers on this computer")
            self.addItem(words.format(name=one.preset.name), one.preset)
        self.insertSeparator(self.count())
        for preset in model.presets:
            if preset.name not in here:
                words = self.tr("{name} on this computer ({address})") if preset.local else "{name}"
                self.addItem(words.format(name=preset.name, address=preset.base_url.split("://")[1]), preset)
        at = self.findData(before, Qt.ItemDataRole.UserRole) if before is not None else 0
        self.setCurrentIndex(max(0, at))

    def _on_activated(self) -> None:
        self.preset_chosen.emit(self.chosen)
