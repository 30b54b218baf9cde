from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcactivity.activity import monthly_activity, snapshot
from dcactivity.coverage import covered_until
from dcactivity.errors import InputError
from dcactivity.events import events_of


def posted(*rows: tuple[str, str | None, str | None]) -> pd.DataFrame:
    """Rows of coalition, instant, address; the names are empty."""
    frame = pd.DataFrame(list(rows), columns=["coalition", "date", "from_address"])
    return pd.DataFrame(
        {
            "coalition": frame["coalition"].astype("str"),
            "date": pd.to_datetime(frame["date"], utc=True, format="ISO8601").astype(
                "datetime64[us, UTC]"
            ),
            "from_name": pd.Series([""] * len(frame), dtype="str"),
            "from_address": frame["from_address"].astype("str"),
            "message_id": pd.Series([f"m{i}@x" for i in range(len(frame))], dtype="str"),
        }
    )


WHO = ["coalition", "month", "messages", "participants", "newcomers"]
WHAT = ["threads", "conversations", "replies", "automated", "bulletins", "top_share",
        "reply_hours"]  # fmt: skip


def months(frame: pd.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    return rows(frame[[*(columns or WHO)]])


def rows(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [tuple(row) for row in plain.itertuples(index=False)]


LIFE = posted(
    ("dc-b", "2020-01-31T23:59:59Z", "ann@x.example"),
    ("dc-b", "2020-01-05T00:00:00Z", " Ann@X.example "),  # the same address
    ("dc-b", "2020-02-01T00:00:00Z", "bob@x.example"),
    ("dc-b", None, "never@x.example"),  # undated: left out
    ("dc-b", "2020-04-30T23:59:59.999999Z", "ann@x.example"),
    ("dc-b", "2020-04-10T12:00:00Z", ""),  # nobody knows who
    ("dc-a", "2020-03-15T12:00:00Z", "ann@x.example"),
    ("dc-c", None, "ann@x.example"),  # nothing dated: no row
    ("dc-b", "2020-05-01T00:00:00Z", "late@x.example"),  # after the end of 30 April
)


def test_monthly_table_worked_by_hand() -> None:
    stated = covered_until(LIFE, retrieved="2020-12-31")
    table = monthly_activity(LIFE, as_of="2020-04-30", coverage=stated)
    assert months(table) == [
        ("dc-a", "2020-03", 1, 1, 1),
        ("dc-a", "2020-04", 0, 0, 0),
        ("dc-b", "2020-01", 2, 1, 1),
        ("dc-b", "2020-02", 1, 1, 1),
        ("dc-b", "2020-03", 0, 0, 0),
        ("dc-b", "2020-04", 2, 1, 0),
    ]
    assert {name: str(kind) for name, kind in table.dtypes.items()} == {
        "coalition": "str",
        "month": "str",
        "messages": "Int64",
        "participants": "Int64",
        "newcomers": "Int64",
        **dict.fromkeys(WHAT[:5], "Int64"),
        **dict.fromkeys(WHAT[5:], "Float64"),
    }
    # Nothing in this frame says what answers what, or which message a robot wrote.
    assert table[WHAT[:3]].isna().all(axis=None)
    assert table["automated"].eq(0).all()


def test_months_after_what_is_covered_are_unknown_not_zero() -> None:
    stated = pd.DataFrame(
        {"coalition": ["dc-a", "dc-b"], "covered_until": ["2020-03-31", "2020-04-01"]}
    )
    table = monthly_activity(LIFE, as_of="2020-05-31", coverage=stated)
    assert months(table) == [
        ("dc-a", "2020-03", 1, 1, 1),
        ("dc-a", "2020-04", None, None, None),
        ("dc-a", "2020-05", None, None, None),
        ("dc-b", "2020-01", 2, 1, 1),
        ("dc-b", "2020-02", 1, 1, 1),
        ("dc-b", "2020-03", 0, 0, 0),
        # The month in which the archive ends keeps what is known of it.
        ("dc-b", "2020-04", 2, 1, 0),
        ("dc-b", "2020-05", None, None, None),
    ]


def test_without_a_day_the_newest_message_of_all_is_the_end() -> None:
    table = monthly_activity(LIFE)
    assert months(table)[:3] == [
        ("dc-a", "2020-03", 1, 1, 1),
        ("dc-a", "2020-04", None, None, None),
        ("dc-a", "2020-05", None, None, None),
    ]
    assert months(table)[-1] == ("dc-b", "2020-05", 1, 1, 1)


def test_as_of_looks_back_from_the_end_of_the_day() -> None:
    last = posted(("dc-a", "2020-02-29T23:59:59.999999Z", "a@x"), ("dc-a", "2020-03-01", "b@x"))
    stated = covered_until(last, retrieved="2020-12-31")
    expected = [("dc-a", "2020-02", 1, 1, 1)]
    for day in ("2020-02-29", dt.date(2020, 2, 29), pd.Timestamp("2020-02-29T05:00:00Z")):
        assert months(monthly_activity(last, as_of=day, coverage=stated)) == expected
    assert months(monthly_activity(last, as_of="2020-02-28", coverage=stated)) == []


def test_name_stands_in_for_a_missing_address_and_person_for_both() -> None:
    frame = posted(
        ("dc-a", "2020-01-01", None), ("dc-a", "2020-01-02", ""), ("dc-a", "2020-01-03", "c@x")
    )
    frame = frame.assign(from_name=["Ann  Example", "ann example", "Cee"])
    assert months(monthly_activity(frame)) == [("dc-a", "2020-01", 3, 2, 2)]
    known = frame.assign(person=pd.Series(["p1", None, "p1"], dtype="str"))
    assert months(monthly_activity(known)) == [("dc-a", "2020-01", 3, 1, 1)]


def test_instants_in_another_zone_are_counted_in_utc() -> None:
    frame = posted(("dc-a", "2020-02-01T00:30:00+02:00", "a@x"))
    east = frame.assign(date=frame["date"].dt.tz_convert("Asia/Tokyo"))
    assert months(monthly_activity(east)) == [("dc-a", "2020-01", 1, 1, 1)]


def test_dictionary_encoded_columns_count_the_same() -> None:
    stated = covered_until(LIFE, retrieved="2020-12-31")
    encoded = LIFE.astype({"coalition": "category", "from_address": "category"})
    expected = monthly_activity(LIFE, as_of="2020-04-30", coverage=stated)
    pd.testing.assert_frame_equal(
        monthly_activity(encoded, as_of="2020-04-30", coverage=stated), expected
    )


def test_empty_frame_gives_empty_frames_of_the_same_shape() -> None:
    for measure in (monthly_activity, snapshot):
        full, empty = measure(LIFE), measure(LIFE.iloc[:0])
        assert len(empty) == 0
        assert list(empty.columns) == list(full.columns)
        plain = [str(kind) for kind in full.dtypes]
        assert [str(kind) for kind in empty.dtypes] == plain


@pytest.mark.parametrize(
    "day", ["2022-02-31", "31.3.2022", "20220331", "2022-W13-4", 20220331, "", pd.NaT]
)
def test_what_is_no_date_is_refused(day: object) -> None:
    with pytest.raises(InputError, match="as_of"):
        monthly_activity(LIFE, as_of=day)  # type: ignore[arg-type]


def test_missing_columns_are_named() -> None:
    with pytest.raises(InputError, match="lacks the columns from_address"):
        monthly_activity(LIFE.drop(columns="from_address"))
    with pytest.raises(InputError, match="frame coverage lacks the columns covered_until"):
        monthly_activity(LIFE, coverage=pd.DataFrame({"coalition": ["dc-a"]}))


def test_events_are_messages_with_a_date_in_order() -> None:
    same = posted(
        ("dc-b", "2020-01-01T10:00:00Z", "b@x"),
        ("dc-a", "2020-01-01T10:00:00Z", ""),
        ("dc-b", "2020-01-01T09:00:00Z", "a@x"),
        ("dc-b", "2020-01-01T10:00:00Z", "b@x"),
        ("dc-c", None, "b@x"),
        ("dc-b", "2020-01-02T00:00:00Z", "b@x"),
    ).assign(message_id=["z@x", "y@x", "x@x", "b@x", "n@x", "late@x"])
    events = events_of(same).until(dt.date(2020, 1, 1))
    assert events.slugs == ["dc-a", "dc-b", "dc-c"]
    assert events.coalition.tolist() == [0, 1, 1, 1]
    assert events.ids(np.arange(4)).tolist() == ["y@x", "x@x", "b@x", "z@x"]
    assert events.person[0] == -1
    assert events.person[2] == events.person[3] != events.person[1]


TALK = pd.DataFrame(
    [
        # id, date, person, thread, answers, automated, bulletin
        ("q@x", "2020-01-30T10:00:00Z", "p:a", "t1", None, None, False),
        ("own@x", "2020-01-30T11:00:00Z", "p:a", "t1", "q@x", None, False),  # answers oneself
        ("r1@x", "2020-01-30T14:00:00Z", "p:b", "t1", "q@x", None, False),  # after 4 hours
        ("r2@x", "2020-02-01T10:00:00Z", "p:c", "t1", "q@x", None, False),  # no first answer
        ("r3@x", "2020-02-01T12:00:00Z", "p:a", "t1", "r2@x", None, False),  # after 2 hours
        ("r4@x", "2020-02-02T00:30:00Z", "p:b", "t1", "r3@x", None, False),  # after 12.5 hours
        ("note@x", "2020-02-05T00:00:00Z", None, "t2", None, "list-admin", False),
        ("hid@x", "2020-02-06T00:00:00Z", None, "t2", "note@x", None, False),  # nobody knows who
        ("all@x", "2020-02-07T00:00:00Z", "p:z", "t3", None, None, True),
        ("ad@x", "2020-02-08T00:00:00Z", None, "t4", None, "spam-suspected", False),
        ("late@x", "2020-03-01T00:00:00Z", "p:c", "t1", "r4@x", None, False),
    ],
    columns=["message_id", "date", "person", "thread", "answers", "automated", "bulletin"],
).assign(coalition="dc-a")


def test_conversations_answers_and_automated_mail_worked_by_hand() -> None:
    stated = covered_until(TALK, retrieved="2020-12-31")
    table = monthly_activity(TALK, as_of="2020-02-29", coverage=stated)
    assert months(table) == [("dc-a", "2020-01", 3, 2, 2), ("dc-a", "2020-02", 5, 4, 2)]
    assert months(table, *WHAT) == [
        # two thirds by p:a; of the answers to q@x the first by another person counts
        (1, 1, 2, 0, 0, 0.6667, 4.0),
        # t1 goes on, t2 begins with what a person wrote in it; 1 of 5 messages each
        (2, 1, 4, 2, 1, 0.2, 7.25),
    ]


def test_a_finished_month_does_not_change_with_the_as_of_date() -> None:
    stated = covered_until(TALK, retrieved="2020-12-31")
    early = monthly_activity(TALK, as_of="2020-02-29", coverage=stated)
    late = monthly_activity(TALK, as_of="2020-12-31", coverage=stated)
    pd.testing.assert_frame_equal(early, late.iloc[:2])


def test_an_answer_to_an_undated_message_counts_without_a_time() -> None:
    frame = TALK.iloc[[0, 2]].assign(date=[None, "2020-01-30T14:00:00Z"])
    table = monthly_activity(frame, coverage=covered_until(frame, retrieved="2020-01-31"))
    assert months(table, "messages", *WHAT) == [(1, 1, 1, 1, 0, 0, 1.0, None)]


def test_snapshot_window_is_half_open() -> None:
    frame = posted(
        ("dc-a", "2020-02-28T23:59:59Z", "old@x"),  # just outside, an old hand
        ("dc-a", "2020-02-29T00:00:00Z", "ann@x"),  # just inside
        ("dc-a", "2021-02-28T23:59:59Z", "old@x"),  # still inside
        ("dc-a", "2021-03-01T00:00:00Z", "new@x"),  # too late
        ("dc-b", "2019-01-01T00:00:00Z", "ann@x"),
        ("dc-c", "2021-03-01T00:00:00Z", "ann@x"),
    )
    found = snapshot(frame, as_of="2021-02-28", window_months=12)
    assert rows(found.drop(columns="last_message")) == [
        ("dc-a", 0, 2, 2, 1),
        ("dc-b", 789, 0, 0, 0),
        ("dc-c", None, None, None, None),
    ]
    assert found["last_message"].iloc[0] == pd.Timestamp("2021-02-28T23:59:59Z")
    assert found["last_message"].isna().tolist() == [False, False, True]
    with pytest.raises(InputError, match="window"):
        snapshot(frame, window_months=0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["dc-a", "dc-b"]),
            st.dates(dt.date(2019, 11, 1), dt.date(2021, 3, 1)),
            st.sampled_from(["a@x", "b@x", "c@x", ""]),
        ),
        max_size=25,
    ),
    st.dates(dt.date(2019, 10, 1), dt.date(2021, 4, 1)),
)
def test_monthly_table_agrees_with_counting_one_by_one(
    said: list[tuple[str, dt.date, str]], day: dt.date
) -> None:
    frame = posted(*((slug, date.isoformat(), who) for slug, date, who in said))
    expected = []
    for slug in ("dc-a", "dc-b"):
        mine = sorted((date, who) for s, date, who in said if s == slug and date <= day)
        if not mine:
            continue
        year, month = mine[0][0].year, mine[0][0].month
        met: set[str] = set()
        while (year, month) <= (day.year, day.month):
            here = [who for date, who in mine if (date.year, date.month) == (year, month)]
            present = set(here) - {""}
            expected.append(
                (slug, f"{year}-{month:02d}", len(here), len(present), len(present - met))
            )
            met |= present
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    stated = covered_until(frame, retrieved="2021-04-30")
    assert months(monthly_activity(frame, as_of=day, coverage=stated)) == expected
