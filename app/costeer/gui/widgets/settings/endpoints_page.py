"""Settings: who answers, and where the keys for it are."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from costeer.gui.theme import Look
from costeer.gui.view_models.clouds import CloudsViewModel
from costeer.gui.widgets.settings.rows import SettingRow, SettingsPage
from costeer.gui.wording import counted, name_words, tier_words


class EndpointsPage(SettingsPage):
    """Says what is in use; the dialog of the clouds changes it."""

    clouds_wanted = Signal()
    adding_wanted = Signal()

    def __init__(self, model: CloudsViewModel, look: Look) -> None:
        super().__init__(self.tr("Clouds"))
        self._model = model
        choose = QPushButton(self.tr("Choose…"))
        choose.clicked.connect(self.clouds_wanted)
        self.used = self.add(SettingRow(self.tr("The cloud that answers"), " ", choose, look))
        add = QPushButton(self.tr("Add…"))
        add.clicked.connect(self.adding_wanted)
        self.known = self.add(SettingRow(self.tr("Clouds of your own"), " ", add, look))
        self.keys = self.add(SettingRow(self.tr("Where keys are kept"), " ", None, look))
        model.loaded.connect(self.refresh)
        model.form_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        model, used = self._model, self._model.list.in_use
        if used is not None:
            self.used.meaning.setText(
                self.tr("{name}. {words}.").format(name=name_words(used.title), words=tier_words(used.tier))
            )
        own = sum(not one.built_in for one in model.list.rows)
        many = counted(own, self.tr("{count} added"), self.tr("{count} added"))
        said = self.tr("{many}. Each is tested for how far it can be steered; its address is contacted then.")
        self.known.meaning.setText(
            said.format(many=many) if own else self.tr("None yet: a server of your own, or an account somewhere.")
        )
        if model.keys is not None:
            place = self.tr("In the keychain “{name}”; never in a file of settings, a log or an export.")
            if not model.keys.keychain:
                place = self.tr("Sealed by your passphrase in {name}, as this computer offers no keychain.")
            self.keys.meaning.setText(place.format(name=model.keys.where))
