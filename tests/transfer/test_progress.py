"""What is said of how far a transfer is."""

from io import StringIO

import pytest

from app.transfer import progress
from app.transfer.progress import Progress


class Terminal(StringIO):
    """Somebody is looking."""

    def isatty(self) -> bool:
        return True


def said(out: StringIO) -> str:
    """What is said of three events, half of all, and at the end."""
    told = Progress(out, "moved")
    for _ in range(3):
        told.events += 1
        told.say(lambda: 0.5)
    told.end(lambda: None)
    return out.getvalue()


def test_a_log_gets_a_line_now_and_then_and_one_at_the_end() -> None:
    (line,) = said(StringIO()).splitlines()
    assert line.startswith("3 events moved, ")


def test_a_terminal_one_line_that_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "ON_TERMINAL", 0)
    _, first, second, third, last = said(Terminal()).split("\r")
    assert first.startswith(" 50 %  1 events moved")
    assert second.startswith(" 50 %  2 events")
    assert third.startswith(" 50 %  3 events")
    assert last.endswith("\n")
