"""What the application clears away beside its start: the bin's old conversations, and what the user does not want
kept of the ledger. A thread of its own, because removing takes seconds where there is much; whatever goes wrong is
left to the next start."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import Cancelled, CoSteerError
from costeer.foundation.settings import Settings
from costeer.services.ledger_upkeep import LONGEST_DAYS, LedgerUpkeepService
from costeer.services.library import BIN_KEPT, ConversationLibrary

log = logging.getLogger(__name__)


class Housekeeping:
    """`settings` is asked at each use."""

    def __init__(
        self, library: ConversationLibrary, upkeep: LedgerUpkeepService, settings: Callable[[], Settings]
    ) -> None:
        self._library = library
        self._upkeep = upkeep
        self._settings = settings
        self._cancel = CancelToken()
        self._thread = threading.Thread(target=self._tidy_up, name="housekeeping")

    def start(self) -> None:
        """Begin; the database must be open."""
        self._thread.start()

    def close(self) -> None:
        """Stop at the next portion, and wait for it. It need not have been started."""
        self._cancel.cancel()
        if self._thread.ident is not None:
            self._thread.join()

    def empty_bin(self, older_than: timedelta = timedelta(0)) -> int:
        """Remove for good what has been in the bin for so long, and its words from the ledger, where the user
        wants that. Returns how many conversations there were."""
        count = self._library.empty_bin(older_than)
        if self._settings().forget_deleted:
            self._upkeep.forget(None, cancel=self._cancel)
        return count

    def _tidy_up(self) -> None:
        try:
            self.empty_bin(BIN_KEPT)
            days = self._settings().ledger_days
            if 1 <= days <= LONGEST_DAYS:  # 0: for ever; other programs may write the settings
                self._upkeep.remove(self._upkeep.days_ago(days), cancel=self._cancel)
        except Cancelled:
            log.info("tidying up was put off: the application is being closed")
        except CoSteerError as error:  # the next start tries again; whatever is wrong shows at the next use
            log.warning("not everything was tidied up: %s", error.user_message)
