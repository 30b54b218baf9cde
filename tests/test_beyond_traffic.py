"""Rules 5 and 9 in the review: what puts at risk besides silence, and what holds that back."""

from __future__ import annotations

import calendar
import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dcactivity.coverage import covered_until
from dcactivity.dossier import Dossier
from dcactivity.duties import Notice
from dcactivity.events import events_of
from dcactivity.explaining import Explanation
from dcactivity.policy import Policy
from dcactivity.records.files import RECORD_FILES, Records
from dcactivity.records.table import Table, empty_table
from dcactivity.registry import Registry
from dcactivity.report.text import explanation_text
from dcactivity.reviewing import Review, review_events

Row = dict[str, Any]
OBSERVATIONS, REPORTS, ATTENDANCE, STATEMENTS, EVIDENCE, EXEMPTIONS = RECORD_FILES


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def filled(table: Table, rows: Iterable[Row]) -> pd.DataFrame:
    """A record file's frame; what a row leaves out is missing."""
    known = empty_table(table)
    frame = pd.DataFrame(list(rows), columns=known.columns)
    return frame.astype(known.dtypes.to_dict())


def records(**files: Iterable[Row]) -> Records:
    return Records(
        *(filled(table, files.get(table.file.removesuffix(".csv"), ())) for table in RECORD_FILES)
    )


def observed(*seen: tuple[str, str], principle: str = "archive", slug: str = "dc-a") -> list[Row]:
    return [
        {"id": f"o{n}", "coalition": slug, "principle": principle, "finding": finding,
         "seen": pd.Timestamp(when), "source": "person"}
        for n, (when, finding) in enumerate(seen)
    ]  # fmt: skip


def submitted(*reports: tuple[int, str | None], slug: str = "dc-a") -> list[Row]:
    return [
        {"coalition": slug, "year": year, "submitted": pd.Timestamp(came) if came else None}
        for year, came in reports
    ]


def exempt(start: str, until: str | None = None, slug: str = "dc-a") -> Row:
    return {
        "coalition": slug,
        "from": pd.Timestamp(start),
        "until": pd.Timestamp(until) if until else None,
        "reason": "pause",
        "decided_by": "chair",
    }


def met(when: str, present: int = 1, slug: str = "dc-a") -> Row:
    return {"meeting": when, "date": pd.Timestamp(when), "coalition": slug, "present": present}


def policy(**at_risk: object) -> Policy:
    return Policy.from_dict(
        {
            "name": "test",
            "active": {"window_months": 3, "min_messages": 2, "min_participants": 1,
                       "min_conversations": 0},
            "new": {"grace_months": 0},
            "at_risk": {"dormant_months": 6, **at_risk},
        }
    )  # fmt: skip


def written(*days: str, slug: str = "dc-a") -> pd.DataFrame:
    frame = pd.DataFrame({"coalition": slug, "date": pd.Series(days, dtype="str")})
    dates = pd.to_datetime(frame["date"], utc=True).astype("datetime64[us, UTC]")
    ids = pd.Series([f"{slug}-{n}@x" for n in range(len(frame))], dtype="str")
    return frame.assign(date=dates, person="p:a", message_id=ids)


QUIET = written("2020-01-10", "2020-01-20")  # active to 9 April 2020, dormant from the 10th on
EVERY_20_DAYS = pd.date_range("2020-01-05", "2023-03-31", freq="20D")
LIVELY = written(*(f"{when:%Y-%m-%d}" for when in EVERY_20_DAYS))
ENTRY: Row = {"slug": "dc-a", "name": "A", "recognised": "2019-01-01"}


def reviewed(
    as_of: str,
    messages: pd.DataFrame,
    rules: Policy,
    on_record: Records,
    *,
    notices: dict[str, list[Notice]] | None = None,
    entry: Row | None = None,
    retrieved: str = "2030-01-01",
) -> Review:
    registry = Registry.from_dict({"coalition": [entry or ENTRY]})
    coverage = covered_until(messages, registry, retrieved=retrieved, at_hand=["dc-a"])
    return review_events(
        events_of(messages),
        registry,
        policy=rules,
        as_of=as_of,
        coverage=coverage,
        dossier=Dossier(on_record, notices or {}),
    )


def said(review: Review) -> tuple[str, str, str]:
    row = review.status.iloc[0]
    return row["status"], f"{row['since']:%Y-%m-%d}", row["why"]


MISSING = records(reports=submitted((2019, None), (2020, None), (2021, "2022-03-01")))


