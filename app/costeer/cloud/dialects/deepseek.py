"""DeepSeek: an answer is continued at the beta address, and only when thinking is switched off.

At temperature 0 its alternatives read -9999, so the likeliest token is asked for by a nucleus of one.
"""

from __future__ import annotations

from costeer.cloud.dialects.chat import ChatDialect

NUCLEUS_OF_ONE: dict[str, object] = {"temperature": 1.0, "top_p": 1e-6}

DEEPSEEK = ChatDialect(
    "prefix", path="/beta/chat/completions", greedy=NUCLEUS_OF_ONE, extra={"thinking": {"type": "disabled"}}
)
