"""What the Secretariat reads of the ledger: cases, tasks, calendar, public tables."""

from __future__ import annotations

import datetime as dt

import icalendar
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcactivity.cases.audience import public_status, public_table, under_review
from dcactivity.cases.calendar import calendar
from dcactivity.cases.events import Event
from dcactivity.cases.steps import replay
from dcactivity.cases.tables import cases_table, due_table, events_table, notices
from tests.test_cases_steps import DECIDED, NOTICE, RECOMMENDED, Step, case_after, day


def tasks(on: str, *steps: Step, ground: str = "silence") -> list[tuple[str, str]]:
    table = due_table([case_after(*steps, ground=ground)], as_of=day(on))
    return [(row["due"].date().isoformat(), row["action"]) for row in table.to_dict("records")]


def test_tasks_of_the_week() -> None:
    assert tasks("2022-04-01") == [("2022-04-01", "send the notice")]
    assert tasks("2022-04-20", NOTICE) == []
    assert tasks("2022-04-27", NOTICE) == [("2022-05-04", "send a reminder")]
    assert tasks("2022-05-20", NOTICE) == [("2022-05-04", "send a reminder")]  # left over
    both = (NOTICE, ("reminder_sent", "2022-05-04"), ("reminder_sent", "2022-06-18"))
    assert tasks("2022-06-27", *both) == [("2022-07-03", "await the end of the notice period")]
    assert tasks("2022-07-04", *both) == [
        ("2022-07-04", "review again, then recommend, extend or close")
    ]
    assert tasks("2022-07-04", *both, ground="small-fault") == [
        ("2022-07-04", "review again, then escalate, extend or close")
    ]


def test_tasks_after_a_reply() -> None:
    reply = (NOTICE, ("reply", "2022-05-01", "until:2022-09-01"))
    assert tasks("2022-06-01", *reply) == []
    assert tasks("2022-08-28", *reply) == [("2022-09-01", "ask how it went")]
    opened = (NOTICE, ("reply", "2022-05-01"))
    assert tasks("2022-05-02", *opened) == [("2022-05-01", "answer the reply and agree on a day")]


def test_tasks_to_the_end() -> None:
    gone = (NOTICE, RECOMMENDED)
    assert tasks("2022-07-30", *gone) == [
        ("2022-08-03", "await the end of the time for an appeal")
    ]
    assert tasks("2022-08-04", *gone) == [("2022-08-04", "record what was decided")]
    appealed = (*gone, ("appeal", "2022-07-20"))
    assert tasks("2022-07-21", *appealed) == [("2022-07-20", "hear the appeal")]
    assert tasks("2022-09-01", *gone, ("revoked", "2022-08-04", *DECIDED)) == []
    assert tasks("2022-05-05", NOTICE, ("remedied", "2022-05-02")) == [
        ("2022-05-02", "close the case")
    ]
    closed = ("closed", "2022-05-03")
    assert tasks("2022-05-05", NOTICE, ("remedied", "2022-05-02"), closed) == []


def test_cases_and_events_as_tables_keep_their_types_without_rows() -> None:
    empty = cases_table([], as_of=day("2022-05-05"))
    full = cases_table([case_after(NOTICE)], as_of=day("2022-05-05"))
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()
    assert full[["stage", "days_left"]].to_numpy().tolist() == [["notified", 59]]
    held = cases_table([case_after(NOTICE, ("reply", "2022-05-01"))], as_of=day("2022-05-05"))
    assert held["deadline"].isna().all()
    assert list(events_table([]).columns)[:4] == ["coalition", "date", "event", "until"]


def test_notices_of_open_cases_on_principles_alone() -> None:
    def events(ground: str, *more: tuple[str, str]) -> list[Event]:
        first = Event(1, 1, "dc-a", day("2022-04-01"), "opened", ground=ground)
        return [first, *(Event(n, 1, "dc-a", day(on), name, note="x")
                         for n, (name, on) in enumerate(more, 2))]  # fmt: skip

    sent = ("notice_sent", "2022-04-04")
    on = day("2022-12-31")
    assert notices(events("breach", sent), as_of=on) == {"dc-a": day("2022-04-04")}
    assert notices(events("breach", sent), as_of=day("2022-04-03")) == {}
    assert notices(events("silence", sent), as_of=on) == {}
    assert notices(events("breach", sent, ("remedied", "2022-05-01")), as_of=on) == {}
    assert notices(events("breach", sent, ("closed", "2022-05-01")), as_of=on) == {}


def loaded(text: str) -> dict[str, dt.date]:
    return {
        str(event["UID"]).split("@")[0].removeprefix("case-1-dc-a-"): event["DTSTART"].dt
        for event in icalendar.Calendar.from_ical(text).walk("VEVENT")
    }