def test_missing_reports_put_a_lively_coalition_at_risk() -> None:
    rules = policy(reports_missing=2)
    assert said(reviewed("2021-03-31", LIVELY, rules, MISSING))[0] == "ACTIVE"
    status, since, why = said(reviewed("2021-04-01", LIVELY, rules, MISSING))
    assert (status, since) == ("AT_RISK", "2021-04-01")
    assert why == (
        "At risk since 1 April 2021: 2 annual reports overdue in a row; the policy allows 1; by "
        "its traffic alone it would be active since 25 January 2020: in the 3 months to 1 April "
        "2021 it had 4 messages by 1 person; the policy asks for at least 2 messages by at least "
        "1 person."
    )
    assert said(reviewed("2022-02-28", LIVELY, rules, MISSING))[:2] == ("AT_RISK", "2021-04-01")
    # The report on 2021 came before it was due: the run is broken on that day.
    assert said(reviewed("2022-03-01", LIVELY, rules, MISSING))[0] == "ACTIVE"
    assert said(reviewed("2021-04-01", LIVELY, policy(), MISSING))[0] == "ACTIVE"  # rule is off


def test_of_two_grounds_for_a_risk_the_earlier_one_says_since_when() -> None:
    # Dormant since 10 April 2020 (or so), and so at risk six months later, before the reports.
    rules = policy(reports_missing=2)
    assert said(reviewed("2021-04-01", QUIET, policy(), MISSING))[:2] == ("AT_RISK", "2020-10-10")
    assert said(reviewed("2021-04-01", QUIET, rules, MISSING))[:2] == ("AT_RISK", "2020-10-10")
    slow = policy(reports_missing=2, dormant_months=18)
    assert said(reviewed("2021-09-30", QUIET, slow, MISSING))[:2] == ("AT_RISK", "2021-04-01")
    assert said(reviewed("2021-12-31", QUIET, slow, MISSING))[:2] == ("AT_RISK", "2021-04-01")


def test_missing_reports_weigh_where_the_archives_tell_nothing() -> None:
    rules = policy(reports_missing=2)
    found = reviewed("2021-05-31", QUIET, rules, MISSING, retrieved="2020-03-01")
    assert said(found)[:2] == ("AT_RISK", "2021-04-01")
    assert "by its traffic alone it would be unknown since 2 April 2020" in said(found)[2]
    assert reviewed("2021-03-31", QUIET, rules, MISSING, retrieved="2020-03-01").status.iloc[0][
        "status"
    ] == "UNKNOWN"  # fmt: skip


def test_breach_puts_at_risk_months_after_the_notice_while_the_case_is_open() -> None:
    rules, known = policy(noncompliant_months=3), records(
        observations=observed(("2022-01-10", "closed"))
    )  # fmt: skip
    open_case = {"dc-a": [Notice(day("2022-02-15"), day("2022-02-15"), None)]}
    for as_of, notices, expected in (
        ("2022-05-14", open_case, "ACTIVE"),
        ("2022-05-15", open_case, "AT_RISK"),
        ("2022-05-15", {}, "ACTIVE"),  # nobody told them
        ("2023-01-09", open_case, "AT_RISK"),
        ("2023-01-10", open_case, "ACTIVE"),  # what was seen a year ago holds no longer
    ):
        assert said(reviewed(as_of, LIVELY, rules, known, notices=notices))[0] == expected, as_of
    closed_case = {"dc-a": [Notice(day("2022-02-15"), day("2022-02-15"), day("2022-06-01"))]}
    on = {
        as_of: said(reviewed(as_of, LIVELY, rules, known, notices=closed_case))[:2]
        for as_of in ("2022-05-31", "2022-06-01")
    }
    assert on["2022-05-31"] == ("AT_RISK", "2022-05-15")
    assert on["2022-06-01"][0] == "ACTIVE"


