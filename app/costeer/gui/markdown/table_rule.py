"""markdown-it's rule for tables, for tables that are not too wide. Pure Python, any thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock


def narrow_tables(md: MarkdownIt, most_columns: int) -> None:
    """Let `md` take no table for one whose head has more than `most_columns` columns."""
    from markdown_it.rules_block import table

    def rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if state.src.count("|", state.bMarks[start], state.eMarks[start]) > most_columns + 1:
            return False
        return table(state, start, end, silent)

    md.block.ruler.at("table", rule, {"alt": ["paragraph", "reference"]})
