"""The protocols, looked at whole; and each without one of its parts, which must be found out."""

import pytest

from tests.model import delivering, reading, recording
from tests.model.checker import Explored
from tests.model.delivering import Delivering
from tests.model.reading import Reading
from tests.model.recording import Recording


def _recorded(protocol: Recording) -> Explored[recording.World]:
    return Explored(recording.World(), protocol.steps)


def _delivered(protocol: Delivering) -> Explored[delivering.World]:
    return Explored(delivering.World(), protocol.steps)


def _read(protocol: Reading) -> Explored[reading.World]:
    return Explored(reading.World(), protocol.steps)


def test_whatever_happens_a_mark_is_raised_once_and_no_answered_fact_is_lost() -> None:
    explored = _recorded(Recording())
    assert len(explored) > 1_000
    for wrong in (recording.twice, recording.early, recording.lost, recording.apart):
        assert explored.way_to(wrong) is None, wrong.__doc__
    assert explored.way_without(recording.done) is None


@pytest.mark.parametrize(
    ("broken", "wrong"),
    [
        (Recording(locks=False, unique=False), recording.twice),
        (Recording(looks_after_locking=False, unique=False), recording.twice),
        (Recording(locks=False, unique=False), recording.apart),
        (Recording(answers_after_commit=False), recording.lost),
    ],
)
def test_without_a_part_recording_goes_wrong(broken: Recording, wrong: object) -> None:
    assert callable(wrong)
    assert _recorded(broken).way_to(wrong) is not None


def test_the_unique_keys_alone_keep_the_log_right() -> None:
    """The locks are for speed: without them transactions begin again, and nothing is wrong."""
    explored = _recorded(Recording(locks=False, looks_after_locking=False))
    for wrong in (recording.twice, recording.early, recording.lost):
        assert explored.way_to(wrong) is None, wrong.__doc__


def test_whatever_happens_a_webhook_is_delivered_and_in_order() -> None:
    explored = _delivered(Delivering())
    assert len(explored) > 1_000
    for wrong in (delivering.lost, delivering.overtaken, delivering.doubled):
        assert explored.way_to(wrong) is None, wrong.__doc__
    assert explored.way_without(delivering.done) is None


@pytest.mark.parametrize(
    ("broken", "wrong"),
    [
        (Delivering(settles_after_sending=False), delivering.lost),
        (Delivering(in_order=False), delivering.overtaken),
        (Delivering(leases=False), delivering.doubled),
    ],
)
def test_without_a_part_delivering_goes_wrong(broken: Delivering, wrong: object) -> None:
    assert callable(wrong)
    assert _delivered(broken).way_to(wrong) is not None


def test_a_lease_that_does_not_run_out_leaves_a_webhook_undelivered() -> None:
    way = _delivered(Delivering(leases_run_out=False)).way_without(delivering.done)
    assert way is not None
    assert any(step.endswith("is killed") for step in way)


def test_a_reader_of_the_log_misses_nothing_and_comes_to_its_end() -> None:
    explored = _read(Reading())
    assert len(explored) > 1_000
    assert explored.way_to(reading.missed) is None
    assert explored.way_without(reading.done) is None


@pytest.mark.parametrize("broken", [Reading(locks=False), Reading(last_value_first=False)])
def test_a_reader_that_looks_otherwise_misses_something(broken: Reading) -> None:
    assert _read(broken).way_to(reading.missed) is not None
