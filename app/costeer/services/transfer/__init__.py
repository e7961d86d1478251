"""Import and export of conversations: ChatGPT's and Open WebUI's exports, our own JSON, Markdown.

A file is cut into conversations (`elements`), each is recognised by what it holds (`formats`), becomes a `tree`,
and is stored whole or not at all. Everything that is read is untrusted and bounded.
"""

from costeer.services.transfer.reports import BrokenConversation, ExportReport, FailedFile, Imported, ImportReport
from costeer.services.transfer.service import ExportFormat, TransferService

__all__ = [
    "BrokenConversation",
    "ExportFormat",
    "ExportReport",
    "FailedFile",
    "ImportReport",
    "Imported",
    "TransferService",
]
