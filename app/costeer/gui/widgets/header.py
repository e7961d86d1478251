"""Above the conversation: its title, and who answers."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from costeer.gui.commands import Commands
from costeer.gui.strange_text import plain_tip
from costeer.gui.theme import Look
from costeer.gui.widgets.activity import ActivityIndicator
from costeer.gui.widgets.parts import ElidedLabel, icon_button, tier_chip
from costeer.gui.wording import tier_words

_LONGEST_NAME = 190
"""Of an endpoint, in logical pixels; the rest is in the tool tip. In a narrow window it is less, for the title of
the conversation is to be seen as well."""

_FEWEST_CHARACTERS = 8
"""Of the title and of the endpoint's name, in any window."""

_PLENTY = 10_000
"""A width in which nothing gives way."""


class Header(QFrame):
    """The endpoint is named always, so that nobody needs to wonder which cloud reads along; a click on its name
    opens the list of clouds. So is what crosses to it right now (`activity`).

    `list_toggle` and `privacy_toggle` are for whoever arranges the panes; `menu` for who knows the
    commands.
    """

    delete_wanted = Signal()
    clouds_wanted = Signal()

    def __init__(self, endpoint_title: str, look: Look, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands = commands
        self.setObjectName("header")
        self.title = ElidedLabel()
        self.title.setProperty("tone", "title")
        self.title.setAccessibleName(self.tr("Conversation"))
        self.temporary = tier_chip()
        self.temporary.setText(self.tr("Temporary"))
        self.temporary.setToolTip(self.tr("Kept nowhere: it is gone when the application is closed."))
        self.endpoint = QToolButton()
        self.endpoint.setProperty("kind", "quiet")
        self.endpoint.clicked.connect(self.clouds_wanted)
        self.tier = tier_chip()
        self.activity = ActivityIndicator(look)
        self.list_toggle = icon_button(look, "sidebar", self.tr("Conversations"))
        commands.explain(self.list_toggle, "view.list", self.tr("Conversations"))
        self.privacy_toggle = icon_button(look, "shield", self.tr("What leaves this computer"))
        commands.explain(self.privacy_toggle, "view.privacy", self.tr("What leaves this computer"))
        self.menu = QMenu(self)
        self.menu_button = icon_button(look, "menu", self.tr("Menu"))
        self.menu_button.setObjectName("menuButton")
        self.menu_button.setMenu(self.menu)
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        commands.explain(self.menu_button, "view.menu", self.tr("Menu"))
        self.delete = icon_button(look, "trash", self.tr("Delete this conversation"))
        self.delete.clicked.connect(self.delete_wanted)
        policy = self.delete.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.delete.setSizePolicy(policy)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 8)
        row.setSpacing(10)
        row.addWidget(self.list_toggle)
        row.addWidget(self.title, 1)
        row.addWidget(self.temporary)
        row.addWidget(self.delete)
        self._who = who = QHBoxLayout()
        who.setSpacing(2)
        who.addWidget(self.endpoint)
        who.addWidget(self.tier)
        row.addLayout(who)
        row.addWidget(self.activity)
        row.addWidget(self.privacy_toggle)
        row.addWidget(self.menu_button)
        self._name = ""
        self._is_temporary = False
        self._least_width = 0
        self.put("")
        self.put_endpoint(endpoint_title, None)
        look.changed.connect(self._fit)

    def put(self, title: str, *, temporary: bool = False) -> None:
        new = self.tr("Temporary conversation") if temporary else self.tr("New conversation")
        self.title.put(title or new)
        self._is_temporary = temporary
        self.delete.setVisible(bool(title))
        self._fit()

    def put_endpoint(self, title: str, tier: str | None) -> None:
        """Who answers, and how far it can be steered, where that is known."""
        self._name = title
        self.endpoint.setAccessibleName(self.tr("Answered by {name}").format(name=title))
        words = self.tr("{words}.").format(words=tier_words(tier))
        self.endpoint.setAccessibleDescription(words)
        said = self.tr("{name} answers: choose or add clouds").format(name=title)
        self._commands.explain(self.endpoint, "you.clouds", said, words)
        self.tier.setText(tier or "")
        self.tier.setToolTip(plain_tip(words))
        self.tier.setAccessibleName(self.tr("Tier {tier}").format(tier=tier or ""))
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """With the name at its shortest and without what gives way: as it is shown now, it would keep the window
        from becoming narrower."""
        return QSize(self._least_width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The name takes what the others leave, and they leave the title its beginning. Where that is too little,
        what is said elsewhere as well gives way: the words beside the dot first, the letter next."""
        self.title.setMinimumWidth(self.title.fontMetrics().horizontalAdvance("n" * _FEWEST_CHARACTERS))
        metrics, row = self.endpoint.fontMetrics(), self._row
        least = metrics.horizontalAdvance("n" * _FEWEST_CHARACTERS)
        shown = self.endpoint.text().replace("&&", "&")
        frame = self.endpoint.sizeHint().width() - metrics.horizontalAdvance(shown)
        always = (self.list_toggle, self.delete, self.privacy_toggle, self.menu_button)
        edges = row.contentsMargins().left() + row.contentsMargins().right() + row.spacing() * (len(always) + 2)
        taken = sum(one.sizeHint().width() for one in always) + self.title.minimumWidth() + frame
        self._least_width = edges + taken + self.activity.least_width + least
        # Before it is shown its width is not yet one that anybody has given it.
        room = self.width() - self._least_width if self.isVisible() else _PLENTY
        for one, wanted, needed in (
            (self.temporary, self._is_temporary, self.temporary.sizeHint().width() + row.spacing()),
            (self.tier, bool(self.tier.text()), self.tier.sizeHint().width() + self._who.spacing()),
        ):
            fits = wanted and needed <= room
            room -= needed if fits else 0
            one.setVisible(fits)
        worded = self.activity.words_width <= room
        room -= self.activity.words_width if worded else 0
        self.activity.put_worded(worded)
        width = min(_LONGEST_NAME, least + max(0, room))
        name = metrics.elidedText(self._name, Qt.TextElideMode.ElideRight, width)
        self.endpoint.setText(name.replace("&", "&&"))  # one alone would underline what follows
        self.updateGeometry()
