"""Templates that mean harm: each ends in a sentence or in text of bounded length, in bounded memory."""

from __future__ import annotations

import datetime
import tracemalloc

import pytest

from costeer.foundation.errors import ModelError
from costeer.local.chat_template import render_chat
from costeer.local.templates.program import LONGEST_SOURCE, compiled
from costeer.local.templates.run import Run, globals_at
from costeer.local.templates.values import MOST_WORK, Budget, TemplateRefused

MOST_MEMORY = 100_000_000

SMALL = [{"role": "user", "content": "Hello"}]
LARGE = [{"role": "user", "content": "a" * 5_000_000}, {"role": "user", "content": "aa" * 2_500_000}]
"""The two contents are equal, but not the same object."""


def often(body: str) -> str:
    return "{% for i in range(99999) %}" + body + "{% endfor %}"


def growing(start: str, step: str, use: str = "{{ ns.x|length }}", times: int = 99) -> str:
    loop = "{% for i in range(" + str(times) + ") %}{% set ns.x = " + step + " %}{% endfor %}"
    return "{% set ns = namespace(x=" + start + ") %}" + loop + use


def nested(use: str, times: int = 30) -> str:
    """`use` of a list that holds 2**times numbers, in the memory of `times` small lists."""
    return growing("[1]", "[ns.x, ns.x]", use, times)


ON_A_LITTLE = {
    "product-folded": "{{ 'a' * 99999 * 99999 }}",
    "product-twice": "{{ ('a' * 5000000) * 5 }}",
    "product-list": "{{ ([0] * 99999 * 99)|length }}",
    "power": "{{ 9 ** 9 ** 9 }}",
    "sum-doubling": growing("'a'", "ns.x + ns.x"),
    "concatenation-doubling": growing("'a'", "ns.x ~ ns.x"),
    "wide-characters-doubling": growing("'\\U0001f600'", "ns.x + ns.x", "{{ ns.x }}{{ ns.x }}{{ ns.x }}", 22),
    "list-doubling": growing("[1]", "ns.x + ns.x"),
    "number-doubling": growing("9", "ns.x * ns.x", times=9999),
    "number-adding": growing("9", "ns.x + ns.x", times=9999),
    "number-written-long": "{{ " + "9" * 5000 + " }}",
    "number-hexadecimal": "{{ 0x" + "f" * 90000 + " }}",
    "number-of-text": "{{ ('9' * 5000000)|int }}",
    "number-rounded": "{{ 5|round(-999999999) }}",
    "percent-width": "{{ '%1000000000d' % 1 }}",
    "format-width": "{{ '{:1000000000}'.format(1) }}",
    "format-filter": "{{ '%999999999s'|format(1) }}",
    "center": "{{ 'a'.center(999999999) }}",
    "center-filter": "{{ 'a'|center(999999999) }}",
    "ljust": "{{ 'a'.ljust(999999999) }}",
    "zfill": "{{ 'a'.zfill(999999999) }}",
    "expandtabs": "{{ '\\t'.expandtabs(999999999) }}",
    "replace-growing": growing("'a'", "ns.x.replace('a', 'aaaaaaaaaa')"),
    "replace-nothing": "{{ ('a' * 9999).replace('', 'a' * 9999) }}",
    "join-long": "{{ ('a' * 99999).join(range(9999)|map('string')) }}",
    "indent-wide": "{{ ('a\\n' * 99999)|indent(999) }}",
    "indent-text": "{{ ('a\\n' * 9999)|indent('a' * 9999) }}",
    "json-indent": "{{ range(9999)|tojson(indent=999999999) }}",
    "json-separators": "{{ range(9999)|tojson(separators=('a' * 99999, 'b')) }}",
    "json-escapes": "{{ ('\\0' * 3000000)|tojson }}",
    "repr-escapes": "{{ ['\\U000e0001' * 3000000] }}",
    "loops-in-loops": often(often(often("x"))),
    "loop-of-much-text": often("x" * 9000),
    "range-sum": often("{{ range(99999)|sum }}"),
    "range-huge": "{{ range(-999999999999999999, 999999999999999999) }}",
    "sort-long-prefixes": growing("[]", "ns.x + ['a' * 9000 ~ i]", often("{% set y = ns.x|sort %}"), 500),
    "filters-chained": "{{ range(9999)|" + "select('odd')|" * 50 + "list }}",
    "map-of-map": "{{ [1]|map(" + "'map', " * 3000 + "'upper') }}",
    "find-quadratic": often("{{ ('a' * 29000).find('a' * 7000 ~ 'b' ~ 'a' * 7000) }}"),
    "rfind-quadratic": often("{{ ('a' * 10000).rfind('a' * 2500 ~ 'b' ~ 'a' * 2500) }}"),
    "nested-written": nested("{{ ns.x }}"),
    "nested-json": nested("{{ ns.x|tojson(indent=8) }}"),
    "nested-compared": nested("{{ ns.x == ns.x }}"),
    "nested-sorted": nested("{{ [ns.x, ns.x]|sort }}"),
    "nested-found": nested("{{ ns.x in [ns.x] }}"),
    "nested-hashed": growing("(1,)", "(ns.x, ns.x)", "{{ {ns.x: 1} }}", 40),
    "nested-in-an-error": nested("{{ [1]|select(ns.x) }}"),
    "nested-deeply": growing("[1]", "[ns.x]", "{{ ns.x }}", 9999),
    "chain-of-namespaces": growing("none", "namespace(n=ns.x)", "", 99999),
    "chain-of-macros": often("{% set g = f %}{% macro f() %}{{ g }}{% endmacro %}"),
    "namespace-in-itself": "{% set ns = namespace() %}{% set ns.x = [ns, ns] %}{{ ns.x|tojson }}",
    "macro-recursion": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "macro-tree": "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(30) }}",
    "macro-text": "{% macro f(n) %}aaaaaaa{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(30) }}",
    "macro-default": "{% macro f(a=f()) %}{% endmacro %}{{ f() }}",
    "caller-recursion": "{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{% endmacro %}{{ f() }}",
    "cycle": often("{{ loop.cycle('a' * 9999, 'b') }}"),
    "cycle-of-nothing": "{% for i in [1] %}{{ loop.cycle() }}{% endfor %}",
    "cycler": "{{ cycler('a') }}",
    "lipsum": "{{ lipsum(n=99999) }}",
    "step-zero": "{{ 'abc'[::0] }}",
    "date-width": "{{ strftime_now('%999999999d' * 99999) }}",
    "half-a-character": "{{ '\\ud800' }}",
    "attribute-of-python": "{{ ''.__class__.__mro__ }}",
    "attribute-filter": "{{ messages|attr('__class__') }}",
    "globals-of-python": "{{ range.__globals__.x }}",
    "source-too-long": "a" * (LONGEST_SOURCE + 1),
    "source-of-literals": often("{% set x = [" + "1," * 3000 + "] %}"),
    "source-of-brackets": "{{ " + "(" * 40000 + "1" + ")" * 40000 + " }}",
    "source-of-sums": "{{ 1" + "+1" * 9000 + " }}",
    "source-of-filters": "{{ a" + "|e" * 9000 + " }}",
    "source-of-blocks": "{% if 1 %}" * 4000 + "{% endif %}" * 4000,
    "source-of-loops": "{% for a in [1, 2] %}" * 35 + "x" + "{% endfor %}" * 35,
    "source-of-opened-tags": "{%- raw " * 12000,
}
ON_MUCH = {
    "content-equal": "{{ messages[0].content == messages[1].content }}",
    "content-in-content": "{{ messages[0].content in messages[1].content }}",
    "content-as-key": "{{ {messages[0].content: 1}[messages[1].content] }}",
    "content-as-missing-key": "{{ messages[0][messages[0].content] }}",
    "content-as-prefix": "{{ messages[0].content.startswith(messages[1].content) }}",
    "content-as-what-to-strip": "{{ ''.strip(messages[0].content) }}",
    "content-as-separator": "{{ 'a'.split(messages[0].content) }}",
    "content-split": "{{ messages[0].content.split('a')|length }}",
    "content-lines": "{{ messages[0].content.splitlines()|length }}",
    "content-upper": "{{ messages[0].content|upper|length }}",
    "content-listed": "{{ messages[0].content|list|length }}",
    "content-sliced": "{{ messages[0].content[1:]|length }}",
    "content-attribute": "{{ [1]|map(attribute=messages[0].content) }}",
}
ATTACKS = [pytest.param(template, SMALL, id=name) for name, template in ON_A_LITTLE.items()]
ATTACKS += [pytest.param(template, LARGE, id=name) for name, template in ON_MUCH.items()]
ATTACKS += [pytest.param(often(template), LARGE, id=f"{name}-often") for name, template in ON_MUCH.items()]


