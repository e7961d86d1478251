"""Run as a program until it is killed: keep a profile, a memory and a document, and answer a long question."""

from __future__ import annotations

import sys
from pathlib import Path

from costeer.bootstrap import open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.hardening import harden
from costeer.services.events import TokensAppended
from costeer.services.options import AskOptions


def main(document: Path, fact: str, memory: str, question: str) -> None:
    harden()
    with open_application() as app:
        app.profile.add("fact", fact)
        app.profile.add_memory(memory)
        conversation = app.chat.create()
        app.documents.add(conversation.id, document, "private")
        options = AskOptions(strength=1.0, max_tokens=400)
        for event in app.chat.ask(conversation.id, question, options, CancelToken()):
            if isinstance(event, TokensAppended):
                sys.stdout.write(event.text)
                sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
