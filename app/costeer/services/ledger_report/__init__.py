"""What the ledger tells, for people: figures, words, and two forms of a document."""

from costeer.services.ledger_report.findings import LedgerReport
from costeer.services.ledger_report.service import (
    LedgerReportService,
    ReportFormat,
    form_of,
    text_of,
)

__all__ = ["LedgerReport", "LedgerReportService", "ReportFormat", "form_of", "text_of"]
