"""Holidays by rule: what the rules give, and that a policy keeps what they gave (31)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from textwrap import dedent, indent
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from app.domain.calendar import Calendar
from app.domain.policy import Policy
from app.policy_files import PolicyFileError, from_content, parse, parse_content

AMERICAN = """\
rules:
  - country: US
    only:
      - New Year's Day
      - Washington's Birthday
      - Memorial Day
      - Independence Day
      - Labor Day
      - Thanksgiving Day
      - Christmas Day
  - name: Day after Thanksgiving
    after: Thanksgiving Day
    days: 1
"""

HEAD = """\
id: test
severities: [P1]
calendars:
  office:
    zone: {zone}
    hours: {{mon-fri: "08:00-19:00"}}
    holidays:
"""
"""Seven lines, so that the holidays begin on line 8."""


NEW_YORK = ZoneInfo("America/New_York")


def read(holidays: str, zone: str = "America/New_York") -> Policy:
    return parse(HEAD.format(zone=zone) + indent(dedent(holidays), " " * 6), "p.yaml")


def complaint(holidays: str) -> str:
    with pytest.raises(PolicyFileError) as refused:
        read(holidays)
    return str(refused.value)


def closed_weekdays(calendar: Calendar, year: int) -> list[str]:
    """The weekdays of a year without an opening, as ``01-15``; 16:00 UTC is day in all tests."""
    days = (datetime(year, 1, 1, 16, tzinfo=UTC) + timedelta(days) for days in range(365))
    weekdays = (day for day in days if day.weekday() < 5)
    return [f"{day:%m-%d}" for day in weekdays if not calendar.is_open(day)]


def holidays(policy: Policy, year: int) -> list[tuple[str, str]]:
    """What an explanation names in a year, as ``01-15`` and name."""
    parts = policy.calendars["office"].segments(
        datetime(year - 1, 12, 30, tzinfo=UTC), datetime(year + 1, 1, 2, tzinfo=UTC)
    )
    return [
        (f"{day:%m-%d}", each.reason.removeprefix("holiday: "))
        for each in parts
        if each.reason.startswith("holiday: ")
        and (day := each.start.astimezone(NEW_YORK)).year == year
    ]


def kept(policy: Policy) -> list[dict[str, Any]]:
    """The rules as they stand in a policy's content."""
    calendars = cast("Mapping[str, Any]", policy.document["calendars"])
    return cast("list[dict[str, Any]]", calendars["office"]["holidays"]["rules"])


def test_the_american_weekdays_of_2010() -> None:
    assert closed_weekdays(read(AMERICAN).calendars["office"], 2010) == [
        "01-01",
        "02-15",
        "05-31",
        "07-05",
        "09-06",
        "11-25",
        "11-26",
        "12-24",
        "12-31",  # New Year's Day 2011 is a Saturday
    ]


def test_an_explanation_names_a_holiday_and_says_that_it_is_observed() -> None:
    found = dict(holidays(read(AMERICAN), 2010))
    assert found["02-15"] == "Washington's Birthday"
    assert found["07-05"] == "Independence Day (observed)"
    assert found["11-26"] == "Day after Thanksgiving"
    assert found["12-31"] == "New Year's Day (observed)"


def test_rules_that_do_not_observe_keep_the_days_themselves() -> None:
    policy = read("rules: {country: US, only: [Independence Day, Christmas Day], observed: false}")
    assert closed_weekdays(policy.calendars["office"], 2010) == []
    assert [name for _, name in holidays(policy, 2010)] == ["Independence Day", "Christmas Day"]


@pytest.mark.parametrize(
    ("zone", "rule", "year", "closed"),
    [
        (
            "Europe/Rome",
            "{country: IT}",
            2024,
            ["01-01", "04-01", "04-25", "05-01", "08-15", "11-01", "12-25", "12-26"],
        ),
        (
            "Europe/Berlin",
            "{country: DE, subdivision: BY}",
            2024,
            ["01-01", "03-29", "04-01", "05-01", "05-09", "05-20", "05-30", "10-03",
             "11-01", "12-25", "12-26"],
        ),
        (
            "Europe/Berlin",
            "{country: DE}",
            2024,
            ["01-01", "03-29", "04-01", "05-01", "05-09", "05-20", "10-03", "12-25", "12-26"],
        ),
        (
            "Europe/London",
            "{country: GB, subdivision: ENG}",
            2022,
            ["01-03", "04-15", "04-18", "05-02", "06-02", "06-03", "08-29", "09-19", "12-26",
             "12-27"],
        ),
        (
            "America/Vancouver",
            "{country: CA, subdivision: BC, except: [Family Day]}",
            2024,
            ["01-01", "03-29", "05-20", "07-01", "08-05", "09-02", "09-30", "10-14", "11-11",
             "12-25"],
        ),
    ],
)  # fmt: skip
def test_other_countries(zone: str, rule: str, year: int, closed: list[str]) -> None:
    assert closed_weekdays(read(f"rules: {rule}", zone).calendars["office"], year) == closed


