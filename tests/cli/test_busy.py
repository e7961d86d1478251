"""Why nothing comes is said on the error stream while an endpoint is waited for."""

from __future__ import annotations

import re

import pytest
from tests.cloud.scripted_endpoint import ScriptedEndpoint, refuse
from tests.privacy.scripted_server import ScriptedServer, Talk

from costeer.cli.main import run


def test_a_wait_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    endpoint = ScriptedEndpoint()
    begun: list[str] = []

    def script(talk: Talk) -> None:
        if begun:
            endpoint(talk)
        else:
            begun.append(talk.path)
            refuse(talk, 429, "Slow down.", {"Retry-After": "1"})

    with ScriptedServer(script) as server:
        assert run(["ask", "Name a fish.", "--endpoint", server.base_url, "--max-tokens", "3"]) == 0
    told = capsys.readouterr()
    said = re.compile(
        rf"costeer: {server.base_url} takes no more requests now; "
        r"it is asked again in [12] s \(attempt 2 of at most 4\)\."
    )
    assert [one for one in told.err.splitlines() if said.fullmatch(one)]
    assert "asked again" not in told.out
