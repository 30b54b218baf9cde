"""Hours and offsets, worked out by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from dcactivity.errors import InputError
from dcactivity.hours import meeting_hours, writing_profile


def messages(*rows: tuple[str, int | None, str]) -> pd.DataFrame:
    """Rows of instant (UTC), offset in minutes, and person."""
    return pd.DataFrame(
        {
            "date": pd.to_datetime([row[0] for row in rows], utc=True),
            "utc_offset": pd.array([row[1] for row in rows], dtype="Int16"),
            "person": pd.Series([row[2] for row in rows], dtype="str"),
        }
    )


def test_profile_counts_messages_and_each_person_once() -> None:
    frame = messages(
        ("2022-03-01T09:10", 60, "a"),
        ("2022-03-02T09:50", 60, "a"),
        ("2022-03-03T21:00", 60, "a"),
        ("2022-03-03T21:00", -300, "b"),
    )
    found = writing_profile(frame, as_of="2022-03-31")
    assert found.to_dict("list") == {
        "utc_offset": [-300, 60, 60],
        "hour": [21, 9, 21],
        "messages": [1, 2, 1],
        "people": [1.0, pytest.approx(2 / 3), pytest.approx(1 / 3)],
    }


def test_profile_looks_back_so_many_months_and_at_persons_alone() -> None:
    frame = messages(
        ("2020-03-31T12:00", 0, "old"),
        ("2020-04-01T12:00", 0, "in"),
        ("2022-04-01T00:00", 0, "later"),
        ("2022-01-01T12:00", None, "nowhere"),
        ("2022-01-01T12:00", 0, "robot"),
    ).assign(automated=[None, None, None, None, "digest"])
    assert writing_profile(frame, as_of="2022-03-31")["messages"].sum() == 1
    assert writing_profile(frame, as_of="2022-03-31", months=None)["messages"].sum() == 2
    assert writing_profile(frame, months=None)["messages"].sum() == 3


def test_hour_suits_whom_it_lies_between_eight_and_twenty() -> None:
    frame = messages(("2022-03-01T09:00", 60, "a"), ("2022-03-01T10:00", 540, "b"))
    shares = meeting_hours(writing_profile(frame, as_of="2022-03-31")).set_index("hour")["share"]
    # At UTC+1 the day is 07:00 to 19:00 UTC, at UTC+9 it is 23:00 to 11:00; whole hours within.
    assert [hour for hour in range(24) if shares[hour] == 1] == [7, 8, 9, 10]
    assert [hour for hour in range(24) if shares[hour] == 0] == [19, 20, 21, 22]
    assert shares[6] == shares[11] == shares[18] == shares[23] == 0.5


def test_half_hours_count_as_such() -> None:
    frame = messages(("2022-03-01T09:00", 330, "a"))
    shares = meeting_hours(writing_profile(frame, as_of="2022-03-31")).set_index("hour")["share"]
    # 08:00 to 20:00 at UTC+5:30 is 02:30 to 14:30 UTC: the first whole hour begins at 03:00.
    assert [hour for hour in range(24) if shares[hour] == 1] == list(range(3, 14))


def test_nothing_written_tells_nothing() -> None:
    found = writing_profile(messages())
    assert not len(found)
    assert meeting_hours(found)["share"].isna().all()


def test_missing_column_is_named() -> None:
    with pytest.raises(InputError, match="utc_offset"):
        writing_profile(messages().drop(columns="utc_offset"))