def test_what_is_kept_are_the_dates_of_1990_to_2060_by_name() -> None:
    country, after = kept(read(AMERICAN))
    days = [day for each in country["gives"].values() for day in each]
    assert (min(days), max(days)) == ("1990-01-01", "2060-12-31")
    assert country["gives"]["New Year's Day (observed)"][-1] == "2060-12-31", "a Friday"
    assert len(after["gives"]["Day after Thanksgiving"]) == 71
    assert after["gives"]["Day after Thanksgiving"][20] == "2010-11-26"


def test_a_day_before_and_one_over_the_turn_of_the_years() -> None:
    policy = read("""
        rules:
          - {country: US, only: [New Year's Day], observed: false}
          - {name: New Year's Eve, before: New Year's Day, days: 1}
          - {name: The fifth day, after: New Year's Day, days: 4}
        """)
    _, eve, fifth = kept(policy)
    assert (eve["gives"]["New Year's Eve"][0], eve["gives"]["New Year's Eve"][-1]) == (
        "1990-12-31",
        "2060-12-31",
    )
    assert fifth["gives"]["The fifth day"][0] == "1990-01-05"


def test_dates_are_added_and_exceptions_taken_away() -> None:
    policy = read("""
        rules:
          - {country: US, only: [Independence Day]}
        dates:
          2027-12-24: Company day
          2026-07-04: The 250th
        not_on: [2027-07-05]
        """)
    assert holidays(policy, 2027) == [("07-04", "Independence Day"), ("12-24", "Company day")]
    assert dict(holidays(policy, 2026))["07-04"] == "The 250th"


def test_dates_alone_may_be_written_either_way() -> None:
    for text in ("2027-12-24: Company day", "dates: {2027-12-24: Company day}"):
        assert holidays(read(text), 2027) == [("12-24", "Company day")]


def test_several_holidays_of_one_day_are_all_named() -> None:
    policy = read("rules: [{country: IT}, {country: DE}, {country: US}]")
    assert dict(holidays(policy, 2024))["01-01"] == "New Year's Day"
    assert dict(holidays(policy, 2011))["04-25"] == "Easter Monday; Liberation Day"


def test_other_dates_are_another_version() -> None:
    wider = AMERICAN.replace("- Labor Day", "- Labor Day\n      - Columbus Day")
    assert read(AMERICAN).version != read(wider).version
    content = cast("dict[str, Any]", read(AMERICAN).document)
    content["calendars"]["office"]["holidays"]["rules"][0]["gives"]["Labor Day"][0] = "1990-09-04"
    assert from_content(content, "kept").version != read(AMERICAN).version


def test_the_host_s_language_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a country that no other test asks for: what was asked is kept."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, "de_AT.UTF-8")
    assert "Christmas Day" in kept(read("rules: {country: AT}"))[0]["gives"]


def test_a_kept_version_gives_the_same_calendar() -> None:
    policy = read(AMERICAN)
    again = from_content(policy.document, "kept")
    assert (again.version, again.document) == (policy.version, policy.document)
    for year in (1990, 2010, 2060):
        assert holidays(again, year) == holidays(policy, year)


def test_a_kept_version_is_not_asked_what_the_library_knows_today() -> None:
    """Given a holiday and a country of which no library knows."""
    content = {
        "id": "test",
        "severities": ["P1"],
        "calendars": {
            "office": {
                "zone": "America/New_York",
                "hours": {"mon-fri": "08:00-19:00"},
                "holidays": {
                    "rules": [
                        {"country": "Atlantis", "gives": {"Flood Day": ["2027-03-03"]}},
                        {"name": "Dry Day", "after": "Flood", "days": 99, "gives": {}},
                    ],
                    "not_on": ["2027-03-04"],
                },
            }
        },
    }
    assert holidays(from_content(content, "kept"), 2027) == [("03-03", "Flood Day")]