@pytest.mark.parametrize(("template", "messages"), ATTACKS)
def test_an_attack_ends_in_a_sentence_or_in_a_bounded_text(template: str, messages: list[dict[str, str]]) -> None:
    tracemalloc.start()
    try:
        text = render_chat(template, messages)
    except ModelError as error:
        text = error.user_message
        assert text.startswith("The model's chat template cannot be used (")
        assert len(text) < 400
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert len(text) <= MOST_WORK
    assert most < MOST_MEMORY


def units(template: str, messages: list[dict[str, str]]) -> int:
    """What one rendering spends of the budget."""
    run = Run(Budget(), globals_at(datetime.datetime.min) | {"messages": messages})
    compiled(template)(run)
    return MOST_WORK - run.budget.left


@pytest.mark.parametrize("template", [*ON_MUCH.values()], ids=[*ON_MUCH])
def test_what_is_done_with_a_long_text_costs_as_much_as_it_is_long(template: str) -> None:
    try:
        spent = units(template, LARGE)
    except TemplateRefused:
        return
    assert spent > len(LARGE[0]["content"]) // 100


def test_a_conversation_costs_a_small_part_of_the_budget() -> None:
    template = (
        "{% for message in messages %}{{ '<' + message['role'] + '>' + message['content'] + '</>' }}{% endfor %}"
    )
    messages = [{"role": "user", "content": "A message. " * 30}] * 50
    assert units(template, messages) < MOST_WORK // 50


def test_what_the_message_of_a_conversation_is_made_of_does_not_matter() -> None:
    content = "{{ 'a' * 99999 * 99999 }}{% raw %}\ud7ff\U0001f600 %s {}"
    assert content in render_chat("", [{"role": "user", "content": content}])
