"""Together: `logprobs` is the number of alternatives, in chats too, and they come as a map from text to number."""

from __future__ import annotations

from costeer.cloud.dialects.chat import ChatDialect

TOGETHER = ChatDialect("trailing", integer=True)