def test_exemption_holds_a_risk_back_to_what_traffic_says() -> None:
    rules = policy(reports_missing=2)
    known = records(reports=submitted((2019, None), (2020, None)),
                    exemptions=[exempt("2021-06-01", "2021-12-31")])  # fmt: skip
    status, since, why = said(reviewed("2021-07-01", LIVELY, rules, known))
    assert (status, since) == ("ACTIVE", "2020-01-25")
    assert why.endswith(
        "; 2 annual reports overdue in a row; the policy allows 1; it would be at risk since "
        "1 April 2021, but is exempt from 1 June 2021 until 31 December 2021 by decision of "
        "chair (pause)."
    )
    status, since, why = said(reviewed("2021-07-01", QUIET, policy(), known))
    assert (status, since) == ("DORMANT", "2020-04-10")
    assert why.endswith(
        "; it would be at risk since 10 October 2020, but is exempt from 1 June 2021 until "
        "31 December 2021 by decision of chair (pause)."
    )
    assert why.startswith("Dormant since 10 April 2020: in the 3 months to 1 July 2021 it had no")
    unknown = reviewed("2021-07-01", QUIET, rules, known, retrieved="2020-03-01")
    assert said(unknown)[:2] == ("UNKNOWN", "2020-04-02")
    for as_of in ("2021-05-31", "2022-01-01"):
        assert said(reviewed(as_of, QUIET, rules, known))[:2] == ("AT_RISK", "2020-10-10")


def test_exemption_of_a_coalition_that_is_not_at_risk_is_said_and_changes_nothing() -> None:
    known = records(exemptions=[exempt("2020-05-01")])
    for messages, expected in ((QUIET, "DORMANT"), (LIVELY, "ACTIVE")):
        status, _, why = said(reviewed("2020-06-01", messages, policy(), known))
        assert status == expected
        assert why.endswith("; it is exempt from 1 May 2020 by decision of chair (pause).")


def test_attendance_delays_the_risk_where_the_policy_lets_it() -> None:
    known = records(attendance=[met("2020-08-01"), met("2020-09-09", present=0)])
    counts = policy(attendance_counts=True)
    assert said(reviewed("2020-12-31", QUIET, policy(), known))[:2] == ("AT_RISK", "2020-10-10")
    status, since, why = said(reviewed("2020-12-31", QUIET, counts, known))
    assert (status, since) == ("DORMANT", "2020-04-10")
    assert why.endswith(
        "; it would be at risk since 10 October 2020, but was present at the meeting of "
        "1 August 2020, from which its months are counted."
    )
    status, since, why = said(reviewed("2021-02-01", QUIET, counts, known))
    assert (status, since) == ("AT_RISK", "2021-02-01")
    assert why.startswith(
        "At risk since 1 February 2021, dormant since 10 April 2020 and 6 months after the "
        "meeting of 1 August 2020, at which it was present: in the 3 months to"
    )


def test_reasons_name_each_rule_that_was_tried_and_no_other() -> None:
    known = records(
        observations=observed(("2022-01-10", "closed")),
        reports=submitted((2019, None), (2020, None)),
        exemptions=[exempt("2021-06-01", "2021-12-31")],
    )
    notices = {"dc-a": [Notice(day("2022-02-15"), day("2022-02-15"), None)]}
    rules = policy(reports_missing=2, noncompliant_months=3)
    found = reviewed("2022-05-31", LIVELY, rules, known, notices=notices)
    told = found.reasons.set_index("rule")
    assert list(told.index) == sorted(told.index)
    rows = told[["value", "threshold", "met"]].astype(object).where(lambda f: f.notna(), None)
    assert rows.loc["noncompliant_months"].tolist() == [3, 3, True]
    assert told.loc["noncompliant_months", "evidence"] == "o0"
    assert rows.loc["reports_missing"].tolist() == [3, 2, True]
    assert rows.loc["exemption"].tolist() == [None, None, False]
    assert rows.loc["principle_archive"].tolist() == [None, None, False]
    assert told.loc["principle_archive", "evidence"] == "o0"
    assert rows.loc["principle_membership"].tolist() == [None, None, None]
    plain = set(reviewed("2022-05-31", LIVELY, policy(), records()).reasons["rule"])
    assert plain == {"active_messages", "active_participants", "new"}


def test_columns_stand_in_their_order_and_only_where_there_is_anything_of_the_kind() -> None:
    whole = records(observations=observed(("2022-01-10", "conditional")), reports=submitted(
        (2019, None), (2020, None), (2021, None)))  # fmt: skip
    status = reviewed("2022-03-31", LIVELY, policy(), whole).status
    assert list(status.columns[-6:]) == ["covered_until", "membership", "mailing_list", "archive",
                                         "reports_missing", "why"]  # fmt: skip
    told = status.iloc[0][["membership", "mailing_list", "archive", "reports_missing"]]
    assert told.tolist() == ["unknown", "unknown", "conditional", 2]
    assert status["reports_missing"].dtype == "Int64"
    assert list(reviewed("2022-03-31", LIVELY, policy(), records()).status.columns[-2:]) == [
        "covered_until", "why"
    ]  # fmt: skip


