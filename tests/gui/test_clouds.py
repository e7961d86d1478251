"""Clouds are added, tested, chosen and removed in the window, against real servers on this computer."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.errors
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.foundation.settings import DEMO_ENDPOINT, load_settings
from costeer.gui.main_window import MainWindow
from costeer.gui.widgets.cloud_form import CloudForm
from costeer.gui.widgets.passphrase_dialog import PassphraseDialog
from costeer.gui.wording import figures_line
from costeer.services.endpoints import key_of
from costeer.storage.records import AnswerFigures
from tests.cloud.scripted_endpoint import MODEL, ScriptedEndpoint, Traps
from tests.gui.conftest import PATIENCE_MS
from tests.privacy.scripted_server import ScriptedServer, Talk

KEY = "sk-entirely-secret-0815"


class Keychain(keyring.backend.KeyringBackend):
    """A keychain that this process has for itself; with `locked` it refuses, as one does whose user says no."""

    priority = 1
    name = "Keychain of the test"

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise keyring.errors.PasswordSetError("the keychain is locked")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError(username)


@pytest.fixture
def keychain() -> Iterator[Keychain]:
    before, made = keyring.get_keyring(), Keychain()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def form(window: MainWindow, app: Application, keychain: Keychain, qtbot: QtBot) -> Iterator[CloudForm]:
    """The form for a new cloud, reached through the header."""
    before = app.settings
    with qtbot.waitSignal(window.clouds.loaded, timeout=PATIENCE_MS):
        window.header.endpoint.click()
    window.clouds_dialog.page.add.click()
    qtbot.waitUntil(lambda: not window.clouds.searching and bool(window.clouds.presets), timeout=PATIENCE_MS)
    yield window.clouds_dialog.form
    window.clouds_dialog.close()
    qtbot.waitUntil(lambda: not window.clouds.busy, timeout=PATIENCE_MS)
    app.update_settings(before)


def put(field: QLineEdit, text: str) -> None:
    field.clear()
    QTest.keyClicks(field, text)


def run_test(form: CloudForm, window: MainWindow, qtbot: QtBot) -> None:
    """Enter, as most people would."""
    QTest.keyClick(form.address, Qt.Key.Key_Return)
    assert window.clouds.testing
    assert (form.bar.isVisible(), form.stop.isVisible(), form.test.isVisible()) == (True, True, False)
    qtbot.waitUntil(lambda: not window.clouds.testing, timeout=PATIENCE_MS)


def texts_of(app: Application) -> str:
    """All that is kept on disk, the keychain aside."""
    root = app.paths.config.parent
    return "".join(one.read_bytes().decode("latin-1") for one in sorted(root.rglob("*")) if one.is_file())


def test_tested_added_used_and_removed(
    form: CloudForm, window: MainWindow, app: Application, keychain: Keychain, qtbot: QtBot
) -> None:
    with ScriptedServer(ScriptedEndpoint(traps=Traps(most_k=5, key=KEY))) as server:
        put(form.name, "Mine")
        put(form.address, f"{server.base_url}/v1/chat/completions")
        put(form.key, KEY)
        assert form.key.echoMode() == QLineEdit.EchoMode.Password
        assert "Keychain of the test" in form.key_words.text()
        run_test(form, window, qtbot)
        assert form.result.isVisible()
        assert form.result.tier.text() == "A-"
        assert form.result.figures["Alternatives told at each word"].text() == "5"
        assert form.result.figures["Model tested"].text() == MODEL
        assert not form.result.price.isVisible()
        assert form.typed_model.text() == MODEL, "what was tested is what is added"
        form.models.setCurrentText("other")
        assert not form.result.isVisible(), "the other model has not been tested"
        assert form.models.findText("other") >= 0
        run_test(form, window, qtbot)
        with qtbot.waitSignal(window.clouds.changed, timeout=PATIENCE_MS):
            form.save_and_use.click()
    assert form.key.text() == ""
    page = window.clouds_dialog.page
    assert page.isVisible()
    assert page.chosen is not None
    assert (page.chosen.name, page.chosen.model, page.chosen.in_use) == ("Mine", "other", True)
    assert (window.header.endpoint.text(), window.header.tier.text()) == ("Mine", "A-")
    assert "from few alternatives" in window.header.endpoint.toolTip()
    stored = load_settings(app.paths.settings_file)
    assert [(one.name, one.base_url, one.model) for one in stored.endpoints] == [
        ("Mine", server.base_url, "other")
    ]
    assert stored.endpoint == "Mine"
    assert app.keys.read(key_of(stored.endpoints[0])) == KEY
    assert "/v1/models" in texts_of(app), "the ledger tells of the test"
    assert KEY not in texts_of(app)
    remove(window, "Cancel")
    assert [one.name for one in app.settings.endpoints] == ["Mine"]
    with qtbot.waitSignal(window.clouds.changed, timeout=PATIENCE_MS):
        remove(window, "Remove")
    assert (app.settings.endpoints, app.settings.endpoint) == ((), DEMO_ENDPOINT)
    assert keychain.kept == {}
    assert window.header.endpoint.text().startswith("Demo cloud")
    assert not page.remove.isEnabled(), "the built-in one stays"


def remove(window: MainWindow, answer: str) -> None:
    """Press Delete, and `answer` the question."""
    QTest.keyClick(window.clouds_dialog.page.list, Qt.Key.Key_Delete)
    box = window.clouds_dialog.findChild(QMessageBox)
    assert box is not None
    named = [one for one in box.findChildren(QPushButton) if one.text().replace("&", "") == answer]
    named[0].click()
    box.deleteLater()
    QApplication.sendPostedEvents(box)


def test_a_wrong_key_is_said_by_the_server_and_nothing_typed_is_lost(
    form: CloudForm, window: MainWindow, app: Application, qtbot: QtBot
) -> None:
    with ScriptedServer(ScriptedEndpoint(traps=Traps(key=KEY))) as server:
        put(form.name, "Mine")
        put(form.address, server.base_url)
        put(form.key, "sk-wrong-key")
        run_test(form, window, qtbot)
        said = window.clouds_dialog.notices
        assert said.isVisible()
        assert "Incorrect API key provided" in said.text.text()
        assert window.notices.isHidden()
        assert not form.result.isVisible()
        assert [one.text() for one in (form.name, form.address, form.key)] == [
            "Mine",
            server.base_url,
            "sk-wrong-key",
        ]
        put(form.key, KEY)
        run_test(form, window, qtbot)
    assert said.isHidden()
    assert form.result.tier.text() == "A"
    assert app.settings.endpoints == ()


def test_a_dead_host_can_be_added_all_the_same(
    form: CloudForm, window: MainWindow, app: Application, qtbot: QtBot
) -> None:
    put(form.address, "127.0.0.1:9")
    run_test(form, window, qtbot)
    assert "127.0.0.1:9 cannot be reached" in window.clouds_dialog.notices.text.text()
    with qtbot.waitSignal(window.clouds.changed, timeout=PATIENCE_MS):
        form.save.click()
    assert [one.name for one in app.settings.endpoints] == ["127.0.0.1:9"]
    assert app.settings.endpoint == DEMO_ENDPOINT
    page = window.clouds_dialog.page
    assert page.words.text().startswith("Not tested yet")
    with qtbot.waitSignal(window.clouds.changed, timeout=PATIENCE_MS):
        QTest.keyClick(page.list, Qt.Key.Key_Return)
    assert app.settings.endpoint == "127.0.0.1:9"
    assert not window.header.tier.isVisible(), "nothing is known of it"


def test_escape_closes_and_hangs_up(form: CloudForm, window: MainWindow, qtbot: QtBot) -> None:
    asked, left = threading.Event(), threading.Event()

    def hang(talk: Talk) -> None:
        asked.set()
        if talk.wait_until_client_leaves():
            left.set()

    with ScriptedServer(hang) as server:
        put(form.address, server.base_url)
        put(form.key, KEY)
        QTest.keyClick(form.address, Qt.Key.Key_Return)
        qtbot.waitUntil(asked.is_set, timeout=PATIENCE_MS)
        QTest.keyClick(window.clouds_dialog, Qt.Key.Key_Escape)
        assert not window.clouds_dialog.isVisible()
        assert not window.clouds.testing
        assert form.key.text() == ""
        assert left.wait(10.0)
    assert window.notices.isHidden()


def test_stop_leaves_the_form_as_it_is(form: CloudForm, window: MainWindow, qtbot: QtBot) -> None:
    asked = threading.Event()

    def hang(talk: Talk) -> None:
        asked.set()
        talk.wait_until_client_leaves()

    with ScriptedServer(hang) as server:
        put(form.address, server.base_url)
        QTest.keyClick(form.address, Qt.Key.Key_Return)
        qtbot.waitUntil(asked.is_set, timeout=PATIENCE_MS)
        form.stop.click()
        assert form.test.isVisible()
        assert form.address.text() == server.base_url
    assert window.clouds_dialog.notices.isHidden()


def test_a_keychain_that_refuses_is_said_and_nothing_is_added(
    form: CloudForm, window: MainWindow, app: Application, keychain: Keychain, qtbot: QtBot
) -> None:
    keychain.locked = True
    put(form.address, "127.0.0.1:9")
    put(form.key, KEY)
    with qtbot.waitSignal(window.clouds.failed, timeout=PATIENCE_MS):
        form.save.click()
    qtbot.waitUntil(lambda: not window.clouds.busy, timeout=PATIENCE_MS)
    assert "did not take the key" in window.clouds_dialog.notices.text.text()
    assert form.isVisible()
    assert form.key.text() == KEY
    assert app.settings.endpoints == ()


def test_a_key_is_not_shown_to_another_server(
    form: CloudForm, window: MainWindow, keychain: Keychain, qtbot: QtBot
) -> None:
    put(form.name, "Mine")
    put(form.address, "127.0.0.1:9")
    put(form.key, KEY)
    with qtbot.waitSignal(window.clouds.changed, timeout=PATIENCE_MS):
        form.save.click()
    window.clouds_dialog.page.change.click()
    assert (form.name.isEnabled(), form.source.isVisible(), form.key.text()) == (False, False, "")
    with ScriptedServer(ScriptedEndpoint(traps=Traps(key=KEY))) as server:
        put(form.address, server.base_url)
        run_test(form, window, qtbot)
        assert "does not accept the key" in window.clouds_dialog.notices.text.text()
        with qtbot.waitSignal(window.clouds.changed, timeout=PATIENCE_MS):
            form.save.click()
    assert keychain.kept == {}


def test_a_preset_fills_what_has_not_been_typed(form: CloudForm, window: MainWindow) -> None:
    def pick(words: str) -> None:
        at = next(one for one in range(form.source.count()) if form.source.itemText(one).startswith(words))
        form.source.setCurrentIndex(at)
        form.source.activated.emit(at)

    pick("OpenRouter")
    assert (form.name.text(), form.address.text()) == ("OpenRouter", "https://openrouter.ai/api/v1")
    assert "openrouter.ai, under Keys" in form.key_words.text()
    pick("Ollama")
    assert (form.name.text(), form.address.text()) == ("Ollama", "http://127.0.0.1:11434")
    assert "usually needs none" in form.key_words.text()
    put(form.name, "At home")
    pick("Mistral")
    assert (form.name.text(), form.address.text()) == ("At home", "https://api.mistral.ai/v1")
    put(form.address, "http://far.example/v1")
    assert "not encrypted" in form.key_words.text()
    form.show_key.click()
    assert form.key.echoMode() == QLineEdit.EchoMode.Normal


def test_the_form_is_worked_by_keyboard(form: CloudForm, window: MainWindow) -> None:
    put(form.address, "127.0.0.1:9")
    form.source.setFocus()
    prices = form.prices
    order = [form.source, form.name, form.address, form.key, form.show_key, form.models]
    order += [prices.of_input, prices.of_output, prices.currency]
    order += [form.back, form.test, form.save, form.save_and_use]
    seen = []
    for _ in order:
        focused = QApplication.focusWidget()
        assert focused is not None
        seen.append(form.models if focused is form.typed_model else focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert seen == order
    fields = (form.name, form.address, form.key, form.models, form.source, form.show_key)
    for one in (*fields, prices.of_input, prices.of_output, prices.currency):
        assert one.accessibleName()


def test_the_shortcut_opens_the_list(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.clouds.loaded, timeout=PATIENCE_MS):
        QTest.keyClick(
            window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        )
    assert window.clouds_dialog.page.list.hasFocus()
    assert window.header.endpoint.accessibleName() == "Answered by Demo cloud (this computer)"
    assert window.header.tier.text() == "A"
    window.clouds_dialog.close()


def test_the_line_below_an_answer_says_who_wrote_it() -> None:
    assert figures_line(AnswerFigures(tokens=3, steered_tokens=1)) == "3 tokens, 1 steered, 0.0 leak bits"
    assert figures_line(AnswerFigures(tokens=3, tier="D")) == "3 tokens, written on this computer"
    drafted = AnswerFigures(tokens=1, tier="C", sketch="Hello.")
    assert figures_line(drafted) == "1 token, rewritten here from the cloud's draft"


def test_a_price_warning_where_it_may_be_billed(form: CloudForm, window: MainWindow, qtbot: QtBot) -> None:
    with ScriptedServer(ScriptedEndpoint()) as server:
        put(form.address, server.base_url)
        run_test(form, window, qtbot)
    probed = window.clouds.probed
    assert probed is not None
    form.result.put(probed, "by token")
    assert "more than an unsteered one" in form.result.price.text()
    assert form.result.price.isVisible()


def test_without_a_keychain_a_passphrase_seals_the_key(
    form: CloudForm, window: MainWindow, app: Application, keychain: Keychain, qtbot: QtBot
) -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call]
    form.begin_adding()
    qtbot.waitUntil(lambda: "sealed by a passphrase" in form.key_words.text(), timeout=PATIENCE_MS)
    put(form.address, "127.0.0.1:9")
    put(form.key, KEY)
    with qtbot.waitSignal(window.clouds.passphrase_wanted, timeout=PATIENCE_MS):
        form.save.click()
    dialog = window.clouds_dialog.findChild(PassphraseDialog)
    assert dialog is not None
    put(dialog.first, "a long walk")
    assert not dialog.accept_button.isEnabled(), "a new one is typed twice"
    put(dialog.second, "a long walk")
    with qtbot.waitSignals([window.clouds.unlocked, window.clouds.changed], timeout=PATIENCE_MS):
        dialog.accept_button.click()
    assert [one.name for one in app.settings.endpoints] == ["127.0.0.1:9"]
    (kept,) = app.settings.endpoints
    assert app.keys.read(key_of(kept)) == KEY
    assert KEY not in texts_of(app)
    with qtbot.waitSignal(window.clouds.changed, timeout=PATIENCE_MS):
        window.clouds.remove("127.0.0.1:9")
    assert app.keys.read(key_of(kept)) == ""


def test_an_ampersand_in_a_name_is_one(window: MainWindow) -> None:
    window.header.put_endpoint("Mine", "A")
    plain = window.header.endpoint.sizeHint().width()
    window.header.put_endpoint("Mi&e", "A")
    assert window.header.endpoint.text() == "Mi&&e", "what a button shows as one, and does not underline"
    wider = window.header.endpoint.fontMetrics().horizontalAdvance("&") * 2
    assert abs(window.header.endpoint.sizeHint().width() - plain) < wider
