"""Text from a model, a server or a file never reaches Qt where Qt takes it for HTML, or cannot lay it out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

GUI = Path(__file__).resolve().parents[2] / "app" / "costeer" / "gui"
SAID_BY_BOXES = {"critical", "information", "warning", "question", "about"}
MAY_BE_RICH = {"plain_tip", "token_tip"}
"""What makes the text of a tool tip: it escapes what it is given."""


def calls() -> Iterator[tuple[str, ast.Call]]:
    for file in sorted(GUI.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield str(file.relative_to(GUI)), node


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def is_ours(text: ast.expr) -> bool:
    """Whether it is a text of our own, a translated one, or one that was made safe."""
    if isinstance(text, ast.Constant):
        return True
    return isinstance(text, ast.Call) and name_of(text.func) in {"tr", *MAY_BE_RICH}


def test_tool_tips_are_plain_text() -> None:
    wrong = [
        f"{file}:{call.lineno}"
        for file, call in calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr == "setToolTip" and not is_ours(call.args[0])
    ]
    assert wrong == []


def test_tool_tips_are_shown_by_few() -> None:
    """`QToolTip.showText`: the text view makes its tips of parts that are escaped."""
    found = {file for file, call in calls() if name_of(call.func) == "showText"}
    assert found <= {"widgets/text_view.py", "widgets/day_chart.py"}


def test_boxes_are_made_in_one_place() -> None:
    made = {file for file, call in calls() if name_of(call.func) == "QMessageBox"}
    assert made == {"widgets/parts.py"}
    said = [
        f"{file}:{call.lineno}"
        for file, call in calls()
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in SAID_BY_BOXES
        and name_of(call.func.value) == "QMessageBox"
    ]
    assert said == []


def test_labels_are_made_in_one_place() -> None:
    """A label takes what looks like HTML for HTML, unless it is told not to."""
    made = {file for file, call in calls() if name_of(call.func) == "QLabel"}
    assert made <= {"widgets/parts.py", "widgets/sidebar.py"}  # there it is a picture


def test_fields_of_several_lines_are_ours() -> None:
    """Others wrap lines for ever."""
    bases: set[str] = set()
    for file in sorted(GUI.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = {
            name_of(one) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for one in node.bases
        } | {name_of(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        if names & {"QPlainTextEdit", "QTextEdit", "QTextBrowser"}:
            bases.add(str(file.relative_to(GUI)))
    assert bases == {"widgets/plain_field.py", "widgets/text_view.py"}