def test_traffic_and_reports_are_two_axes_that_may_disagree() -> None:
    on_time = records(reports=submitted((2019, "2020-03-02"), (2020, "2021-03-03")),
                      attendance=[met("2021-08-01")])  # fmt: skip
    dormant = "its traffic leaves it dormant since 10 April 2020"
    quiet = reviewed("2021-09-30", QUIET, policy(), on_time).disagreements
    assert quiet["axes"].tolist() == ["attendance, traffic", "reports, traffic"]
    assert quiet["what"].tolist() == [
        f"attending but silent: it was present at the meeting of 1 August 2021, and {dormant}",
        f"reported but silent: its report on 2020 came on 3 March 2021, and {dormant}",
    ]
    active = "its traffic makes it active since 25 January 2020"
    lively = reviewed("2021-04-01", LIVELY, policy(), MISSING).disagreements
    assert lively[["coalition", "axes"]].to_numpy().tolist() == [["dc-a", "reports, traffic"]]
    assert lively["what"].tolist() == [
        f"lively but report overdue: {active}, and 2 annual reports overdue in a row"
    ]
    lost = reviewed("2021-04-01", QUIET, policy(), records(), retrieved="2020-03-01")
    assert lost.disagreements.to_numpy().tolist() == [
        ["dc-a", "registry, traffic",
         "listed but unknown: the registry names it, and its archives end with 1 March 2020"],
    ]  # fmt: skip
    agreed = reviewed("2021-04-01", LIVELY, policy(), on_time).disagreements
    assert list(agreed.columns) == ["coalition", "axes", "what"]
    assert len(agreed) == 0


def explained(as_of: str, messages: pd.DataFrame, rules: Policy, known: Records) -> Explanation:
    return reviewed(as_of, messages, rules, known).explain("dc-a")


def test_explanation_says_what_ends_a_risk_that_rests_on_reports() -> None:
    found = explained("2021-04-01", LIVELY, policy(reports_missing=2), MISSING)
    assert found.way_back == (
        "Its traffic apart, it would be at risk no longer once its report on 2020 is in."
    )
    assert found.closeness.startswith("With any threshold one step")


def test_outlook_foresees_reports_that_fall_due_and_exemptions_that_end() -> None:
    known = records(
        reports=submitted((2019, None)), exemptions=[exempt("2020-03-01", "2020-11-30")]
    )
    found = explained("2020-05-01", QUIET, policy(reports_missing=1), known)
    assert found.status == "DORMANT"
    assert found.outlook == "If nothing more is written, it will be at risk from 1 December 2020."
    known, early = records(reports=submitted((2019, None))), LIVELY[LIVELY["date"] < "2020-04-01"]
    found = explained("2020-03-31", early, policy(reports_missing=1), known)
    assert found.outlook == "If nothing more is written, it will be at risk from 1 April 2020."


def test_explanation_shows_principles_reports_remarks_and_disagreements_in_every_form() -> None:
    known = records(
        observations=observed(("2021-01-10", "unreachable")),
        reports=submitted((2019, "2020-05-01"), (2020, None)),
        attendance=[met("2021-02-02", present=2)],
        statements=[{"coalition": "dc-a", "date": pd.Timestamp("2021-01-01"),
                     "expires": pd.Timestamp("2021-06-30"), "text": "We <moved> to a forum"}],
        exemptions=[exempt("2020-05-01")],
    )  # fmt: skip
    found = explained("2021-04-30", LIVELY, policy(), known)
    asides = {aside.heading: list(aside.lines) for aside in found.asides}
    assert asides["The three open principles"][0] == (
        "archive: no, a small fault. The archive was found out of reach on 10 January 2021 by a "
        "person who looked."
    )
    assert asides["Annual reports"] == [
        "on 2019: late on 1 May 2020, due by 31 March 2020.",
        "on 2020: overdue, due by 31 March 2021.",
    ]
    assert asides["Also on record"] == [
        "attendance of 2 February 2021: meeting 2021-02-02: 2 persons present",
        "exempt from 1 May 2020 by decision of chair (pause)",
        "statement of 1 January 2021, valid until 30 June 2021: We <moved> to a forum",
    ]
    assert len(asides["Where its axes disagree"]) == 1
    text = " ".join(explanation_text(found).split())
    markup = found._repr_html_()
    for line in (line for lines in asides.values() for line in lines):
        assert line in text
        assert line.replace("<", "&lt;").replace(">", "&gt;") in markup
    pack = json.loads(found.to_json())
    assert pack["beside"]["reports"][1] == {
        "coalition": "dc-a", "year": 2020, "due": "2021-03-31", "submitted": None,
        "state": "overdue", "in_a_row": 1, "url": None,
    }  # fmt: skip
    assert pack["beside"]["remarks"][1]["kind"] == "exemption"
    assert pack["disagreements"] == list(found.disagreements)
    later = explained("2021-07-01", LIVELY, policy(), known)
    assert "We <moved>" not in explanation_text(later)  # it has expired


