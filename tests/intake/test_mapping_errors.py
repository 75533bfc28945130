"""What is wrong with a mapping file is said with file, line, column, and what would be right."""

from pathlib import Path

import pytest

from app.intake.mapping_file import load_folder, parse
from app.policy_files.document import PolicyFileError

GOOD = """\
verify: {hmac: sha256, header: X-Sig}
source: desk
id: id
ticket: ticket
rules:
- emit: ticket.resolved
"""


def complaint(text: str, name: str = "m") -> str:
    """What is said of a file."""
    with pytest.raises(PolicyFileError) as refused:
        parse(text, f"{name}.yaml", name)
    return str(refused.value)


def with_member(text: str) -> str:
    """The good file, with a member or two of it written anew; what is new stands first."""
    names = {line.partition(":")[0] for line in text.splitlines() if line[:1].isalpha()}
    blocks = GOOD.replace("\n- ", "\x00- ").splitlines()
    kept = [each.replace("\x00", "\n") for each in blocks if each.partition(":")[0] not in names]
    return text + "\n" + "\n".join(kept) + "\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("source: escalator", "m.yaml:1:9: source: escalator is the source of this service's own"),
        (
            "source: {from: 'a..b'}",
            "m.yaml:1:16: source.from: no JMESPath expression, at character",
        ),
        ("id: a[", "m.yaml:1:5: id: no JMESPath expression, at its end: a["),
        ("id: ''", "m.yaml:1:5: id: an expression was expected, found nothing"),
        ('id: "a \'b"', "m.yaml:1:5: id: no JMESPath expression"),
        ("id: 5a", "m.yaml:1:5: id: no JMESPath expression"),
        ("id: hedder('X')", "there is no function hedder(), did you mean 'header'?"),
        ("id: header(name)", "header() takes a name in single quotes: header('X-Event')"),
        ("id: lower(a, b)", "m.yaml:1:5: id: lower() takes 1, found 2"),
        ("id: not_null()", "m.yaml:1:5: id: not_null() takes at least 1, found 0"),
        ("id: item().x", "item() has a meaning only in a rule with `each`"),
        ("id: a[::0]", "m.yaml:1:5: id: a slice goes on by at least 1"),
        ('id: "!a.b"', "! binds closer than a dot: write !(a.b) instead of !a.b"),
        ("id: {form: a}", "m.yaml:1:12: id.form: 'form' means nothing here, did you mean 'from'?"),
        ("id: {as: text}", "m.yaml:1:1: id: 'from' is missing"),
        ("id: [a]", "m.yaml:1:1: id: an expression was expected, or `from:` or `value:`"),
        ("id: {value: a, as: text}", "m.yaml:1:20: id.as: 'as' means nothing here"),
        ("id: {from: 3}", "m.yaml:1:12: id.from: an expression was expected, found 3"),
        ("id: {from: a, as: int}", "m.yaml:1:19: id.as: 'int' is not a kind of value"),
        (
            "id: {from: a, default: [b]}",
            "m.yaml:1:15: id.default: a text, a number, true, false or",
        ),
        ("id: {from: a, map: prio}", "m.yaml:1:20: id.map: there is no map 'prio' in maps"),
        ("id: {from: a, map: [b]}", "m.yaml:1:15: id.map: a text was expected, found a list"),
        ("id: {from: a, map: {B: 1, b: 2}}", "'b' stands in this map twice: case does not count"),
        ("maps: {prio: {a: [1]}}", "m.yaml:1:15: maps.prio.a: a text, a number, true, false or"),
        ("maps: {prio: a}", "m.yaml:1:14: maps.prio: a mapping was expected, found 'a'"),
        ("time: {from: a, as: text}", "'text' is not a kind of value; known are time, epoch"),
        ("time: {value: x}", "m.yaml:1:1: time: an expression was expected: a fact's time is its"),
        ("actor: a", "m.yaml:1:8: actor: a map was expected, to one of customer, agent"),
        (
            "actor: {from: a, map: {x: staff}}",
            "m.yaml:1:1: actor: 'staff' is none of customer, agent",
        ),
        (
            "on_unmatched: drop",
            "m.yaml:1:15: on_unmatched: ignore or refuse was expected, found 'drop'",
        ),
        ("rule: []", "m.yaml:1:1: rule: 'rule' means nothing here, did you mean 'rules'?"),
        ("rules: []", "m.yaml:1:1: rules: a rule at least was expected"),
        ("rules: [{when: a}]", "rules[0]: 'emit' is missing"),
        ("rules: [{emit: ticket.solved}]", "'ticket.solved' is not a type of fact, did you mean"),
        ("rules: [{emit: policy.rebound}]", "'policy.rebound' is not a type of fact"),
        ("rules: [{emit: ticket.closed, if: a}]", "'if' means nothing here; known are data, each,"),
        ("rules: [{emit: ticket.cancelled}]", "rules[0]: ticket.cancelled needs 'reason' in data"),
        (
            "rules: [{emit: {from: a, map: {b: ticket.closed, c: ticket.plan_changed}}}]",
            "rules[0]: ticket.plan_changed needs 'plan' in data",
        ),
        (
            "rules: [{emit: {from: a}}]",
            "rules[0].emit: a map was expected, to one of ticket.opened",
        ),
        ("rules: [{emit: {from: a, map: {b: ticket.close}}}]", "did you mean 'ticket.closed'?"),
        (
            "rules: [{emit: {agent: ticket.closed}}]",
            "who did it is asked here, and the file has no",
        ),
        (
            "rules: [{emit: ticket.closed, data: {reason: [a]}}]",
            "m.yaml:1:38: rules[0].data.reason:",
        ),
        ("rules: [{emit: ticket.closed, when: a b}]", "m.yaml:1:37: rules[0].when: no JMESPath"),
        (
            "rules: [{emit: ticket.closed, each: item()}]",
            "item() has a meaning only in a rule with",
        ),
        ("verify: {}", "m.yaml:1:1: verify: `hmac: sha256` or `secret_header:` was expected"),
        ("verify: {hmac: md5, header: X}", "m.yaml:1:16: verify.hmac: sha256 or sha1 was expected"),
        ("verify: {hmac: sha1}", "m.yaml:1:1: verify: 'header' is missing"),
        (
            "verify: {hmac: sha1, header: X Y}",
            "m.yaml:1:30: verify.header: the name of a header was",
        ),
        (
            "verify: {hmac: sha1, header: X, encoding: b64}",
            "hex or base64 was expected, found 'b64'",
        ),
        ("verify: {hmac: sha1, header: X, secret: hush}", "'secret' means nothing here, did you"),
        ("verify: {hmac: sha1, header: X, secret_env: hush}", "never the secret itself"),
        (
            "verify: {hmac: sha1, header: X, tolerance_seconds: 9}",
            "without `timestamp` there is no",
        ),
        (
            "verify: {hmac: sha1, header: X, timestamp: T, tolerance_seconds: 0}",
            "0 is not between 1",
        ),
        ("verify: {hmac: sha1, header: X, signed: x}", "{body} were expected, once each"),
        (
            'verify: {hmac: sha1, header: X, timestamp: T, signed: "{body}"}',
            "m.yaml:1:55: verify.signed: {timestamp} and {body} were expected, once each",
        ),
        (
            "verify: {secret_header: X, prefix: y}",
            "m.yaml:1:36: verify.prefix: 'prefix' means nothing",
        ),
    ],
)
def test_a_wrong_member(text: str, says: str) -> None:
    assert says in complaint(with_member(text))


