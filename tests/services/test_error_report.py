"""A report tells what is needed to find a mistake, and nothing private."""

from __future__ import annotations

import getpass
import platform
from pathlib import Path

import pytest

from costeer import __version__
from costeer.foundation.errors import KnownError
from costeer.foundation.paths import AppPaths
from costeer.foundation.settings import EndpointSettings, Settings
from costeer.services.error_report import LINES, ErrorReportService

PRIVATE = ("My dog Biscuit lives in Heidelberg", "漢字の秘密")


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return AppPaths(tmp_path / "config", tmp_path / "data", tmp_path / "cache", tmp_path / "log").create()


@pytest.fixture
def service(paths: AppPaths) -> ErrorReportService:
    settings = Settings(
        endpoint="Office box",
        endpoints=(EndpointSettings("Office box", "https://llm.example.org/v1"),),
        local_model="/srv/private/models/mine.gguf",
    )
    return ErrorReportService(paths, lambda: PRIVATE, lambda: settings)


def test_its_head_tells_versions_and_kinds(service: ErrorReportService) -> None:
    text = service.text([("Qt", "6.9.1")])
    assert f"- CoSteer: {__version__}" in text
    assert "- Qt: 6.9.1" in text
    assert "- Cloud: one of the user's own" in text
    assert "- Local model: mine.gguf" in text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ERROR my DOG “Biscuit” lives in heidelberg!", "[a line was left out: it held something private]"),
        ("漢字の秘密です", "[a line was left out: it held something private]"),
        ("reached https://llm.example.org/v1/models", "reached https://<host>/v1/models"),
        ("reached http://127.0.0.1:8080/v1", "reached http://127.0.0.1:8080/v1"),
        ("cannot read /home/me/letters/to my doctor.txt", "cannot read <path> my doctor.txt"),
        ('open("/home/me/letters/to my doctor.txt")', 'open("<path>")'),
        (r"cannot read C:\Users\me\letter.txt: denied", "cannot read <path>: denied"),
        ("cannot read ~/letter.txt", "cannot read <path>"),
        ('  File "/opt/x/costeer/gui/jobs.py", line 3', "  File <costeer/gui/jobs.py>, line 3"),
        ('  File "/usr/lib/python3/json.py", line 3', '  File "<path>", line 3'),
        ("Office box takes no more requests", "<cloud> takes no more requests"),
        ("Bearer sk-abcdefghijkl1234", "Bearer [key]"),
        ("5 of 7 done, 3/4 left", "5 of 7 done, 3/4 left"),
    ],
)
def test_what_is_taken_out(service: ErrorReportService, line: str, expected: str) -> None:
    assert service.clean([line]) == [expected]


def test_names_of_the_user_and_the_computer(service: ErrorReportService) -> None:
    (line,) = service.clean([f"{getpass.getuser()} on {platform.node()}"])
    assert line == "<user> on <computer>"


def test_a_private_text_spread_over_lines(service: ErrorReportService) -> None:
    cleaned = service.clean(["before", "… my dog Biscuit", "lives in", "Heidelberg …", "after"])
    assert cleaned[0] == "before"
    assert cleaned[-1] == "after"
    assert "Biscuit" not in "".join(cleaned)
    assert "Heidelberg" not in "".join(cleaned)


def test_only_the_end_of_a_long_log(service: ErrorReportService, paths: AppPaths) -> None:
    lines = [f"line {at} and some more of it" for at in range(50_000)]
    paths.log_file.write_text("\n".join(lines), encoding="utf-8")
    text = service.text()
    assert lines[-1] in text
    assert lines[-LINES] in text
    assert lines[-LINES - 1] not in text


def test_without_a_log_there_is_still_a_report(service: ErrorReportService, tmp_path: Path) -> None:
    assert "CoSteer" in service.text()
    with pytest.raises(KnownError, match="cannot be written"):
        service.save("x", tmp_path / "not there" / "report.md")