def test_a_kept_rule_says_what_it_gives() -> None:
    content = cast("dict[str, Any]", read("rules: {country: US}").document)
    del content["calendars"]["office"]["holidays"]["rules"][0]["gives"]
    with pytest.raises(PolicyFileError, match=r"rules\[0\]: 'gives' is missing"):
        from_content(content, "kept")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "rules:\n- country: XX",
            "p.yaml:9:18: calendars.office.holidays.rules[0].country: unknown country 'XX'",
        ),
        ("rules: {country: Italy}", "unknown country 'Italy', did you mean IT?; write its ISO"),
        ("rules: {country: United States}", "did you mean US?"),
        (
            "rules: {country: US, subdivision: CAL}",
            "US has no subdivision 'CAL', did you mean 'CA'?; known are: AK, AL,",
        ),
        (
            "rules: {country: US, only: [Thanksgiving]}",
            "unknown holiday 'Thanksgiving', did you mean 'Thanksgiving Day'?; known are:",
        ),
        ("rules: {country: US, except: [Xmas]}", "unknown holiday 'Xmas'"),
        (
            "rules: {country: US, only: [Labor Day], except: [Labor Day]}",
            "except: either only or except",
        ),
        (
            "rules:\n- {country: US, only: Labor Day}\n- {name: A, after: Labour Day, days: 1}",
            "p.yaml:10:26: calendars.office.holidays.rules[1].after: no rule above gives a holiday",
        ),
        (
            "rules: [{country: US, only: Labor Day}, {name: A, after: Labour Day, days: 1}]",
            "'Labour Day', did you mean 'Labor Day'?; they give: Labor Day",
        ),
        ("rules: {name: A, after: B, days: 1}", "they give: none"),
        ("rules: [{country: US}, {name: A, days: 1}]", "either after or before"),
        ("rules: [{country: US}, {name: A, after: Labor Day}]", "'days' is missing"),
        ("rules: [{country: US}, {name: A, after: Labor Day, days: 0}]", "0 is not between 1 and"),
        ("rules: {contry: US}", "'contry' means nothing here, did you mean 'country'?"),
        ("rules: {subdivision: CA}", "a rule is of a country, or has a name"),
        ("rules: {country: US, name: A}", "'name' means nothing here"),
        ("rules: US", "a mapping was expected, found 'US'"),
        ("rules: {country: US, observed: yes}", "true or false was expected, found 'yes'"),
        (
            "rules: {country: US, gives: {A: [2027-01-01]}}",
            "what a rule gives is reckoned, not written: leave it out",
        ),
        ("rule: {country: US}", "'rule' means nothing here, did you mean 'rules'?"),
        (
            "rules: {country: US}\nnot_on: [2027-07-06]",
            "makes 2027-07-06 a holiday; the nearest is 2027-07-05, Independence Day (observed)",
        ),
        ("not_on: [2027-07-06]", "not_on[0]: no rule makes 2027-07-06 a holiday"),
        (
            "rules: {country: US}\ndates: {2027-07-05: Ours}\nnot_on: 2027-07-05",
            "2027-07-05 stands in dates: it is a holiday or it is not",
        ),
        ("rules: {country: US}\n2027-01-01: Mine", "'2027-01-01' means nothing here"),
        ("dates: {soon: Mine}", "'soon' is no date"),
    ],
)
def test_what_is_wrong_with_a_rule(text: str, says: str) -> None:
    assert says in complaint(text)


def test_the_day_itself_counts_where_it_is_a_working_day() -> None:
    """Given an office open on Sundays: the fourth of July 2010 is one, the fifth its Monday."""
    text = HEAD.format(zone="America/New_York").replace("mon-fri", "mon-sun")
    office = parse(f"{text}      rules: {{country: US, only: [Independence Day]}}").calendars[
        "office"
    ]
    open_days = [
        day for day in range(1, 9) if office.is_open(datetime(2010, 7, day, 16, tzinfo=UTC))
    ]
    assert open_days == [1, 2, 3, 6, 7, 8]


def test_content_as_it_is_answered_may_come_back_as_a_file_does() -> None:
    """What its rules gave is reckoned again; and complained of only in a file."""
    policy = read(AMERICAN)
    again = parse_content(policy.document)
    assert (again.version, again.document) == (policy.version, policy.document)


def test_a_policy_has_a_hundred_rules_at_most() -> None:
    many = "rules: [" + "{country: US}, " * 101 + "]"
    assert complaint(many) == (
        "p.yaml:8:7: calendars.office.holidays.rules: a policy has at most 100 rules of holidays"
    )
