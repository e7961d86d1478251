"""The clouds there are, and the test of one that is to be added or changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from costeer.cloud.probe import Probed
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import KeysLocked
from costeer.foundation.settings import EndpointSettings
from costeer.gui.jobs import Jobs
from costeer.gui.wording import listed, name_words, tier_words
from costeer.services.costs import Cost, CostService
from costeer.services.endpoint_book import EndpointBook, EndpointRow, KeyPlace
from costeer.services.endpoint_presets import EndpointPreset
from costeer.services.local_servers import FoundServer

_Index = QModelIndex | QPersistentModelIndex


class CloudListModel(QAbstractListModel):
    """The rows of an `EndpointBook`."""

    WhereRole = Qt.ItemDataRole.UserRole + 1
    """Its address and model, in one line."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[EndpointRow, ...] = ()

    def row(self, at: int) -> EndpointRow | None:
        return self._rows[at] if 0 <= at < len(self._rows) else None

    def at(self, name: str) -> int:
        """-1 where there is none of that name."""
        return next((at for at, one in enumerate(self._rows) if one.name == name), -1)

    @property
    def in_use(self) -> EndpointRow | None:
        return next((one for one in self._rows if one.in_use), None)

    @property
    def rows(self) -> tuple[EndpointRow, ...]:
        return self._rows

    def replace(self, rows: tuple[EndpointRow, ...]) -> None:
        """Show `rows`; where only their contents changed, the selection stays."""
        if [one.name for one in rows] == [one.name for one in self._rows]:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        one = self.row(index.row()) if index.isValid() else None
        if one is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return name_words(one.title)
        if role == self.WhereRole:
            return self._where(one)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = [name_words(one.title), self._where(one), tier_words(one.tier)]
            return listed([*said, self.tr("in use")] if one.in_use else said)
        return None

    def _where(self, one: EndpointRow) -> str:
        if one.built_in:
            return self.tr("Built in; needs no account")
        return (
            self.tr("{address}, {model}").format(address=one.base_url, model=one.model)
            if one.model
            else one.base_url
        )


@dataclass(frozen=True, slots=True)
class ModelsListed:
    """A test has got as far as this."""

    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _FormData:
    presets: tuple[EndpointPreset, ...]
    keys: KeyPlace


@dataclass(frozen=True, slots=True)
class _Changed:
    """A change, and the list as it is then."""

    name: str
    rows: tuple[EndpointRow, ...]


def _nothing() -> None:
    """What was prevented where nothing was."""


