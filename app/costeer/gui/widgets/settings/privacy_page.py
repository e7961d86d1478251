"""Settings: private words in what is sent, what steering may give away, and what is never sent."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from costeer.gui.theme import Look
from costeer.gui.view_models.disclosures import DisclosuresViewModel
from costeer.gui.view_models.steering import SteeringViewModel
from costeer.gui.widgets.budget_box import BudgetBox
from costeer.gui.widgets.settings.remembered import RememberedChoices
from costeer.gui.widgets.settings.rows import RowMaker, SettingRow, SettingsPage
from costeer.privacy.rules import RuleName, missing_libraries
from costeer.steering.leak.budget import Limit


class PrivacyPage(SettingsPage):
    """`report_wanted` is for a look at what an error report would hold. Window thread only."""

    report_wanted = Signal()

    def __init__(
        self, make: RowMaker, disclosures: DisclosuresViewModel, steering: SteeringViewModel, look: Look
    ) -> None:
        super().__init__(self.tr("Privacy"))
        self._add_private_words(make, disclosures, look)
        self._add_budgets(steering, look)
        self.begin_section(self.tr("What is never sent"))
        self.report = QPushButton(self.tr("Preview a report…"))
        self.report.clicked.connect(self.report_wanted)
        self.add(
            SettingRow(
                self.tr("Error reports"),
                self.tr(
                    "Off: nothing is ever reported by itself. You can look at a report and pass it on yourself."
                ),
                self.report,
                look,
            )
        )
        self.add(
            SettingRow(
                self.tr("Usage figures and updates"),
                self.tr("There are none: no figures are collected, and no server is asked for updates."),
                None,
                look,
            )
        )

    def _add_private_words(self, make: RowMaker, disclosures: DisclosuresViewModel, look: Look) -> None:
        self.begin_section(self.tr("Private words in what you send"))
        ways = (
            ("ask", self.tr("Ask me each time")),
            ("replace", self.tr("Replace it without asking")),
            ("refuse", self.tr("Do not send the message")),
        )
        self.when_found = make.choice(
            self.tr("When something private is found"),
            self.tr(
                "In your question, in earlier messages, in documents you send and in what may be sent of you."
            ),
            "privacy.when_found",
            lambda: ways,
        )
        self.add(self.when_found)
        for name, title, meaning in self._rules():
            self.add(make.switch(title, meaning, f"privacy.{name}"))
        self.remembered = RememberedChoices(disclosures)
        self.add(
            SettingRow(
                self.tr("What is done without asking"),
                self.tr("What you decided for all conversations. Conversations that have decided keep to that."),
                None,
                look,
                below=self.remembered,
            )
        )

    def _add_budgets(self, steering: SteeringViewModel, look: Look) -> None:
        """They are the steering's, not the page's: what is chosen below the slider is seen here at once."""
        self.begin_section(self.tr("What steering may give away"))
        self.budgets: dict[Limit, BudgetBox] = {}
        named: tuple[tuple[Limit, str, str], ...] = (
            (
                "answer",
                self.tr("Leak budget of an answer"),
                self.tr(
                    "How many bits about you an answer may tell the cloud by how it is steered; then steering "
                    "ends. A conversation may have its own: More, below the strength."
                ),
            ),
            (
                "conversation",
                self.tr("Leak budget of a conversation"),
                self.tr("The same for all answers of a conversation together."),
            ),
        )
        for limit, title, meaning in named:
            self._add_budget(limit, title, meaning, steering, look)

    def _add_budget(self, limit: Limit, title: str, meaning: str, steering: SteeringViewModel, look: Look) -> None:
        box = self.budgets[limit] = BudgetBox()
        box.chosen.connect(lambda bits: steering.set_usual_budget(limit, bits))
        row = self.add(SettingRow(title, meaning, box, look))
        row.reset_wanted.connect(lambda: steering.set_usual_budget(limit, 0.0))

        def refresh() -> None:
            usual = steering.usual
            bits = usual.answer_budget if limit == "answer" else usual.conversation_budget
            box.put(bits)
            row.reset.setVisible(bits != 0.0)

        steering.changed.connect(row.refresh)
        row.refresh_with(refresh)

    def _rules(self) -> tuple[tuple[RuleName, str, str], ...]:
        """Of each rule, what it finds."""
        missing = missing_libraries()
        lacking = self.tr("Not all of these are found: {packages} is not installed.").format(
            packages=", ".join(missing)
        )
        checked = lacking if missing else ""
        return (
            ("card", self.tr("Find card numbers"), checked or self.tr("Numbers of credit and debit cards.")),
            ("iban", self.tr("Find bank accounts"), checked or self.tr("International account numbers (IBAN).")),
            (
                "national_id",
                self.tr("Find numbers of persons"),
                checked or self.tr("Social security, tax and identity numbers of twenty countries."),
            ),
            ("crypto", self.tr("Find wallets"), checked or self.tr("Addresses of Bitcoin and Ethereum wallets.")),
            ("email", self.tr("Find e-mail addresses"), self.tr("Addresses of mailboxes.")),
            (
                "phone",
                self.tr("Find telephone numbers"),
                checked or self.tr("With their country code, and those of your country without it."),
            ),
            ("ip", self.tr("Find internet addresses"), self.tr("IP addresses, but for those of home networks.")),
        )
