"""The composition root: the only place that wires the rooms together.

Opening the application opens the database and nothing else; a window is shown before that, over what `prepare`
made. Models, the demo cloud and connections come when they are first needed (or when `warm_up` is called), so that
a window can be shown at once and `costeer profile show` stays a small program.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from costeer.demo_cloud.endpoint import DemoEndpoint, Reroute
from costeer.foundation import door
from costeer.foundation.cancel import CancelToken
from costeer.foundation.cpu import threads_alone, threads_shared
from costeer.foundation.errors import BadInput, CoSteerError, DatabaseLocked
from costeer.foundation.logs import start_logging
from costeer.foundation.paths import AppPaths, environment_models
from costeer.foundation.progress import ProgressCallback, ignore_progress
from costeer.foundation.settings import DEMO_ENDPOINT, Settings, load_settings, save_settings
from costeer.foundation.translatable import Translatable
from costeer.local.catalogue import find_model
from costeer.local.template_process import TemplateProcess
from costeer.privacy.guards import Guard, PrivateStrings
from costeer.privacy.keychain import KeyStore
from costeer.privacy.ledger import LedgerSink
from costeer.privacy.transport import CONNECT_SECONDS, READ_SECONDS, HttpClient, open_client
from costeer.services import local_servers
from costeer.services.at_rest.backups import BackupService
from costeer.services.at_rest.protection import DatabaseProtection
from costeer.services.at_rest.record import ProtectionRecord, RecordFile
from costeer.services.audit import AuditService
from costeer.services.chat import ChatService
from costeer.services.costs import CostService
from costeer.services.dimensions import DimensionService
from costeer.services.disclosure.service import DisclosureService, home_region
from costeer.services.documents.service import DocumentService
from costeer.services.endpoint_book import EndpointBook
from costeer.services.endpoints import EndpointService
from costeer.services.error_report import ErrorReportService
from costeer.services.fitting import CloudPart, FittingService
from costeer.services.housekeeping import Housekeeping
from costeer.services.known_endpoints import KnownEndpoints
from costeer.services.learnt import LearntService
from costeer.services.ledger_report import LedgerReportService
from costeer.services.ledger_upkeep import LedgerUpkeepService
from costeer.services.local_model import LocalModelChoice, LocalModelService
from costeer.services.memories import MemoryService
from costeer.services.own_data import FAST_COPIES, OwnDataService
from costeer.services.personal.augmenting.service import AugmentationService
from costeer.services.personal.service import PersonalService
from costeer.services.preferences import PreferenceService
from costeer.services.profile import ProfileService
from costeer.services.rewards import RewardService
from costeer.services.shelves import Shelf, Shelves
from costeer.services.taste import TasteService
from costeer.services.titles import TitleService
from costeer.services.traffic import TrafficBoard
from costeer.services.training.adapters import AdapterShelf
from costeer.services.training.service import Cloud, TrainingService
from costeer.services.transfer import TransferService
from costeer.services.waits import WaitBoard
from costeer.services.why import WhyService
from costeer.storage.database import Database
from costeer.storage.repositories import (
    DimensionRepository,
    KeyRepository,
    LedgerRepository,
    ProfileRepository,
    SentRepository,
    WritingRepository,
)
from costeer.storage.repositories.import_tree import TreeRepository
from costeer.storage.repositories.ledger_upkeep import LedgerUpkeep


class Application:
    """Everything the window and the command line use. Services may be called from any thread; what needs the
    database waits until `open` has opened it."""

    def __init__(
        self,
        paths: AppPaths,
        settings: Settings,
        protection: DatabaseProtection,
        reroute: Reroute = lambda address: address,
    ) -> None:
        """The database of `protection` is not open yet."""
        self.paths = paths
        self._settings = settings
        self._settings_lock = threading.Lock()
        self.protection = protection
        database = self._database = protection.database
        self._shelves = Shelves(Shelf.on(database))
        conversations = self._shelves.stored.conversations
        self.backups = BackupService(paths.database_file, protection, paths.backups_file)
        ledger = LedgerRepository(database)
        self.traffic = TrafficBoard()
        self.waits = WaitBoard()
        self.audit = AuditService(ledger, conversations, SentRepository(database))
        self._stop_listening: Callable[[], None] = lambda: None
        self.profile = ProfileService(ProfileRepository(database))
        self._templates = TemplateProcess()
        self.models = LocalModelService(self._choose_local_model, self._templates)
        self._demo = DemoEndpoint(lambda: self.settings, self.find_model, paths.log, reroute)
        self.documents = DocumentService(self._shelves)
        self.preferences = PreferenceService(self._shelves)
        self.disclosures = DisclosureService(
            self._shelves, self._private_strings, lambda: self.settings.privacy, home_region()
        )
        client = partial(self._client, ledger, PrivateStrings(self.disclosures.texts, self.disclosures.allowed))
        impatient = partial(
            client, connect_seconds=local_servers.CONNECT_SECONDS, read_seconds=local_servers.LONGEST_SECONDS
        )
        self.keys = KeyStore(paths.keys_file)
        self.error_report = ErrorReportService(paths, self.disclosures.private_strings, lambda: self.settings)
        self.own_data = OwnDataService(paths, self.keys, lambda: self.settings, protection, self.backups)
        known = KnownEndpoints(paths.cache / "endpoints.json")
        self.endpoints = EndpointService(
            lambda: self.settings, self._demo, client, known, self.keys, self._templates.render, self.waits.hear
        )
        self.clouds = EndpointBook(
            lambda: self.settings, self.change_settings, self.endpoints, impatient, self.keys
        )
        self._build_learnt(database, paths.adapters)
        self.chat = ChatService(
            self._shelves,
            self.documents,
            self.profile,
            self.models,
            self.endpoints.connect,
            self.traffic,
            self.disclosures,
            self.learnt,
        )
        self._opened = False
        self._build_on_chat(database)

    def _build_learnt(self, database: Database, folder: Path) -> None:
        """What answers can be made with that was trained on this computer."""
        keys = KeyRepository(database)
        self.adapters = AdapterShelf(folder, lambda: keys.key("personal adapters"))
        self.dimensions = DimensionService(DimensionRepository(database))
        self.rewards = RewardService(self.adapters, self._local_model_file, self.dimensions)
        self.personal = PersonalService(
            WritingRepository(database),
            self._shelves.stored.conversations,
            self.preferences,
            self.profile,
            self.models,
            self.adapters,
            self._local_model_file,
        )
        self.learnt = LearntService(self.rewards, self.personal)

    def _build_on_chat(self, database: Database) -> None:
        conversations = self._shelves.stored.conversations
        self.titles = TitleService(self.chat, self.models)
        self.memories = MemoryService(self.chat, self.profile, self.models)
        self.why = WhyService(
            self.chat, self.profile, self.documents, self.models, self.chat.retrieved, self.disclosures
        )
        self.training = TrainingService(
            self.paths.training_material,
            self.adapters,
            self.models,
            Cloud(self._cloud_name, self.endpoints.connect, self.writing_many),
            self._local_model_file,
        )
        self.taste = TasteService(self.preferences, self.models, self.rewards, self.dimensions)
        self.costs = CostService(conversations, lambda: self.settings)
        self.augmentation = AugmentationService(
            self.personal, self.chat, self.costs, self.disclosures, self.profile, self.models, self.endpoints
        )
        self.transfer = TransferService(conversations, TreeRepository(database))
        self.fitting = FittingService(conversations, self.profile, self.models, self._cloud_part)
        self.ledger_report = LedgerReportService(LedgerRepository(database), self.audit, self._private_strings)
        self.upkeep = LedgerUpkeepService(LedgerUpkeep(database))
        self.housekeeping = Housekeeping(self.chat, self.upkeep, lambda: self.settings)

    def open(
        self, passphrase: str = "", *, tell: ProgressCallback = ignore_progress, cancel: CancelToken | None = None
    ) -> Translatable:
        """Open the database: see `DatabaseProtection.open`. Not on the window's thread. It may be called again
        when it has raised."""
        problem = self.protection.open(passphrase, tell=tell, cancel=cancel)
        self.backups.tidy()
        if passphrase and self.keys.begun:
            with contextlib.suppress(BadInput):  # that of the keys may be another
                self.keys.unlock(passphrase)
        self._shelves.stored.conversations.interrupt_unfinished()
        self._stop_listening = door.listen(self.audit.write_refusal)
        self.housekeeping.start()
        self._opened = True
        return problem

    @property
    def is_open(self) -> bool:
        return self._opened

    def stop_waiting(self) -> None:
        """Whoever waits for a database that has not been opened is told Cancelled; it is not opened any more."""
        if not self.is_open:
            self._database.close()

    def _client(
        self,
        ledger: LedgerSink,
        guard: Guard,
        base_url: str,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> HttpClient:
        """For one endpoint; everything that it sends passes the guard and is in the ledger."""
        return open_client(
            ledger,
            base_url=base_url,
            guards=(guard,),
            observers=(self.traffic.hear,),
            is_unkept=self._shelves.is_unkept,
            connect_seconds=connect_seconds,
            read_seconds=read_seconds,
        )

    @property
    def settings(self) -> Settings:
        return self._settings

    def change_settings(self, change: Callable[[Settings], Settings]) -> None:
        """Use what `change` makes of the settings from now on, and keep it. Two changes at a time both count."""
        with self._settings_lock:
            settings = change(self._settings)
            save_settings(self.paths.settings_file, settings)
            self._settings = settings

    def update_settings(self, settings: Settings) -> None:
        """Use `settings` from now on, and keep them."""
        self.change_settings(lambda _: settings)

    def use_settings(self, settings: Settings) -> None:
        """Use `settings` in this process only (options of a command line)."""
        self._settings = settings

    @property
    def endpoint_title(self) -> str:
        return self.endpoints.title

    def writing_many(self, at_once: int) -> AbstractContextManager[None]:
        """While the block runs the demo cloud, where that is the cloud, has the whole computer and writes so many
        answers at a time; for work beside which nobody chats."""
        return self._demo.writing_many(at_once)

    def _local_model_file(self) -> Path:
        return self.find_model(self.settings.local_model)

    def _cloud_name(self) -> str:
        """Of the model that writes where the settings point."""
        demo = self.settings.endpoint == DEMO_ENDPOINT
        return self.settings.demo_cloud_model if demo else self.endpoints.title

    def find_model(self, id_or_path: str) -> Path:
        """The file of a model of the catalogue, or of a path. Raises ModelError."""
        return find_model(id_or_path, [self.paths.models, environment_models()])

    def _choose_local_model(self) -> LocalModelChoice:
        beside_demo = self.settings.endpoint == DEMO_ENDPOINT
        return LocalModelChoice(
            self.find_model(self.settings.local_model),
            threads_shared() if beside_demo else threads_alone(),
            self.paths.cache / FAST_COPIES if self.settings.fast_copies else None,
        )

    def _cloud_part(self) -> CloudPart | None:
        """What the demo cloud serves, where that is the cloud."""
        settings = self.settings
        if settings.endpoint != DEMO_ENDPOINT:
            return None
        file = self.find_model(settings.demo_cloud_model)
        return CloudPart(file, threads_shared(), file == self.find_model(settings.local_model))

    def _private_strings(self) -> tuple[str, ...]:
        return (*self.profile.private_strings(), *self.documents.private_strings())

    def warm_up(self, progress: ProgressCallback = ignore_progress, cancel: CancelToken | None = None) -> None:
        """Load the local model and reach the endpoint, the two at the same time. Raises the first's KnownError."""
        failed: list[CoSteerError] = []

        def guarded(work: Callable[[], object]) -> None:
            try:
                work()
            except CoSteerError as error:
                failed.append(error)

        cloud = threading.Thread(
            target=guarded, args=(partial(self.endpoints.connect, cancel, progress),), name="warm-up-cloud"
        )
        cloud.start()
        guarded(partial(self.models.ready, progress, cancel))
        cloud.join()
        if failed:
            raise failed[0]

    def close(self) -> None:
        """Stop the processes, close connections and the database. Bounded to a few seconds."""
        self.housekeeping.close()
        self.endpoints.close()
        self.models.close()
        self._templates.close()
        self._demo.stop()
        self._shelves.close()
        self._stop_listening()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def prepare(paths: AppPaths | None = None, reroute: Reroute = lambda address: address) -> Application:
    """The application over the user's data (COSTEER_HOME, or the platform's folders), not yet open.

    `reroute` may put something between the application and its demo cloud (a benchmark's delay).

    Raises BadInput for unreadable settings, StorageError where the folders cannot be made.
    """
    where = (paths or AppPaths.locate()).create()
    start_logging(where.log_file)
    return Application(where, load_settings(where.settings_file), DatabaseProtection.of(where), reroute)