def test_calendar_loads_and_holds_the_deadlines() -> None:
    assert loaded(calendar([case_after(NOTICE)])) == {
        "reminder-1": day("2022-05-04"),
        "reminder-2": day("2022-06-18"),
        "deadline": day("2022-07-03"),
    }
    assert loaded(calendar([case_after(NOTICE, RECOMMENDED)])) == {"appeal": day("2022-08-03")}
    held = case_after(NOTICE, ("reply", "2022-05-04", "until:2022-09-01"))
    assert loaded(calendar([held]))["reply"] == day("2022-09-01")
    assert loaded(calendar([case_after(NOTICE, ("closed", "2022-05-04", "note:x"))])) == {}
    assert loaded(calendar([])) == {}


def test_calendar_keeps_to_the_letter_of_the_standard() -> None:
    text = calendar([case_after(NOTICE)])
    assert text == calendar([case_after(NOTICE)])
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "DTSTAMP:20220404T000000Z" in text


@given(st.text(max_size=200).filter(lambda text: "\r" not in text and "\0" not in text))
def test_text_in_a_calendar_comes_back_as_it_was(text: str) -> None:
    from dcactivity.cases import calendar as module

    line = module._folded(f"SUMMARY:{module._escaped(text)}")
    assert all(len(part.encode()) <= 75 for part in line.split("\r\n"))
    back = icalendar.parser.Contentlines.from_ical(f"{line}\r\n")
    assert str(icalendar.vText.from_ical(back[0].parts()[2])) == text or not text.isprintable()


STATUS = pd.DataFrame(
    {
        "coalition": ["dc-a", "dc-b"],
        "name": ["A", "B"],
        "status": pd.Categorical(
            ["AT_RISK", "ACTIVE"], categories=["ACTIVE", "DORMANT", "AT_RISK"], ordered=True
        ),
        "since": pd.to_datetime(["2020-01-01", "2019-01-01"]).astype("datetime64[us]"),
        "messages": pd.Series([0, 9], dtype="Int64"),
        "archive": ["no", "yes"],
        "why": ["At risk since 2020.", "Active."],
    }
)


@pytest.mark.parametrize(
    ("on", "steps", "hidden"),
    [
        ("2022-04-02", (), True),  # opened, no notice yet
        ("2022-07-03", (NOTICE,), True),
        ("2022-07-04", (NOTICE,), False),
        ("2022-08-01", (NOTICE, ("reply", "2022-05-04", "until:2022-09-01")), True),
        ("2030-08-01", (NOTICE, ("reply", "2022-05-04")), True),
        ("2022-07-20", (NOTICE, RECOMMENDED), False),
        ("2022-05-05", (NOTICE, ("remedied", "2022-05-02")), False),
        ("2022-05-05", (NOTICE, ("closed", "2022-05-02", "note:x")), False),
        ("2022-09-01", (NOTICE, RECOMMENDED, ("revoked", "2022-08-04", *DECIDED)), False),
    ],
)
def test_public_sees_no_coalition_that_has_time_to_answer(
    on: str, steps: tuple[Step, ...], hidden: bool
) -> None:
    found = under_review([case_after(*steps)], as_of=day(on))
    assert found == ({"dc-a"} if hidden else set())


def test_public_table_says_under_review_and_nothing_else() -> None:
    public = public_status(STATUS, {"dc-a"})
    assert list(public.columns) == list(STATUS.columns)
    row, other = public.to_dict("records")
    assert row["status"] == "under review"
    assert row["why"].startswith("Under review")
    assert [name for name, value in row.items() if not pd.isna(value)] == [
        "coalition", "name", "status", "why",
    ]  # fmt: skip
    assert {k: v for k, v in other.items() if k != "status"} == {
        k: v for k, v in STATUS.to_dict("records")[1].items() if k != "status"
    }
    assert STATUS["status"].tolist() == ["AT_RISK", "ACTIVE"]  # the given frame is as it was
    assert public_status(STATUS, [])["why"].tolist() == STATUS["why"].tolist()
    assert public_table(STATUS, {"dc-a"})["coalition"].tolist() == ["dc-b"]


def test_cases_as_of_a_day_know_nothing_of_later() -> None:
    events = [
        Event(1, 1, "dc-a", day("2022-04-01"), "opened", ground="silence"),
        Event(2, 1, "dc-a", day("2022-04-04"), "notice_sent"),
    ]
    assert replay(events, as_of=day("2022-04-03"))[1].stage == "opened"
    assert replay(events, as_of=day("2022-03-31")) == {}
