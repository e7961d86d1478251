"""What left this computer, day by day: bars and a table side by side, and the requests of the day chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QListView,
    QPushButton,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.strange_text import plain_tip
from costeer.gui.theme import Look
from costeer.gui.view_models.requests import MOST_LISTED
from costeer.gui.view_models.timeline import MEASURES, TimelineViewModel, day_title, in_words, month_title
from costeer.gui.widgets.day_chart import DayChart
from costeer.gui.widgets.parts import icon_button, label
from costeer.gui.widgets.payload_view import ExchangeView
from costeer.gui.wording import name_words, number
from costeer.privacy.ledger import Purpose

_CHART_WIDTH, _TABLE_WIDTH = 540, 460
"""Where there is room, in logical pixels."""


class TimelinePage(QWidget):
    """Shows a TimelineViewModel. `report_wanted` with the first day of the month. Window thread only."""

    report_wanted = Signal(object)

    def __init__(self, model: TimelineViewModel, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.back = icon_button(look, "back", self.tr("The month before"))
        self.back.clicked.connect(model.back)
        self.forward = icon_button(look, "forward", self.tr("The month after"))
        self.forward.clicked.connect(model.forward)
        self.title = label(tone="title")
        self.title.setAccessibleName(self.tr("Month"))
        self.measure = self._choice(self.tr("What the bars show"))
        names = (self.tr("Bytes"), self.tr("Requests"), self.tr("Tokens sent"), self.tr("Leak bits"))
        for name, measure in zip(names, MEASURES, strict=True):
            self.measure.addItem(name, measure)
        self.measure.activated.connect(lambda _: model.show_measure(self.measure.currentData()))
        self.endpoint = self._choice(self.tr("Cloud"))
        self.purpose = self._choice(self.tr("Purpose"))
        for one in (self.endpoint, self.purpose):
            one.activated.connect(lambda _: model.keep(self.endpoint.currentData(), self.purpose.currentData()))
        self.report = QPushButton(self.tr("Report of the month…"))
        self.report.setAutoDefault(False)
        self.report.clicked.connect(lambda: self.report_wanted.emit(model.month.first))
        self.total = label(tone="muted", wrap=True)
        self.chart = DayChart(look)
        self.chart.day_chosen.connect(model.choose)
        self.table = self._make_table()
        self.day = label(tone="section", wrap=True)
        self.list = QListView()
        self.list.setAccessibleName(self.tr("Requests of the day"))
        self.list.setModel(model.requests)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.selectionModel().currentChanged.connect(self._on_request_chosen)
        self.exchange = ExchangeView(self.tr("Choose a request to read it."), look)
        self.exchange.wanted.connect(model.payloads.want)
        model.payloads.read.connect(self.exchange.show_text)
        self._lay_out()
        model.month_changed.connect(self._show_month)
        model.day_changed.connect(self._show_day)
        model.requests.modelReset.connect(lambda: self.exchange.put(None))
        model.requests.rowsInserted.connect(self._show_day_title)
        self._show_month()

    def _choice(self, name: str) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(name)
        made.setToolTip(plain_tip(name))
        made.view().setAccessibleName(name)
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        return made

    def _make_table(self) -> QTableView:
        made = QTableView()
        made.setAccessibleName(self.tr("Days of the month in figures"))
        made.setModel(self._model.days)
        made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        made.setTabKeyNavigation(False)
        made.setShowGrid(False)
        made.verticalHeader().hide()
        for one in (made.horizontalHeader(), made.verticalHeader()):
            one.setAccessibleName(self.tr("Days of the month in figures"))
        made.setWordWrap(False)
        made.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        made.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        made.horizontalHeader().setStretchLastSection(True)
        made.horizontalHeader().setHighlightSections(False)
        made.selectionModel().currentRowChanged.connect(self._on_row_chosen)
        return made

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.back)
        head.addWidget(self.title)
        head.addWidget(self.forward)
        head.addStretch(1)
        for one in (self.measure, self.endpoint, self.purpose, self.report):
            head.addWidget(one)
        upper = QSplitter(Qt.Orientation.Horizontal)
        upper.addWidget(self.chart)
        upper.addWidget(self.table)
        upper.setStretchFactor(0, 1)
        upper.setSizes([_CHART_WIDTH, _TABLE_WIDTH])
        requests = QWidget()
        column = QVBoxLayout(requests)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.day)
        column.addWidget(self.list, 1)
        lower = QSplitter(Qt.Orientation.Horizontal)
        lower.addWidget(requests)
        lower.addWidget(self.exchange)
        both = QSplitter(Qt.Orientation.Vertical)
        both.addWidget(upper)
        both.addWidget(lower)
        for split in (upper, lower, both):
            split.setChildrenCollapsible(False)
            split.setHandleWidth(10)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 12, 0, 0)
        whole.setSpacing(10)
        whole.addLayout(head)
        whole.addWidget(self.total)
        whole.addWidget(both, 1)

    def _show_month(self) -> None:
        model = self._model
        title = month_title(model.month.first)
        self.title.setText(title)
        self.forward.setEnabled(not model.is_newest)
        self.total.setText(in_words(model.total, title))
        endpoints = [(name_words(one), one) for one in model.month.endpoints]
        self._offer(self.endpoint, self.tr("All clouds"), endpoints, model.endpoint)
        purposes = [(self._purpose(one), one) for one in model.month.purposes]
        self._offer(self.purpose, self.tr("All purposes"), purposes, model.purpose)
        self._show_day()

    def _show_day(self) -> None:
        model = self._model
        self.chart.put(model.days.days, model.measure, model.day)
        row = next((at for at, one in enumerate(model.days.days) if one.day == model.day), -1)
        index = model.days.index(row, max(0, self.table.currentIndex().column()))
        if index.isValid() and row != self.table.currentIndex().row():
            with QSignalBlocker(self.table.selectionModel()):
                flags = QItemSelectionModel.SelectionFlag
                self.table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            self.table.viewport().update()
            self.table.scrollTo(index)
        self._show_day_title()

    def _show_day_title(self) -> None:
        said = in_words(self._model.chosen, day_title(self._model.day))
        if self._model.chosen.requests > MOST_LISTED:
            said += " " + self.tr("The newest {count} are listed.").format(count=number(MOST_LISTED))
        self.day.setText(said)

    def _offer(self, box: QComboBox, everything: str, some: Sequence[tuple[str, str]], chosen: str | None) -> None:
        """What is chosen stays on offer in a month that has none of it."""
        box.clear()
        box.addItem(everything, None)
        for name, value in some:
            box.addItem(name, value)
        if chosen is not None and box.findData(chosen) < 0:
            box.addItem(chosen, chosen)
        box.setCurrentIndex(max(0, box.findData(chosen)) if chosen is not None else 0)

    def _purpose(self, purpose: Purpose) -> str:
        names: dict[Purpose, str] = {
            "answer": self.tr("Answers"),
            "template": self.tr("Laying out the conversation"),
            "tokenize": self.tr("Counting tokens"),
            "probe": self.tr("Testing a cloud"),
            "training": self.tr("Material for preferences"),
            "augmentation": self.tr("Texts for the personal model"),
            "unannounced": self.tr("Refused: not announced"),
        }
        return names[purpose]

    def _on_row_chosen(self) -> None:
        row = self.table.currentIndex().row()
        days = self._model.days.days
        if 0 <= row < len(days) and days[row].day != self._model.day:
            self._model.choose(days[row].day)

    def _on_request_chosen(self) -> None:
        self.exchange.put(self._model.requests.exchange(self.list.currentIndex().row()))
