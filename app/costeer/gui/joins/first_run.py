"""The guide of the first start at what it sets up and asks."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from costeer.foundation.settings import DEMO_ENDPOINT
from costeer.gui.commands import Commands
from costeer.gui.joins.chat import ChatJoin
from costeer.gui.theme import Look
from costeer.gui.view_models.clouds import CloudsViewModel
from costeer.gui.view_models.first_run import FirstRunViewModel
from costeer.gui.view_models.settings import SettingsViewModel
from costeer.gui.widgets.clouds_dialog import CloudsDialog
from costeer.gui.widgets.first_run import FirstRunGuide
from costeer.gui.widgets.steering_bar import SteeringBar


class FirstRunJoin(QObject):
    """First the answers are stored, then the cloud is chosen, then the question is asked: each step waits for the
    one before. With a cloud of the user's own the question waits in the composer until that is set up."""

    def __init__(
        self,
        guide_model: FirstRunViewModel,
        settings: SettingsViewModel,
        clouds: CloudsViewModel,
        chat_join: ChatJoin,
        bar: SteeringBar,
        clouds_dialog: CloudsDialog,
        commands: Commands,
        look: Look,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._model = guide_model
        self._settings = settings
        self._clouds = clouds
        self._chat_join = chat_join
        self._bar = bar
        self._clouds_dialog = clouds_dialog
        self._look = look
        self._window = window
        self._guide: FirstRunGuide | None = None
        self._chosen = ""
        self._waits_for_cloud = False
        guide_model.saved.connect(self._on_saved)
        clouds.changed.connect(self._on_cloud_changed)
        commands.add("application.guide", self.tr("Show the guide of the first start"), "application", self.open)

    @property
    def guide(self) -> FirstRunGuide:
        if self._guide is None:
            self._guide = FirstRunGuide(self._look, self._window)
            self._guide.finished_with.connect(self._on_finished)
        return self._guide

    def open(self) -> None:
        """From the first screen. That it was shown is remembered at once: whoever closes it has seen it."""
        self._settings.put_window(guide_seen=True)
        used = self._clouds.list.in_use
        self.guide.start_again("" if used is None or used.built_in else used.title)
        self.guide.show()
        self.guide.raise_()
        self.guide.activateWindow()

    def open_if_new(self, *, empty: bool) -> None:
        """At a start: only where it was never shown, and where nothing has been written yet (`empty`)."""
        if empty and not self._settings.window.guide_seen:
            self.open()

    def _on_finished(self, cloud: str) -> None:
        self._chosen = cloud
        self._model.save(self.guide.answers)

    def _on_saved(self) -> None:
        used = self._clouds.list.in_use
        self.guide.accept()
        if self._chosen == "own":
            self._chat_join.begin(self.guide.question)
            self._clouds_dialog.show()
            self._clouds_dialog.begin_adding()
        elif self._chosen == "demo" and used is not None and not used.built_in:
            self._waits_for_cloud = True
            self._clouds.use(DEMO_ENDPOINT)
        else:
            self._ask()

    def _on_cloud_changed(self) -> None:
        if self._waits_for_cloud:
            self._waits_for_cloud = False
            self._ask()

    def _ask(self) -> None:
        """Steered, and with the marks on, whatever was switched off before."""
        self._chat_join.begin(self.guide.question)
        self._bar.switch.setChecked(True)
        self._bar.show_steering.setChecked(True)
        self._window.activateWindow()
        if self.guide.question:
            self._chat_join.send(self.guide.question)
