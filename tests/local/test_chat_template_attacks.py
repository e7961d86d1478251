"""Templates that mean harm: each ends in a sentence or in text of bounded length, soon, and this process does not
grow by it."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator

import pytest

from costeer.foundation.errors import ModelError
from costeer.local.template_process import TemplateProcess
from costeer.local.template_worker import MOST_ADDED

PATIENCE = 0.4
SMALL = [{"role": "user", "content": "Hello"}]
LARGE = [{"role": "user", "content": "a" * 2_000_000}, {"role": "user", "content": "aa" * 1_000_000}]
"""The two contents are equal, but not the same object."""


def often(body: str) -> str:
    return "{% for i in range(99999) %}" + body + "{% endfor %}"


def growing(start: str, step: str, use: str = "{{ ns.x|length }}", times: int = 99) -> str:
    loop = "{% for i in range(" + str(times) + ") %}{% set ns.x = " + step + " %}{% endfor %}"
    return "{% set ns = namespace(x=" + start + ") %}" + loop + use


def nested(use: str, times: int = 30) -> str:
    """`use` of a list that holds 2**times numbers, in the memory of `times` small lists."""
    return growing("[1]", "[ns.x, ns.x]", use, times)


ENDLESS = {
    "loops": often(often(often(""))),
    "macro-tree": "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(30) }}",
    "one-call-into-c": "{{ 5|round(-999999999) }}",
    "one-call-while-it-is-compiled": "{{ 9 ** (9 ** 9) % 7 }}",
    "nested-hashed": growing("(1,)", "(ns.x, ns.x)", "{{ {ns.x: 1} }}", 40),
}
LARGE_IN_MEMORY = {
    "product-while-it-is-compiled": "{{ 'a' * 99999 * 99999 }}",
    "text-doubling": growing("'a'", "ns.x ~ ns.x"),
    "list-doubling": growing("[1]", "ns.x + ns.x"),
    "replace": "{{ ('a' * 9999).replace('', 'a' * 99999) }}",
    "percent-width": "{{ '%1000000000d' % 1 }}",
    "json-indent": "{{ range(9999)|tojson(indent=999999999) }}",
    "date-width": "{{ strftime_now('%999999999d' * 99999) }}",
}
LONG = {
    "at-once": "{{ '\\U0001f600' * 2000000 }}",
    "bit-by-bit": often("x" * 9000),
}
DEEP = {
    "macro": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "caller": "{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{% endmacro %}{{ f() }}",
    "lists": growing("[1]", "[ns.x]", "{{ ns.x }}", 9999),
    "brackets": "{{ " + "(" * 40000 + "1" + ")" * 40000 + " }}",
    "blocks": "{% if 1 %}" * 4000 + "{% endif %}" * 4000,
}
ANY_END = {
    "loops-nested-too-deeply-for-python": "{% for a in [1, 2] %}" * 35 + "x" + "{% endfor %}" * 35,
    "range-huge": "{{ range(-999999999999999999, 999999999999999999) }}",
    "namespaces-in-a-chain": growing("none", "namespace(n=ns.x)", "", 99999),
    "lipsum": "{{ lipsum(n=99999) }}",
}


@pytest.fixture(scope="module")
def impatient() -> Iterator[TemplateProcess]:
    with TemplateProcess(PATIENCE) as process:
        yield process


def attack(templates: TemplateProcess, template: str, messages: list[dict[str, str]]) -> str:
    """What comes of it: a text, or the reason why there is none."""
    templates.render("{{ 1 }}", [])  # how long the process takes to start is not the template's doing
    began = time.monotonic()
    tracemalloc.start()
    try:
        return templates.render(template, messages)
    except ModelError as error:
        before, _, rest = error.user_message.partition("(")
        assert before == "The model's chat template cannot be used "
        assert len(rest) < 300
        return rest.partition(");")[0]
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        said = sum(len(one["content"]) for one in messages)
        assert most < 4 * (said + MOST_ADDED)
        assert time.monotonic() - began < PATIENCE + 3


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_work(impatient: TemplateProcess, name: str) -> None:
    assert attack(impatient, ENDLESS[name], SMALL) == "it does not come to an end"


@pytest.mark.parametrize("name", LARGE_IN_MEMORY)
def test_all_memory(templates: TemplateProcess, name: str) -> None:
    assert attack(templates, LARGE_IN_MEMORY[name], SMALL) == "it takes too much memory"


@pytest.mark.parametrize("name", LONG)
def test_endless_text(templates: TemplateProcess, name: str) -> None:
    assert attack(templates, LONG[name], SMALL) == "its text grows too long"


@pytest.mark.parametrize("name", DEEP)
def test_endless_depth(templates: TemplateProcess, name: str) -> None:
    assert attack(templates, DEEP[name], SMALL) == "it calls itself too often"


@pytest.mark.parametrize("name", ANY_END)
def test_whatever_comes_of_it(impatient: TemplateProcess, name: str) -> None:
    assert len(attack(impatient, ANY_END[name], SMALL)) <= 2 * MOST_ADDED


def test_what_is_done_with_a_long_conversation(impatient: TemplateProcess) -> None:
    compared = often("{% if messages[0].content == messages[1].content %}{% endif %}")
    assert attack(impatient, compared, LARGE) == "it does not come to an end"


def test_a_long_conversation_is_no_attack(templates: TemplateProcess) -> None:
    assert len(templates.render("{% for m in messages %}<{{ m.content }}>{% endfor %}", LARGE)) == 4_000_004