class CloudsViewModel(QObject):
    """One test and one change at a time. What a test that was stopped still says is not heard.

    `loaded` after each reading of the list; `form_changed` when presets, the place for keys or found servers have
    become known; `test_changed` whenever a test begins, gets on, or ends; `changed`, once the list shows it, with
    the name of the cloud that was added, changed, chosen, or put in the place of a removed one;
    `cost_changed` when it has become known what this month has cost at the cloud last asked about;
    `passphrase_wanted` when keys are locked, with whether there is a passphrase already: `unlock` then does again
    what was prevented, and `unlocked` follows.
    """

    loaded = Signal()
    form_changed = Signal()
    test_changed = Signal()
    busy_changed = Signal()
    changed = Signal(str)
    cost_changed = Signal()
    failed = Signal(Exception)
    passphrase_wanted = Signal(bool)
    unlocked = Signal()

    def __init__(self, book: EndpointBook, costs: CostService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._book = book
        self._costs = costs
        self._cost_of = ""
        self._jobs = jobs
        self._test: CancelToken | None = None
        self._search: CancelToken | None = None
        self._readings = 0
        self._prevented: Callable[[], None] = _nothing
        self.list = CloudListModel(self)
        self.presets: tuple[EndpointPreset, ...] = ()
        self.found: tuple[FoundServer, ...] = ()
        self.keys: KeyPlace | None = None
        """Where keys go; None until it is known."""
        self.models: tuple[str, ...] | None = None
        """Those that the endpoint under test lists; None until it has been asked."""
        self.probed: Probed | None = None
        self.cost: Cost | None = None
        """Of this month; None until it is known, and where nothing was asked."""
        self.busy = False

    @property
    def testing(self) -> bool:
        return self._test is not None

    @property
    def searching(self) -> bool:
        return self._search is not None

    def load(self) -> None:
        self._readings += 1
        reading = self._readings
        job = self._jobs.run(self._book.rows)
        job.succeeded.connect(lambda rows: self._on_rows(reading, rows))
        job.failed.connect(self.failed)

    def load_form(self) -> None:
        """What there is to start from, and where keys go."""
        job = self._jobs.run_beside(lambda: _FormData(self._book.presets(), self._book.key_place()))
        job.succeeded.connect(self._on_form_data)
        job.failed.connect(self.failed)

    def load_cost(self, name: str) -> None:
        """What this month has cost there."""
        self._cost_of, self.cost = name, None
        job = self._jobs.run(lambda: self._costs.of_month(f"{datetime.now(UTC):%Y-%m}"))
        job.succeeded.connect(lambda costs: self._on_costs(name, costs))
        job.failed.connect(self.failed)

    def search(self) -> None:
        """Look for servers on this computer."""
        if self._search is not None:
            return
        cancel = self._search = CancelToken()
        job = self._jobs.run_beside(lambda: self._book.found(cancel))
        job.succeeded.connect(self._on_found)
        job.failed.connect(self.failed)
        job.ended.connect(self._on_search_ended)
        self.form_changed.emit()

    def ask_for_passphrase(self, prevented: Callable[[], None] | None = None) -> None:
        """`prevented` is what could not be done without it."""
        self._prevented = prevented or _nothing
        job = self._jobs.run_beside(self._book.key_place)
        job.succeeded.connect(lambda keys: self.passphrase_wanted.emit(keys.passphrase))
        job.failed.connect(self.failed)

    def unlock(self, passphrase: str) -> None:
        job = self._jobs.run_beside(lambda: self._book.unlock(passphrase))
        job.succeeded.connect(lambda _: self._on_unlocked())
        job.failed.connect(self.failed)

    def test(self, endpoint: EndpointSettings, key: str) -> None:
        self.forget_test()
        self.models = None
        cancel = self._test = CancelToken()

        def work(tell: Callable[[object], None]) -> Probed:
            tell(ModelsListed(self._book.models(endpoint, key, cancel)))
            return self._book.probe(endpoint, key, cancel)

        job = self._jobs.run_telling(work)
        job.advanced.connect(lambda told: self._on_models(cancel, told[-1]))
        job.succeeded.connect(lambda probed: self._on_probed(cancel, probed))
        job.failed.connect(lambda error: self._on_test_failed(cancel, error, lambda: self.test(endpoint, key)))
        job.ended.connect(lambda: self._on_test_ended(cancel))
        self.test_changed.emit()

    def forget_test(self) -> None:
        """Stop the test, and hold what came out of it for outdated; the models that were listed stay."""
        test, self._test = self._test, None
        had, self.probed = self.probed, None
        if test is not None:
            test.cancel()
        if test is not None or had is not None:
            self.test_changed.emit()

    def forget_models(self) -> None:
        """It is another endpoint now."""
        self.models = None
        self.test_changed.emit()

    def stop(self) -> None:
        """Whatever is under way in the form."""
        self.forget_test()
        if self._search is not None:
            self._search.cancel()

    def add(self, endpoint: EndpointSettings, key: str, *, use: bool) -> None:
        self._change(lambda: self._priced(self._book.add(endpoint, key, use=use), endpoint))

    def put(self, endpoint: EndpointSettings, key: str, *, use: bool) -> None:
        """In the place of the one of that name."""
        self._change(lambda: self._priced(self._book.put(endpoint, key, use=use), endpoint))

    def use(self, name: str) -> None:
        self._change(lambda: self._book.use(name))

    def remove(self, name: str) -> None:
        self._change(lambda: self._book.remove(name))

    def _priced(self, name: str, prices: EndpointSettings) -> str:
        """Apart from the rest, because an endpoint that is put without prices keeps those it has."""
        self._book.price(name, prices.price_input, prices.price_output, prices.currency)
        return name

    def _change(self, work: Callable[[], str]) -> None:
        """A keychain may ask the user to unlock it, so this may take long."""
        if self.busy:
            return
        self.busy = True
        self.busy_changed.emit()
        job = self._jobs.run_beside(lambda: _Changed(work(), self._book.rows()))
        job.succeeded.connect(self._on_changed)
        job.failed.connect(lambda error: self._on_prevented(error, lambda: self._change(work)))
        job.ended.connect(self._on_change_ended)

    def _on_rows(self, reading: int, rows: tuple[EndpointRow, ...]) -> None:
        if reading == self._readings:  # else something has changed since it was begun
            self.list.replace(rows)
            self.loaded.emit()

    def _on_changed(self, done: _Changed) -> None:
        self._readings += 1
        self._on_rows(self._readings, done.rows)
        self.changed.emit(done.name)

    def _on_costs(self, name: str, costs: list[Cost]) -> None:
        if name == self._cost_of:
            self.cost = next((one for one in costs if one.endpoint == name), None)
            self.cost_changed.emit()

    def _on_form_data(self, data: _FormData) -> None:
        self.presets, self.keys = data.presets, data.keys
        self.form_changed.emit()

    def _on_found(self, found: tuple[FoundServer, ...]) -> None:
        self.found = found

    def _on_search_ended(self) -> None:
        self._search = None
        self.form_changed.emit()

    def _on_models(self, test: CancelToken, listed: ModelsListed) -> None:
        if self._test is test:
            self.models = listed.models
            self.test_changed.emit()

    def _on_probed(self, test: CancelToken, probed: Probed) -> None:
        if self._test is test:
            self.probed = probed
            self.models = self.models or probed.models

    def _on_test_failed(self, test: CancelToken, error: Exception, again: Callable[[], None]) -> None:
        if self._test is test:
            self._on_prevented(error, again)

    def _on_prevented(self, error: Exception, again: Callable[[], None]) -> None:
        if isinstance(error, KeysLocked):
            self.ask_for_passphrase(again)
        else:
            self.failed.emit(error)

    def _on_unlocked(self) -> None:
        prevented, self._prevented = self._prevented, _nothing
        self.unlocked.emit()
        prevented()

    def _on_test_ended(self, test: CancelToken) -> None:
        if self._test is test:
            self._test = None
            self.test_changed.emit()
            self.load()  # the tier of one that is in the list may be known now

    def _on_change_ended(self) -> None:
        self.busy = False
        self.busy_changed.emit()
