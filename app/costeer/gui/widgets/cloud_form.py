"""Adding a cloud, or changing one: where it is, its key, its model, and what a test says of it."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from costeer.foundation.settings import EndpointSettings
from costeer.gui.strange_text import plain_tip
from costeer.gui.theme import Look
from costeer.gui.view_models.clouds import CloudsViewModel
from costeer.gui.widgets.cloud_result import CloudResult
from costeer.gui.widgets.parts import icon_button, label
from costeer.gui.widgets.price_fields import PriceFields, cost_words
from costeer.gui.widgets.where_from import WhereFrom
from costeer.gui.wording import counted, recorded_words
from costeer.services.endpoint_book import EndpointRow
from costeer.services.endpoint_presets import EndpointPreset, billing, preset_at, unencrypted


class CloudForm(QWidget):
    """Fields stay as they are when something goes wrong. The key is shown to nobody who does not ask for it while
    it is typed, and never again afterwards. Enter tests."""

    back_wanted = Signal()

    def __init__(self, model: CloudsViewModel, look: Look) -> None:
        super().__init__()
        self._model = model
        self._changing = False
        self._filled: EndpointPreset | None = None
        self._busy_with_fields = False
        self.source = WhereFrom(model)
        self.source.preset_chosen.connect(self._fill_from)
        self.name = QLineEdit()
        self.name.setPlaceholderText(self.tr("What you call it; its host, if left empty"))
        self.address = QLineEdit()
        self.address.setPlaceholderText(self.tr("host:8080, https://host/v1 or a full path"))
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.show_key = icon_button(look, "eye", self.tr("Show what is typed"))
        self.show_key.setCheckable(True)
        self.show_key.toggled.connect(self._on_show_key)
        self.key_words = label(tone="muted", wrap=True)
        self.typed_model = QLineEdit()
        self.typed_model.setPlaceholderText(self.tr("The first that it lists, if left empty"))
        self.models = QComboBox()
        self.models.setEditable(True)
        self.models.setLineEdit(self.typed_model)
        self.models.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        completer = QCompleter(self.models.model(), self.models)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        fitting = QListView()
        fitting.setAccessibleName(self.tr("Models that fit what is typed"))
        completer.setPopup(fitting)
        self.models.setCompleter(completer)
        self.model_words = label(tone="muted", wrap=True)
        self.prices = PriceFields()
        self.cost_words = label(tone="muted", wrap=True)
        self.result = CloudResult()
        self._make_buttons()
        self._lay_out()
        self._name_fields()
        for field in (self.address, self.key):
            field.textEdited.connect(self._on_edited)
        self.models.currentTextChanged.connect(self._on_model_changed)
        model.test_changed.connect(self.refresh)
        model.form_changed.connect(self.refresh)
        model.busy_changed.connect(self.refresh)
        model.cost_changed.connect(self._on_cost)
        self.refresh()

    def begin_adding(self) -> None:
        """Empty, with the servers on this computer being looked for."""
        self._changing = False
        self._put("", "", "")
        self.prices.clear()
        self.source.start()
        self._model.load_form()
        self._model.search()
        self.source.setFocus()

    def begin_changing(self, row: EndpointRow) -> None:
        self._changing = True
        self._put(row.name, row.base_url, row.model)
        self.prices.put(row.price_input, row.price_output, row.currency)
        self._model.load_form()
        self._model.load_cost(row.name)
        self.address.setFocus()

    def forget_key(self) -> None:
        self.key.clear()
        self.show_key.setChecked(False)

    @property
    def wanted(self) -> EndpointSettings:
        """What the fields say, as it was typed; without the prices."""
        return EndpointSettings(
            self.name.text().strip(), self.address.text().strip(), self.typed_model.text().strip()
        )

    def refresh(self) -> None:
        """Show the view model as it is."""
        model = self._model
        self._offer_models()
        self.key_words.setText(self._about_the_key())
        self.key_words.setToolTip(plain_tip(model.keys.where if model.keys else ""))
        written, free = bool(self.address.text().strip()), not model.busy
        self.test.setVisible(not model.testing)
        self.test.setEnabled(written and free)
        self.stop.setVisible(model.testing)
        self.bar.setVisible(model.testing)
        self.progress.setVisible(model.testing)
        listed = model.models is not None
        self.progress.setText(self.tr("Testing what it allows…") if listed else self.tr("Asking for its models…"))
        for one in (self.save, self.save_and_use):
            one.setEnabled(written and free)
        if model.probed is None:
            self.result.clear()
        elif model.probed is not self.result.shown:
            self.result.put(model.probed, billing(self.wanted.base_url, model.presets))
            QTimer.singleShot(0, self._show_result)

    def _put(self, name: str, address: str, model: str) -> None:
        self._model.stop()
        self._model.forget_models()
        with self._filling():
            self.name.setText(name)
            self.address.setText(address)
            self.models.clear()
            self.typed_model.setText(model)
        self.forget_key()
        self.cost_words.hide()
        self._filled = None
        self.name.setEnabled(not self._changing)
        for one in (self.source, self.source_name):
            one.setVisible(not self._changing)
        self.save_and_use.setText(self.tr("Save and use") if self._changing else self.tr("Add and use"))
        self.save.setText(self.tr("Save") if self._changing else self.tr("Add"))
        self.refresh()

    @contextlib.contextmanager
    def _filling(self) -> Iterator[None]:
        """What changes meanwhile was not changed by the user."""
        before, self._busy_with_fields = self._busy_with_fields, True
        try:
            yield
        finally:
            self._busy_with_fields = before

    def _fill_from(self, preset: EndpointPreset | None) -> None:
        """The address of `preset`, and its name unless another has been typed."""
        before, self._filled = self._filled, preset
        if self.name.text() in ("", before.name if before else ""):
            self.name.setText(preset.name if preset else "")
        if preset is not None or (before is not None and self.address.text() == before.base_url):
            self.address.setText(preset.base_url if preset else "")
        self._on_edited()

    def _on_edited(self) -> None:
        """What was tested is no longer what the fields say."""
        self._model.forget_test()
        self._model.forget_models()

    def _on_model_changed(self) -> None:
        if not self._busy_with_fields:
            self._model.forget_test()

    def _on_show_key(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.key.setEchoMode(mode)

    def _on_test(self) -> None:
        if self.test.isEnabled() and not self._model.testing:
            self._model.test(self.wanted, self.key.text())

    def _on_save(self, *, use: bool) -> None:
        prices = self.prices.checked()
        if prices is None:
            self._scroll.ensureWidgetVisible(self.prices.words)
            return
        self._model.forget_test()
        put = self._model.put if self._changing else self._model.add
        wanted = dataclasses.replace(
            self.wanted, price_input=prices.of_input, price_output=prices.of_output, currency=prices.currency
        )
        put(wanted, self.key.text(), use=use)

    def _on_cost(self) -> None:
        self.cost_words.setText(cost_words(self._model.cost))
        self.cost_words.setVisible(self._changing)

    def _offer_models(self) -> None:
        """The models listed, below what has been typed; the tested one where nothing has."""
        probed, models = self._model.probed, self._model.models
        typed = self.typed_model.text()
        with self._filling(), QSignalBlocker(self.models):
            if tuple(self.models.itemText(one) for one in range(self.models.count())) != (models or ()):
                self.models.clear()
                self.models.addItems(list(models or ()))
                self.models.setCurrentIndex(-1)
                self.typed_model.setText(typed)
            if probed is not None and not typed:
                self.typed_model.setText(probed.abilities.model)
        said = ""
        if models is not None:
            said = counted(
                len(models),
                self.tr("It lists {count} model."),
                self.tr("It lists {count} models; choose one, or type its name."),
            )
            said = said if models else self.tr("It lists no models; type the name of one if it has several.")
        self.model_words.setText(said)
        self.model_words.setVisible(bool(said))

    def _about_the_key(self) -> str:
        """Where to get it, and where it goes."""
        said = []
        preset = self._preset()
        if preset is not None and not preset.needs_key:
            said.append(self.tr("It usually needs none."))
        elif preset is not None:
            said.append(self.tr("You get one at {place}.").format(place=recorded_words(preset.key_from)))
        keys = self._model.keys
        if keys is not None and keys.keychain:
            said.append(
                self.tr("It goes to the keychain “{name}” and is not shown again.").format(name=keys.where)
            )
        elif keys is not None:
            said.append(
                self.tr(
                    "This computer offers no keychain: it goes to a file, sealed by a passphrase that you choose, "
                    "and is not shown again."
                )
            )
        if unencrypted(self.wanted.base_url):
            said.append(self.tr("The connection is not encrypted: whoever is on the way can read along."))
        if self._changing:
            said.append(self.tr("Leave it empty to keep the one there is, unless the address changes."))
        return " ".join(said)

    def _preset(self) -> EndpointPreset | None:
        return preset_at(self.wanted.base_url, self._model.presets)

    def _show_result(self) -> None:
        """Once it has been laid out."""
        self._scroll.ensureWidgetVisible(self.result)

    def _make_buttons(self) -> None:
        self.back = QPushButton(self.tr("Back"))
        self.back.clicked.connect(self.back_wanted)
        self.test = QPushButton(self.tr("Test"))
        self.test.setToolTip(self.tr("Asks it a few short questions, none of them about you"))
        self.test.setDefault(True)
        self.test.clicked.connect(self._on_test)
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.clicked.connect(self._model.forget_test)
        self.save = QPushButton(self.tr("Add"))
        self.save.clicked.connect(lambda: self._on_save(use=False))
        self.save_and_use = QPushButton(self.tr("Add and use"))
        self.save_and_use.setProperty("kind", "primary")
        self.save_and_use.clicked.connect(lambda: self._on_save(use=True))
        for one in (self.back, self.stop, self.save, self.save_and_use):
            one.setAutoDefault(False)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName(self.tr("The test is under way"))
        self.progress = label(tone="muted")

    def _name_fields(self) -> None:
        for field, name in (
            (self.name, self.tr("Name")),
            (self.address, self.tr("Address")),
            (self.key, self.tr("Key")),
            (self.models, self.tr("Model")),
            (self.typed_model, self.tr("Model")),
            (self.models.view(), self.tr("Models that it lists")),
        ):
            field.setAccessibleName(name)

    def _lay_out(self) -> None:
        key = QWidget()
        beside = QHBoxLayout(key)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(6)
        beside.addWidget(self.key, 1)
        beside.addWidget(self.show_key)
        inside = QWidget()
        inside.setObjectName("formBody")
        rows = QGridLayout()
        rows.setHorizontalSpacing(14)
        rows.setVerticalSpacing(8)
        rows.setColumnStretch(1, 1)
        self.source_name = label(self.tr("Start from"))
        rows.addWidget(self.source_name, 0, 0)
        rows.addWidget(self.source, 0, 1)
        fields: tuple[tuple[str, QWidget, tuple[QWidget, ...]], ...] = (
            (self.tr("Name"), self.name, ()),
            (self.tr("Address"), self.address, ()),
            (self.tr("Key"), key, (self.key_words,)),
            (self.tr("Model"), self.models, (self.model_words,)),
            (self.tr("Prices"), self.prices, (self.prices.words, self.cost_words)),
        )
        for name, field, words in fields:
            at = rows.rowCount()
            rows.addWidget(label(name), at, 0)
            rows.addWidget(field, at, 1)
            for below, one in enumerate(words, at + 1):
                rows.addWidget(one, below, 1)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(12)
        column.addLayout(rows)
        column.addWidget(self.result)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setObjectName("formScroll")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        buttons = QHBoxLayout()
        buttons.addWidget(self.back)
        buttons.addStretch(1)
        for one in (self.test, self.stop, self.save, self.save_and_use):
            buttons.addWidget(one)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(8)
        page.addWidget(scroll, 1)
        page.addWidget(self.progress)
        page.addWidget(self.bar)
        page.addLayout(buttons)
        self._scroll = scroll