def open_application(
    paths: AppPaths | None = None,
    reroute: Reroute = lambda address: address,
    *,
    ask: Callable[[str], str] | None = None,
    tell: ProgressCallback = ignore_progress,
) -> Application:
    """`prepare`, and open.

    `ask` gives the passphrase of a locked database, or raises; it is told what was wrong with the one before, and
    asked a few times.

    Raises StorageError (DatabaseTooNew, DatabaseLocked, KeyLost) for a database that cannot be used, and BadInput
    for a passphrase that is wrong.
    """
    app = prepare(paths, reroute)
    try:
        _open(app, ask, tell)
    except BaseException:
        app.close()
        raise
    return app


def open_scratch(paths: AppPaths, reroute: Reroute = lambda address: address) -> Application:
    """As `open_application`, on folders that are thrown away afterwards: nothing of them goes to the keychain."""
    RecordFile(paths.create().protection_file).write(ProtectionRecord("plain"))
    return open_application(paths, reroute)


_TRIES = 3


def _open(app: Application, ask: Callable[[str], str] | None, tell: ProgressCallback) -> None:
    try:
        app.open(tell=tell)
        return
    except DatabaseLocked:
        if ask is None:
            raise
    wrong = ""
    for left in reversed(range(_TRIES)):
        try:
            app.open(ask(wrong), tell=tell)
            return
        except BadInput as error:
            if not left:
                raise
            wrong = error.user_message
