"""Annual reports, and the chart of them."""

from __future__ import annotations

import datetime as dt

import pandas as pd
from matplotlib.figure import Figure

from dcactivity import charts
from dcactivity.annual import annual_reports, overdue_run, reports_missing
from dcactivity.coalitions import Coalition
from dcactivity.procedure import Reports
from dcactivity.records.files import REPORTS
from dcactivity.records.table import empty_table

OLD = Coalition("dc-a", "A", recognised=dt.date(2015, 1, 1))
Row = tuple[str, int, str | None]


def submitted(*rows: Row) -> pd.DataFrame:
    known = empty_table(REPORTS)
    given = [(slug, year, day and pd.Timestamp(day), None) for slug, year, day in rows]
    return pd.DataFrame(given, columns=known.columns).astype(known.dtypes.to_dict())


def states(
    reports: pd.DataFrame, *entries: Coalition, day: str = "2022-03-31", due: str = "03-31"
) -> pd.DataFrame:
    return annual_reports(
        reports, entries, as_of=dt.date.fromisoformat(day), rules=Reports(due=due)
    )


def told(frame: pd.DataFrame) -> list[tuple[int, str, int]]:
    return [
        (row["year"], row["state"], row["in_a_row"])
        for row in frame.astype({"state": "str"}).to_dict("records")
    ]


REPORTED = submitted(
    ("dc-a", 2018, "2019-03-31"), ("dc-a", 2019, "2020-04-01"), ("dc-a", 2020, None)
)


def test_states_to_the_day() -> None:
    assert told(states(REPORTED, OLD)) == [
        (2018, "submitted", 0),
        (2019, "late", 0),
        (2020, "overdue", 1),
        (2021, "due", 0),
    ]
    assert told(states(REPORTED, OLD, day="2022-04-01"))[-1] == (2021, "overdue", 2)
    assert told(states(REPORTED, OLD, day="2021-12-31"))[-1] == (2020, "overdue", 1)
    # What was submitted later is not known yet.
    assert told(states(REPORTED, OLD, day="2020-03-31"))[-1] == (2019, "due", 0)


def test_another_day_of_the_year() -> None:
    frame = states(REPORTED, OLD, due="05-01")
    assert told(frame)[:2] == [(2018, "submitted", 0), (2019, "submitted", 0)]
    assert frame["due"].iloc[0] == pd.Timestamp("2019-05-01")


def test_nothing_is_owed_for_years_without_existence_or_before_the_file() -> None:
    young = Coalition("dc-b", "B", recognised=dt.date(2020, 12, 31))
    newborn = Coalition("dc-c", "C", recognised=dt.date(2022, 1, 1))
    gone = Coalition("dc-d", "D", recognised=dt.date(2015, 1, 1), ended=dt.date(2021, 3, 31))
    nobody_knows = Coalition("dc-e", "E")
    frame = states(REPORTED, young, newborn, gone, nobody_knows)
    assert told(frame) == [(2020, "overdue", 1), (2021, "due", 0)]
    # Before its end it owed what fell due before it.
    assert told(states(REPORTED, gone, day="2021-01-01")) == [
        (2018, "overdue", 1),
        (2019, "overdue", 2),
    ]
    assert len(states(submitted(), OLD)) == 0
    by_message = annual_reports(
        REPORTED,
        [nobody_knows],
        as_of=dt.date(2022, 3, 31),
        rules=Reports(),
        first_seen={"dc-e": dt.date(2021, 6, 1)},
    )
    assert told(by_message) == [(2021, "due", 0)]


def test_count_in_a_row_begins_anew_after_a_report() -> None:
    reports = submitted(("dc-a", 2017, None), ("dc-a", 2019, "2020-01-01"))
    frame = states(reports, OLD, day="2022-04-01")
    assert [row for _, _, row in told(frame)] == [1, 2, 0, 1, 2]
    assert overdue_run(frame)["year"].tolist() == [2020, 2021]
    counts = reports_missing(frame, ["dc-b", "dc-a"])
    assert counts["coalition"].tolist() == ["dc-a", "dc-b"]
    assert counts["reports_missing"].tolist()[0] == 2
    assert counts["reports_missing"].isna().tolist() == [False, True]
    # The one that is merely due leaves the run as it is.
    assert len(overdue_run(states(reports, OLD))) == 1


def test_report_missed_long_ago_is_no_longer_asked_for() -> None:
    reports = submitted(("dc-a", 2018, None), ("dc-a", 2019, "2020-01-01"),
                        ("dc-a", 2020, "2021-01-01"))  # fmt: skip
    frame = states(reports, OLD)
    assert "overdue" in set(frame["state"].astype("str"))
    assert len(overdue_run(frame)) == 0


def test_chart_has_a_marker_for_each_report_and_says_the_finding() -> None:
    frame = states(REPORTED, OLD, day="2022-04-01")
    ax = charts.annual_reports(frame, ax=Figure().subplots(), as_of="2022-04-01")
    assert ax.get_title(loc="left") == "2 annual reports of 1 coalition are overdue"
    drawn = {str(one.get_label()): len(one.get_offsets()) for one in ax.collections}
    assert drawn == {"submitted (1)": 1, "late (1)": 1, "due (0)": 0, "overdue (2)": 2}
    assert "2 in a row" in {text.get_text() for text in ax.texts}
    assert any("As of 2022-04-01" in text.get_text() for text in ax.texts)
    empty = charts.annual_reports(frame.iloc[:0], ax=Figure().subplots())
    assert empty.get_title(loc="left") == "No annual report is on record"
