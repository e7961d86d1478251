"""How long the ledger is kept, and what is forgotten of it: the user's wishes, carried out in portions.

Nothing happens here unannounced: an entry of the ledger says what was taken out (`storage`), and a look beforehand
says what would go. Any thread; removing takes seconds where there is much.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.foundation.progress import Progress, ProgressCallback, ignore_progress
from costeer.foundation.translatable import Translatable
from costeer.storage.repositories.ledger_upkeep import LedgerUpkeep, Removable, Words

Clock = Callable[[], datetime]

PORTION = 2000
"""About so many entries are removed in one transaction."""

LONGEST_DAYS = 36_500

_REMOVING = Translatable("Removing old entries")
_FORGETTING = Translatable("Forgetting words")


def utc_now() -> datetime:
    return datetime.now(UTC)


class LedgerUpkeepService:
    """Words are those of a conversation by its id, or (None) of every conversation that is no longer stored."""

    def __init__(self, upkeep: LedgerUpkeep, clock: Clock = utc_now) -> None:
        self._upkeep = upkeep
        self._clock = clock

    def days_ago(self, days: int) -> datetime:
        """The moment up to which goes what is kept for `days`. Raises BadInput."""
        if not 1 <= days <= LONGEST_DAYS:
            raise BadInput(
                "The ledger cannot be kept for {days} days; choose a number from 1 to {most}.",
                days=days,
                most=LONGEST_DAYS,
            )
        return self._clock() - timedelta(days=days)

    def removable(self, before: datetime) -> Removable:
        """What `remove` would take out."""
        return self._upkeep.removable(before, self._clock())

    def remove(
        self, before: datetime, progress: ProgressCallback = ignore_progress, cancel: CancelToken | None = None
    ) -> int:
        """Take the entries from before that moment out, but for exchanges in progress. Returns how many there
        were. Raises Cancelled, between two portions."""
        cancel = cancel or CancelToken()
        whole = self.removable(before)
        done = 0
        try:
            while done < whole.entries:  # bounded: each portion takes at least one away
                cancel.raise_if_cancelled()
                progress(Progress(_REMOVING, done, whole.entries))
                now = self._clock()
                portion = self._upkeep.prune(self._upkeep.removable(before, now, PORTION).through, now)
                if not portion:  # another process does the same
                    break
                done += portion
        finally:
            if done:
                self._upkeep.write_back()
        progress(Progress(_REMOVING, whole.entries, whole.entries))
        return done

    def words(self, conversation_id: str | None) -> Words:
        """What `forget` would remove."""
        return self._upkeep.words(conversation_id, self._clock())

    def forget(
        self,
        conversation_id: str | None,
        progress: ProgressCallback = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> int:
        """Remove the words; that something was sent, when, to whom and how much of it, stays. Returns of how many
        entries. Raises Cancelled, between two portions."""
        cancel = cancel or CancelToken()
        total = self.words(conversation_id).entries
        done = 0
        try:
            while done < total:  # bounded: each portion forgets at least one
                cancel.raise_if_cancelled()
                progress(Progress(_FORGETTING, done, total))
                portion = self._upkeep.forget(conversation_id, self._clock())
                if not portion:
                    break
                done += portion
        finally:
            if done:
                self._upkeep.write_back()
        progress(Progress(_FORGETTING, total, total))
        return done
