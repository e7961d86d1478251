"""An answer of the whole application, for tasks that compare such answers."""

from __future__ import annotations

from costeer.evaluation.harness.task import Desktop
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BugError, KnownError
from costeer.services.events import AnswerFinished, NoticeRaised
from costeer.services.options import AskOptions


def answer_to(desktop: Desktop, question: str, options: AskOptions, cancel: CancelToken) -> AnswerFinished:
    """The first answer of a new conversation. Raises KnownError, also for one that was not steered as it should
    have been, and Cancelled."""
    finished: AnswerFinished | None = None
    conversation = desktop.chat.create()
    for event in desktop.chat.ask(conversation.id, question, options, cancel):
        if isinstance(event, NoticeRaised):  # the local model was lost, say
            raise KnownError(
                "An answer was disturbed ({text}) Run the command again; it goes on from there.", text=event.text
            )
        if isinstance(event, AnswerFinished):
            finished = event
    cancel.raise_if_cancelled()
    if finished is None:
        raise BugError("The answer ended without saying so; please report this.")
    return finished
