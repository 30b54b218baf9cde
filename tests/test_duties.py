"""Rules 5 and 9: principles after a notice, missing reports, exemptions, attendance."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from dcactivity.annual import annual_reports, reports_missing
from dcactivity.coalitions import Coalition
from dcactivity.duties import (
    at_risk_from,
    attended_days,
    exempted,
    missing_reports,
    noncompliance,
    owed_by,
)
from dcactivity.periods import from_number, to_number
from dcactivity.principles import judge_principles
from dcactivity.procedure import Principles, Reports
from dcactivity.records.files import ATTENDANCE, EXEMPTIONS
from dcactivity.records.table import empty_table
from tests.test_annual import OLD, REPORTED, submitted
from tests.test_principles import Seen, observed

RULES = Principles(valid_months=12)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def closed_for(
    *seen: Seen, notice: str | None, on: str, months: int = 6
) -> tuple[bool, str | None, int | None]:
    duty = noncompliance(
        observed(*seen),
        "dc-a",
        notice and day(notice),
        as_of=day(on),
        months=months,
        rules=RULES,
    )
    assert (duty.rule, duty.threshold) == ("noncompliant_months", months)
    return duty.met, duty.since and duty.since.isoformat(), duty.value


def test_months_of_noncompliance_run_from_the_notice_not_from_the_finding() -> None:
    seen = ("2021-10-01", "person", "closed")
    assert closed_for(seen, notice=None, on="2022-09-30") == (False, None, 0)
    assert closed_for(seen, notice="2022-01-15", on="2022-07-14") == (False, None, 5)
    assert closed_for(seen, notice="2022-01-15", on="2022-07-15") == (True, "2022-07-15", 6)
    assert closed_for(seen, notice="2022-01-15", on="2022-09-30") == (True, "2022-07-15", 8)
    assert closed_for(seen, notice="2022-10-01", on="2022-09-30") == (False, None, 0)


def test_run_ends_with_a_principle_that_is_open_or_a_finding_that_expires() -> None:
    seen = ("2021-10-01", "person", "closed")
    assert closed_for(seen, notice="2022-01-15", on="2022-10-01") == (False, None, 0)  # expired
    mended = (seen, ("2022-03-01", "person", "open"))
    assert closed_for(*mended, notice="2022-01-15", on="2022-09-30")[0] is False
    again = (*mended, ("2022-04-01", "person", "closed"))
    assert closed_for(*again, notice="2022-01-15", on="2022-09-30") == (False, None, 5)
    assert closed_for(*again, notice="2022-01-15", on="2022-10-01") == (True, "2022-10-01", 6)
    # Found anew before the old finding expires: no break.
    renewed = (seen, ("2022-09-01", "person", "closed"))
    assert closed_for(*renewed, notice="2022-01-15", on="2022-12-31") == (True, "2022-07-15", 11)
    # Found after the notice only: the run begins with the finding.
    late = ("2022-03-01", "person", "closed")
    assert closed_for(late, notice="2022-01-15", on="2022-09-01") == (True, "2022-09-01", 6)


def test_small_fault_is_no_breach() -> None:
    seen = ("2021-10-01", "person", "unreachable")
    assert closed_for(seen, notice="2021-10-15", on="2022-09-30")[0] is False


def test_reason_names_principle_and_figures() -> None:
    duty = noncompliance(
        observed(("2021-10-01", "person", "closed")),
        "dc-a",
        day("2022-01-15"),
        as_of=day("2022-09-30"),
        months=6,
        rules=RULES,
    )
    assert duty.reason == (
        "archive found closed, for 8 months since the notice of 15 January 2022; the policy "
        "allows 6 months"
    )
    assert duty.evidence == "o0"


def test_since_of_noncompliance_is_what_asking_day_by_day_gives() -> None:
    seen = (("2021-10-01", "person", "closed"), ("2022-02-01", "person", "open"),
            ("2022-02-20", "declaration", "closed"),
            ("2022-02-25", "person", "closed"))  # fmt: skip
    observations, notice, months = observed(*seen), day("2022-01-31"), 1
    for on in (day("2022-02-28"), day("2022-03-24"), day("2022-03-25"), day("2022-04-05")):
        duty = noncompliance(observations, "dc-a", notice, as_of=on, months=months, rules=RULES)
        start = on
        while start > notice and _breached(observations, start - dt.timedelta(days=1)):
            start -= dt.timedelta(days=1)
        risk = (pd.Timestamp(start) + pd.DateOffset(months=months)).date()
        assert duty.since == (risk if _breached(observations, on) and risk <= on else None)


def _breached(observations: pd.DataFrame, on: dt.date) -> bool:
    verdicts = judge_principles(observations, ["dc-a"], as_of=on, rules=RULES)
    return bool((verdicts["severity"] == "breach").any())


def test_missing_reports_since_the_day_on_which_the_rule_was_first_met() -> None:
    def owed(on: str, entry: Coalition = OLD, threshold: int = 2) -> tuple[object, ...]:
        owed = owed_by(REPORTED, entry, through=day(on), rules=Reports())
        duty = missing_reports(owed, as_of=day(on), threshold=threshold)
        return duty.met, duty.since and duty.since.isoformat(), duty.value

    assert owed("2022-03-31") == (False, None, 1)
    assert owed("2022-04-01") == (True, "2022-04-01", 2)
    assert owed("2023-12-31") == (True, "2022-04-01", 3)
    assert owed("2021-12-31", threshold=1) == (True, "2021-04-01", 1)
    newborn = Coalition("dc-c", "C", recognised=day("2022-01-01"))
    assert owed("2022-12-31", newborn) == (False, None, None)


DAYS = ("2020-03-31", "2020-04-01", "2021-04-01", "2021-09-09", "2021-09-10", "2022-04-01",
        "2023-03-31", "2023-04-01", "2024-06-01")  # fmt: skip


def test_report_that_comes_late_breaks_the_run() -> None:
    reports = submitted(
        ("dc-a", 2018, None), ("dc-a", 2019, None), ("dc-a", 2020, "2021-09-10"),
        ("dc-a", 2021, None)
    )  # fmt: skip
    for on in map(day, DAYS):
        owed = owed_by(reports, OLD, through=on, rules=Reports())
        duty = missing_reports(owed, as_of=on, threshold=2)
        states = annual_reports(reports, [OLD], as_of=on, rules=Reports())
        count = reports_missing(states, ["dc-a"])["reports_missing"].iloc[0]
        assert duty.met == (count >= 2)
        wanted = None
        if duty.met:
            wanted = day("2020-04-01") if on < day("2021-09-10") else day("2023-04-01")
        assert duty.since == wanted


def test_reason_of_missing_reports() -> None:
    owed = owed_by(REPORTED, OLD, through=day("2022-04-01"), rules=Reports())
    duty = missing_reports(owed, as_of=day("2022-04-01"), threshold=1)
    assert duty.reason == "2 annual reports overdue in a row; the policy allows none"


def exemptions(*rows: tuple[str, str | None]) -> pd.DataFrame:
    known = empty_table(EXEMPTIONS)
    given = [
        ("dc-a", pd.Timestamp(start), end and pd.Timestamp(end), "pause", "chair")
        for start, end in rows
    ]
    return pd.DataFrame(given, columns=known.columns).astype(known.dtypes.to_dict())


def test_exemption_with_the_first_day_of_its_unbroken_run() -> None:
    table = exemptions(("2021-01-01", "2021-06-30"), ("2021-07-01", "2021-12-31"))
    duty = exempted(table, "dc-a", as_of=day("2021-08-01"))
    assert (duty.met, duty.since) == (True, day("2021-01-01"))
    assert "by decision of chair (pause)" in duty.reason
    assert not exempted(table, "dc-a", as_of=day("2022-01-01")).met
    broken = exemptions(("2021-01-01", "2021-06-29"), ("2021-07-01", None))
    assert exempted(broken, "dc-a", as_of=day("2030-01-01")).since == day("2021-07-01")


def test_attendance_delays_the_risk_of_a_silent_coalition() -> None:
    known = empty_table(ATTENDANCE)
    rows = [("60", "2021-03-01", "dc-a", 1, 0), ("61", "2021-09-01", "dc-a", 0, 2),
            ("62", "2021-10-01", "dc-a", 2, 0), ("62", "2021-10-01", "dc-b", 1, 0)]  # fmt: skip
    table = pd.DataFrame(rows, columns=known.columns)
    table["date"] = pd.to_datetime(table["date"])
    attended = attended_days(table, "dc-a")
    assert [from_number(one) for one in attended] == [day("2021-03-01"), day("2021-10-01")]

    def risk(on: str, since: str = "2020-12-01") -> str | None:
        found = at_risk_from(
            to_number(day(since)), attended, dormant_months=12, day=to_number(day(on))
        )
        return None if found is None else from_number(found).isoformat()

    assert risk("2022-09-30") is None
    assert risk("2022-10-01") == "2022-10-01"
    assert risk("2023-05-01") == "2022-10-01"
    # Meetings before the silence, and after the day, change nothing.
    assert risk("2022-12-01", since="2021-12-01") == "2022-12-01"
    assert risk("2021-09-30", since="2020-03-15") is None  # the meeting of March 2021 holds it
    assert risk("2021-02-28", since="2020-02-15") == "2021-02-15"