@pytest.mark.parametrize("member", ["verify", "source", "id", "ticket", "rules"])
def test_what_must_be_there(member: str) -> None:
    text = "".join(
        line for line in GOOD.splitlines(keepends=True) if not line.startswith((member, "-"))
    )
    assert f"m.yaml:1:1: {member!r} is missing" in complaint(text)


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(with_member("id: a[\nsource: escalator"))
    (tmp_path / "Two.yaml").write_text(GOOD)
    (tmp_path / "three.yaml").write_bytes(b"id: \xff\n")
    (tmp_path / "four.yaml").write_text("x: " + "y" * 300_000)
    (tmp_path / "good.yaml").write_text(GOOD)
    with pytest.raises(PolicyFileError) as refused:
        load_folder(tmp_path)
    said = str(refused.value)
    assert f"{tmp_path}/one.yaml:1:5: id:" in said
    assert f"{tmp_path}/one.yaml:2:9: source:" in said
    assert f"{tmp_path}/Two.yaml: a mapping is named by its file" in said
    assert f"{tmp_path}/three.yaml: not UTF-8 at byte 4" in said
    assert f"{tmp_path}/four.yaml: larger than" in said
    assert "good.yaml" not in said


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PolicyFileError, match="there is no such folder of mappings"):
        load_folder(tmp_path / "none")