def ends(first: dt.date, last: dt.date) -> Iterable[dt.date]:
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        year, month = divmod(number, 12)
        end = dt.date(year, month + 1, calendar.monthrange(year, month + 1)[1])
        if first <= end <= last:
            yield end


DAYS = st.dates(dt.date(2019, 6, 1), dt.date(2021, 6, 30))
SLUG = st.sampled_from(["dc-a", "dc-b"])


def moments(table: Table, **columns: st.SearchStrategy[Any]) -> st.SearchStrategy[pd.DataFrame]:
    row = st.fixed_dictionaries({"coalition": SLUG, **columns})
    return st.lists(row, max_size=4).map(lambda rows: filled(table, rows))


STAMPS = DAYS.map(pd.Timestamp)
OBSERVED = moments(
    OBSERVATIONS,
    id=st.sampled_from("abcdef"),
    principle=st.sampled_from(["archive", "membership"]),
    finding=st.sampled_from(["open", "closed", "closed", "unreachable"]),
    source=st.sampled_from(["person", "probe"]),
    seen=STAMPS,
)
REPORTED = moments(
    REPORTS, year=st.integers(2018, 2021), submitted=st.none() | STAMPS
).map(lambda frame: frame.drop_duplicates(["coalition", "year"]))  # fmt: skip
ATTENDED = moments(ATTENDANCE, meeting=st.just("1"), date=STAMPS, present=st.integers(0, 2))
EXEMPTED = moments(
    EXEMPTIONS, **{"from": STAMPS}, until=st.none() | STAMPS, reason=st.just("r"),
    decided_by=st.just("d")
)  # fmt: skip
SENT = st.tuples(SLUG, DAYS, st.integers(0, 90), st.none() | st.integers(1, 400))
HEADERS = st.lists(st.sampled_from(["NO", "<mailto:x@y.example>", None]), min_size=12, max_size=12)


def notices_of(sent: list[tuple[str, dt.date, int, int | None]]) -> dict[str, list[Notice]]:
    """Notices that follow each other, as a ledger has them."""
    told: dict[str, list[Notice]] = {}
    for slug, when, late, lasts in sorted(sent, key=lambda one: one[1]):
        mine = told.setdefault(slug, [])
        start = when + dt.timedelta(days=late)
        if mine and (mine[-1].end is None or mine[-1].end > when):
            continue
        end = None if lasts is None else start + dt.timedelta(days=lasts)
        mine.append(Notice(when, start, end))
    return told


