from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcactivity.activity import counted_events, monthly_activity, snapshot
from dcactivity.coverage import covered_until
from dcactivity.errors import InputError


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
    assert rows(table) == [
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
    }


def test_months_after_what_is_covered_are_unknown_not_zero() -> None:
    stated = pd.DataFrame(
        {"coalition": ["dc-a", "dc-b"], "covered_until": ["2020-03-31", "2020-04-01"]}
    )
    table = monthly_activity(LIFE, as_of="2020-05-31", coverage=stated)
    assert rows(table) == [
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
    assert rows(table)[:3] == [
        ("dc-a", "2020-03", 1, 1, 1),
        ("dc-a", "2020-04", None, None, None),
        ("dc-a", "2020-05", None, None, None),
    ]
    assert rows(table)[-1] == ("dc-b", "2020-05", 1, 1, 1)


def test_as_of_looks_back_from_the_end_of_the_day() -> None:
    last = posted(("dc-a", "2020-02-29T23:59:59.999999Z", "a@x"), ("dc-a", "2020-03-01", "b@x"))
    stated = covered_until(last, retrieved="2020-12-31")
    expected = [("dc-a", "2020-02", 1, 1, 1)]
    for day in ("2020-02-29", dt.date(2020, 2, 29), pd.Timestamp("2020-02-29T05:00:00Z")):
        assert rows(monthly_activity(last, as_of=day, coverage=stated)) == expected
    assert rows(monthly_activity(last, as_of="2020-02-28", coverage=stated)) == []


def test_name_stands_in_for_a_missing_address_and_person_for_both() -> None:
    frame = posted(
        ("dc-a", "2020-01-01", None), ("dc-a", "2020-01-02", ""), ("dc-a", "2020-01-03", "c@x")
    )
    frame = frame.assign(from_name=["Ann  Example", "ann example", "Cee"])
    assert rows(monthly_activity(frame)) == [("dc-a", "2020-01", 3, 2, 2)]
    known = frame.assign(person=pd.Series(["p1", None, "p1"], dtype="str"))
    assert rows(monthly_activity(known)) == [("dc-a", "2020-01", 3, 1, 1)]


def test_instants_in_another_zone_are_counted_in_utc() -> None:
    frame = posted(("dc-a", "2020-02-01T00:30:00+02:00", "a@x"))
    east = frame.assign(date=frame["date"].dt.tz_convert("Asia/Tokyo"))
    assert rows(monthly_activity(east)) == [("dc-a", "2020-01", 1, 1, 1)]


def test_dictionary_encoded_columns_count_the_same() -> None:
    stated = covered_until(LIFE, retrieved="2020-12-31")
    encoded = LIFE.astype({"coalition": "category", "from_address": "category"})
    expected = monthly_activity(LIFE, as_of="2020-04-30", coverage=stated)
    pd.testing.assert_frame_equal(
        monthly_activity(encoded, as_of="2020-04-30", coverage=stated), expected
    )


def test_empty_frame_gives_empty_frames_of_the_same_shape() -> None:
    for measure in (monthly_activity, counted_events, snapshot):
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
    with pytest.raises(InputError, match="lacks the columns message_id"):
        counted_events(LIFE.drop(columns="message_id"))
    with pytest.raises(InputError, match="frame coverage lacks the columns covered_until"):
        monthly_activity(LIFE, coverage=pd.DataFrame({"coalition": ["dc-a"]}))


def test_counted_events_are_those_with_a_date_in_order() -> None:
    same = posted(
        ("dc-b", "2020-01-01T10:00:00Z", "b@x"),
        ("dc-a", "2020-01-01T10:00:00Z", ""),
        ("dc-b", "2020-01-01T09:00:00Z", "a@x"),
        ("dc-b", "2020-01-01T10:00:00Z", "b@x"),
        ("dc-c", None, "b@x"),
        ("dc-b", "2020-01-02T00:00:00Z", "b@x"),
    ).assign(message_id=["z@x", "y@x", "x@x", "b@x", "n@x", "late@x"])
    events = counted_events(same, as_of="2020-01-01")
    assert list(events["coalition"]) == ["dc-a", "dc-b", "dc-b", "dc-b"]
    assert list(events["coalition"].cat.categories) == ["dc-a", "dc-b", "dc-c"]
    assert list(events["message_id"]) == ["y@x", "x@x", "b@x", "z@x"]
    assert list(events["person"].isna()) == [True, False, False, False]
    assert events["person"].iloc[2] == events["person"].iloc[3] != events["person"].iloc[1]
    assert str(events["date"].dtype) == "datetime64[us, UTC]"


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
    assert rows(monthly_activity(frame, as_of=day, coverage=stated)) == expected
