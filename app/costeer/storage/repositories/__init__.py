"""What the program may ask of the database, by subject. All of it may be called from any thread.

Each method is one transaction. What is asked for and no longer there (deleted in another window, say) is a
StorageError that says so.
"""

from costeer.storage.repositories.conversations import ConversationRepository
from costeer.storage.repositories.dimensions import DimensionRepository
from costeer.storage.repositories.disclosures import DisclosureRepository
from costeer.storage.repositories.documents import DocumentRepository
from costeer.storage.repositories.drafts import DraftRepository
from costeer.storage.repositories.keys import KeyRepository
from costeer.storage.repositories.ledger import DayPart, ExchangeLine, LastCheck, LedgerRepository, LedgerSnapshot
from costeer.storage.repositories.preferences import PreferenceRepository
from costeer.storage.repositories.profile import ProfileRepository
from costeer.storage.repositories.search import Found
from costeer.storage.repositories.sent import SentBody, SentRepository, StoredAnswer
from costeer.storage.repositories.writings import WritingRepository

__all__ = [
    "ConversationRepository",
    "DayPart",
    "DimensionRepository",
    "DisclosureRepository",
    "DocumentRepository",
    "DraftRepository",
    "ExchangeLine",
    "Found",
    "KeyRepository",
    "LastCheck",
    "LedgerRepository",
    "LedgerSnapshot",
    "PreferenceRepository",
    "ProfileRepository",
    "SentBody",
    "SentRepository",
    "StoredAnswer",
    "WritingRepository",
]