@settings(max_examples=25, deadline=None)
@given(
    said=st.lists(st.tuples(SLUG, DAYS), max_size=12),
    posts=HEADERS,
    ended=st.none() | DAYS,
    recognised=st.none() | DAYS,
    covered=DAYS,
    observations=OBSERVED,
    reports=REPORTED,
    attendance=ATTENDED,
    exemptions=EXEMPTED,
    sent=st.lists(SENT, max_size=3),
    headers_suffice=st.booleans(),
    months=st.none() | st.integers(1, 5),
    missing=st.none() | st.integers(1, 2),
    attends=st.booleans(),
    dormant=st.integers(0, 5),
    valid=st.integers(1, 14),
)
@example(  # headers alone tell of a breach, for as long as the newest of them holds
    said=[
        ("dc-a", dt.date(2019, 6, 1)),
        ("dc-a", dt.date(2020, 3, 1)),
        ("dc-a", dt.date(2020, 9, 1)),
    ],
    posts=["NO"] * 12,
    ended=None,
    recognised=None,
    covered=dt.date(2021, 6, 30),
    observations=filled(OBSERVATIONS, []),
    reports=filled(REPORTS, []),
    attendance=filled(ATTENDANCE, [met("2020-05-01")]),
    exemptions=filled(EXEMPTIONS, []),
    sent=[("dc-a", dt.date(2019, 7, 1), 0, None)],
    headers_suffice=True,
    months=1,
    missing=None,
    attends=True,
    dormant=5,
    valid=12,
)
@example(  # a report is overdue long before the coalition ends
    said=[("dc-a", dt.date(2019, 6, 1))],
    posts=[None] * 12,
    ended=dt.date(2021, 5, 1),
    recognised=None,
    covered=dt.date(2021, 6, 30),
    observations=filled(OBSERVATIONS, []),
    reports=filled(REPORTS, submitted((2018, None))),
    attendance=filled(ATTENDANCE, [met("2019-12-01")]),
    exemptions=filled(EXEMPTIONS, [exempt("2020-06-01", "2020-07-30")]),
    sent=[],
    headers_suffice=False,
    months=None,
    missing=1,
    attends=True,
    dormant=5,
    valid=12,
)  # fmt: skip
def test_history_and_bands_equal_reviewing_day_by_day_with_all_that_is_on_record(
    said: list[tuple[str, dt.date]],
    posts: list[str | None],
    ended: dt.date | None,
    recognised: dt.date | None,
    covered: dt.date,
    observations: pd.DataFrame,
    reports: pd.DataFrame,
    attendance: pd.DataFrame,
    exemptions: pd.DataFrame,
    sent: list[tuple[str, dt.date, int, int | None]],
    headers_suffice: bool,
    months: int | None,
    missing: int | None,
    attends: bool,
    dormant: int,
    valid: int,
) -> None:
    when = [
        pd.Timestamp(one, tz="UTC") + pd.Timedelta(minutes=n) for n, (_, one) in enumerate(said)
    ]
    frame = pd.DataFrame(
        {
            "coalition": pd.Series([slug for slug, _ in said], dtype="str"),
            "date": pd.Series(when, dtype="datetime64[us, UTC]"),
            "message_id": pd.Series([f"m{n}@x" for n in range(len(said))], dtype="str"),
            "person": pd.Series(["p:a"] * len(said), dtype="str"),
            "list_fields": pd.Series(
                [post and json.dumps({"List-Post": post}) for post in posts[: len(said)]],
                dtype="str",
            ),
        }
    )
    rules = Policy.from_dict(
        {
            "name": "p",
            "active": {"window_months": 2, "min_messages": 2, "min_participants": 1,
                       "min_conversations": 0},
            "new": {"grace_months": 1},
            "at_risk": {"dormant_months": dormant, "attendance_counts": attends}
            | ({"noncompliant_months": months} if months else {})
            | ({"reports_missing": missing} if missing else {}),
            "principles": {"valid_months": valid, "headers_suffice": headers_suffice},
        }
    )  # fmt: skip
    if recognised and ended and ended < recognised:
        recognised, ended = ended, recognised
    registry = Registry.from_dict(
        {
            "coalition": [
                {"slug": "dc-a"} | ({"ended": str(ended)} if ended else {}),
                {"slug": "dc-b"} | ({"recognised": str(recognised)} if recognised else {}),
            ]
        }
    )
    coverage = covered_until(frame, registry, retrieved=str(covered), at_hand=["dc-a", "dc-b"])
    known = records()
    known = Records(
        observations, reports, attendance, known.statements, known.evidence, exemptions
    )
    dossier = Dossier(known, notices_of(sent), frame)
    events = events_of(frame)

    def asked(on: dt.date) -> Review:
        return review_events(
            events, registry, policy=rules, as_of=on, coverage=coverage, dossier=dossier
        )

    last = dt.date(2021, 6, 30)
    whole = asked(last)
    first = whole.history["month"].min() if len(whole.history) else "2021-06"
    expected: list[tuple[str, str, str]] = []
    spans = whole.bands
    for end in ends(day(f"{first}-01"), last):
        review = asked(end)
        for slug, verdict in review.verdicts.items():
            expected.append((slug, f"{end:%Y-%m}", verdict.status))
            row = review.status.set_index("coalition").loc[slug]
            if slug in set(spans["coalition"]):
                mine = spans[
                    (spans["coalition"] == slug)
                    & (spans["start"] <= pd.Timestamp(end))
                    & (spans["end"] > pd.Timestamp(end))
                ]
                assert mine["status"].tolist() == [row["status"]]
    told = [tuple(map(str, row)) for row in whole.history.itertuples(index=False)]
    assert told == sorted(expected)


@pytest.mark.parametrize("name", ["noncompliant_months", "reports_missing"])
def test_a_rule_that_is_not_set_is_not_tried(name: str) -> None:
    found = reviewed("2021-04-01", LIVELY, policy(), MISSING)
    assert name not in set(found.reasons["rule"])
