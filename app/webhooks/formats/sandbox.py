"""A small part of Jinja, for templates of operators: conditions, loops, filters, no calls.

Jinja's sandbox keeps a template from the host's objects, not from its memory and its time. So what
can grow without bound is not there at all: no variables, macros, includes, calls or multiplication;
filters whose result is bounded; and all loops together make 1,000 rounds at most.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.runtime import ChainableUndefined, Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from app.webhooks.formats.filters import (
    FILTERS,
    TemplateRefused,
    escape_plainly,
    measure,
    measure_parts,
    slashed,
    to_json,
    to_json_in_html,
)

LONGEST_SOURCE = 16 * 1024
LONGEST_OUTPUT = 256 * 1024
MOST_ROUNDS = 1000
DEEPEST = 40
"""Parts within parts: deeper, Python's compiler gives up."""

_ALLOWED = frozenset({
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.CondExpr,
    nodes.Const, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Test, nodes.List,
    nodes.Tuple, nodes.Dict, nodes.Pair, nodes.And, nodes.Or, nodes.Not, nodes.Compare,
    nodes.Operand, nodes.Concat, nodes.Add, nodes.Sub, nodes.Div, nodes.FloorDiv, nodes.Neg,
    nodes.Pos, nodes.Slice, nodes.Keyword,
})  # fmt: skip
_ROUNDS = "count_rounds"
_TESTS = (
    "defined", "undefined", "none", "string", "number", "mapping", "sequence", "true", "false",
    "boolean", "eq", "ne", "lt", "le", "gt", "ge", "in", "odd", "even",
)  # fmt: skip


@pass_context
def _count_rounds(context: Context, values: Iterable[object]) -> Iterator[object]:
    """What is looped over, counted."""
    rounds = context.parent["rounds "]
    for value in values:
        rounds[0] += 1
        if rounds[0] > MOST_ROUNDS:
            raise TemplateRefused(f"the loops go round more than {MOST_ROUNDS:,} times")
        yield value


class _Bounding(NodeTransformer):
    """Has loops counted, and texts that are put together by ``~`` measured."""

    def visit_For(self, loop: nodes.For) -> nodes.Node:  # noqa: N802  # Jinja's name
        loop.iter = _filtered(cast("nodes.Expr", loop.iter), _ROUNDS)
        return self.generic_visit(loop)

    def visit_Concat(self, concat: nodes.Concat) -> nodes.Node:  # noqa: N802  # Jinja's name
        parts = nodes.List(concat.nodes, lineno=concat.lineno, environment=concat.environment)
        return self.generic_visit(_filtered(parts, "join"))


def _filtered(node: nodes.Expr, name: str) -> nodes.Filter:
    return nodes.Filter(
        node, name, [], [], None, None, lineno=node.lineno, environment=node.environment
    )


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja without what is not allowed."""

    intercepted_binops = frozenset({"+"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        result = super().call_binop(context, operator, left, right)
        if isinstance(result, str | list | tuple):
            measure(len(result))
        return result

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        _check(tree)
        bounded: nodes.Template = _Bounding().visit(tree)
        return bounded


def _check(tree: nodes.Template) -> None:
    """TemplateRefused for a part that is not allowed."""
    below: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while below:
        node, depth = below.pop()
        line = node.lineno
        name = type(node).__name__
        if type(node) not in _ALLOWED:
            raise TemplateRefused(f"line {line}: {_NAMES.get(name, name)} is not allowed here")
        if isinstance(node, nodes.For) and node.recursive:
            raise TemplateRefused(f"line {line}: a recursive loop is not allowed here")
        if depth > DEEPEST:
            raise TemplateRefused(f"line {line}: too many parts within one another")
        if isinstance(node, nodes.Filter) and node.name == _ROUNDS:
            raise TemplateRefused(f"line {line}: there is no filter {_ROUNDS!r}")
        below += [(child, depth + 1) for child in node.iter_child_nodes()]


_NAMES = {
    "Assign": "set", "AssignBlock": "set", "Call": "a call", "Macro": "a macro", "Mul": "*",
    "Pow": "**", "Mod": "%", "Include": "include", "Import": "import", "FromImport": "import",
    "Extends": "extends", "Block": "block", "With": "with", "FilterBlock": "a filter block",
    "CallBlock": "a call", "ScopedEvalContextModifier": "autoescape",
}  # fmt: skip


def _environment(kind: str, undefined: type[Undefined]) -> _Environment:
    def finalize(value: object) -> object:
        measure_parts(value)
        if kind == "json" and not isinstance(value, Markup):
            if value is None or isinstance(value, Undefined):
                return ""
            return Markup(slashed(value))  # noqa: S704
        return "" if value is None else value

    environment = _Environment(
        undefined=undefined,
        autoescape=kind == "markup",
        finalize=finalize,
        keep_trailing_newline=True,
        cache_size=0,
    )
    environment.globals.clear()
    environment.filters = {
        **FILTERS,
        **({} if kind == "markup" else {"e": escape_plainly, "escape": escape_plainly}),
        "tojson": to_json if kind == "json" else to_json_in_html,
        _ROUNDS: _count_rounds,
    }
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    return environment


_ENVIRONMENTS = {
    (kind, strict): _environment(kind, StrictUndefined if strict else ChainableUndefined)
    for kind in ("json", "markup", "text")
    for strict in (True, False)
}


def kind_of(content_type: str) -> str:
    """How what is put in is escaped: for JSON, for HTML and XML, or not at all."""
    essence = content_type.partition(";")[0].strip().lower()
    if essence == "application/json" or essence.endswith("+json"):
        return "json"
    return "markup" if re.fullmatch(r".*[/+](html|xml|xhtml)", essence) else "text"


def write(source: str, content_type: str, values: Mapping[str, object], *, strict: bool) -> bytes:
    """What a template makes of the values; a missing one is nothing, or wrong if ``strict``.

    TemplateRefused, naming line and reason, for what it does or writes that is not allowed.
    """
    if len(source.encode(errors="replace")) > LONGEST_SOURCE:
        raise TemplateRefused(f"a template has at most {LONGEST_SOURCE // 1024} KiB")
    kind = kind_of(content_type)
    try:
        template = _ENVIRONMENTS[kind, strict].from_string(source)
        written = _gather(template.generate({**values, "rounds ": [0]}))
    except TemplateRefused:
        raise
    except TemplateSyntaxError as error:
        raise TemplateRefused(f"line {error.lineno}: {error.message}") from None
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise TemplateRefused(f"{_line_of(error)}{_reason(error)}") from None
    except (RecursionError, MemoryError, SyntaxError):
        raise TemplateRefused("the template is too deep or too large") from None
    if kind == "json":
        _check_json(written)
    return written.encode(errors="replace")


def _gather(parts: Iterator[str]) -> str:
    written, room = [], LONGEST_OUTPUT
    for part in parts:
        room -= len(part.encode(errors="replace"))
        if room < 0:
            raise TemplateRefused(f"it writes more than {LONGEST_OUTPUT // 1024} KiB")
        written.append(part)
    return "".join(written)


def _check_json(written: str) -> None:
    try:
        json.loads(written)
    except ValueError as error:
        raise TemplateRefused(f"what it writes is no JSON: {error}") from None
    except RecursionError:
        raise TemplateRefused("what it writes is nested too deeply") from None


def _line_of(error: BaseException) -> str:
    """The template's line: Jinja rewrites the traceback to it."""
    lines = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return f"line {lines[-1]}: " if lines else ""


def _reason(error: BaseException) -> str:
    return str(error)[:300] or type(error).__name__
