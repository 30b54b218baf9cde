"""All that is on record of a coalition, from the files beside the registry to every output."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, get_args

import openpyxl
import pandas as pd
import pytest
from pptx import Presentation

import dcactivity as dca
from dcactivity.assess import Assessment, assess
from dcactivity.cases.audience import public_assessment
from dcactivity.cases.events import Event
from dcactivity.cases.tables import notice_spans, notices
from dcactivity.context import PartName
from dcactivity.errors import MissingError
from dcactivity.messages.read import opened
from dcactivity.policy import Policy
from tests.command_line import run
from tests.test_cases_commands import DAY, LONG_AGO, OBSERVATIONS, SLUGS, mbox, registry

WRITERS = ("ann", "bob", "cai")
BUSY = [
    (f"{when:%Y-%m-%d}", WRITERS[number % 3])
    for number, when in enumerate(pd.date_range("2021-05-10", "2022-03-10", freq="30D"))
]
"""Eleven messages, each of which answers the one before."""

RULES = """
[active]
min_messages = 2
min_participants = 2
[at_risk]
noncompliant_months = 2
reports_missing = 1
attendance_counts = true
[process]
early_notice_risk = 0.05
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A busy coalition, two silent ones, one whose archive is lost, one that ended."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "coalitions.toml").write_text(registry())
    for slug in SLUGS:
        spoken = BUSY if slug == "dc-busy" else LONG_AGO
        text = mbox(*spoken).replace("@x.example", f"@{slug}.example")
        (folder / f"{slug}.mbox").write_text(text)
    (folder / "rules.toml").write_text(RULES)
    return folder


def status(source: Path, on: str = DAY, *, policy: str | None = None) -> dict[str, dict[str, Any]]:
    rules = ("--policy", policy or source / "rules.toml")
    rows = run("status", source, "--as-of", on, *rules, "--json", "--quiet").rows
    return {row["coalition"]: row for row in rows}


def test_what_lies_beside_the_registry_is_in_the_table_of_verdicts(source: Path) -> None:
    plain = status(source)["dc-busy"]
    assert list(plain)[-2:] == ["silence_risk", "why"]  # nothing else is on record
    (source / "observations.csv").write_text(
        f"{OBSERVATIONS}o1,dc-busy,,membership,conditional,2022-02-01,person,from 18 on,,\n"
    )
    (source / "reports.csv").write_text(
        "coalition,year,submitted\ndc-busy,2019,2020-03-01\ndc-busy,2020,\ndc-gone,2020,2021-02-01\n"
    )
    told = status(source)
    assert list(told["dc-busy"])[-7:] == [
        "covered_until", "silence_risk", "membership", "mailing_list", "archive",
        "reports_missing", "why",
    ]  # fmt: skip
    assert told["dc-busy"]["membership"] == "conditional"
    assert told["dc-busy"]["reports_missing"] == 1
    assert told["dc-gone"]["reports_missing"] == 0
    assert (told["dc-busy"]["status"], told["dc-busy"]["since"]) == ("AT_RISK", "2021-04-01")
    assert told["dc-busy"]["why"].startswith(
        "At risk since 1 April 2021: 1 annual report overdue in a row; the policy allows none; by "
        "its traffic alone it would be active since "
    )
    assert told["dc-lost"]["status"] == "AT_RISK"  # it owes reports, whatever its archive tells
    assert told["dc-lost"]["silence_risk"] is None
    assert status(source, policy="draft-2022")["dc-busy"]["status"] == "ACTIVE"
    review = dca.review(source, policy=source / "rules.toml", as_of=DAY)
    assert dict(zip(review.status["coalition"], review.status["why"], strict=True)) == {
        slug: row["why"] for slug, row in told.items()
    }


def test_a_breach_counts_from_the_notice_in_the_ledger(source: Path) -> None:
    (source / "observations.csv").write_text(
        f"{OBSERVATIONS}o1,dc-busy,,membership,closed,2021-12-01,person,,,\n"
    )
    rules = source / "rules.toml"
    at = ("--ledger", source / "cases.sqlite")
    assert status(source)["dc-busy"]["status"] == "ACTIVE"
    run("cases", "open", source, "dc-busy", "--as-of", "2022-01-25", "--policy", rules, "--quiet")
    run("cases", "record", "dc-busy", "notice_sent", "--on", "2022-01-28", *at)
    assert status(source, "2022-03-27")["dc-busy"]["status"] == "ACTIVE"
    row = status(source, "2022-03-28")["dc-busy"]
    assert (row["status"], row["since"]) == ("AT_RISK", "2022-03-28")
    assert (
        "membership found closed, for 2 months since the notice of 28 January 2022" in row["why"]
    )
    # The ground of the case is the breach, and no silence: its traffic is lively.
    proposed = run("cases", "propose", source, "--as-of", DAY, "--policy", rules, "--json").rows
    assert "dc-busy" not in {row["coalition"] for row in proposed}
    run("cases", "record", "dc-busy", "closed", "--on", "2022-03-30", "--note", "asked again", *at)
    assert status(source, "2022-03-29")["dc-busy"]["status"] == "AT_RISK"
    assert status(source, "2022-03-30")["dc-busy"]["status"] == "ACTIVE"


def test_history_of_a_report_is_what_status_says_month_by_month(source: Path) -> None:
    (source / "reports.csv").write_text(
        "coalition,year,submitted\ndc-busy,2020,2021-09-09\ndc-gone,2020,2021-03-01\n"
    )
    (source / "exemptions.csv").write_text(
        "coalition,from,until,reason,decided_by\ndc-quiet,2021-06-15,2021-12-15,pause,chair\n"
    )
    (source / "attendance.csv").write_text(
        "meeting,date,coalition,present,apologies\n60,2021-05-05,dc-gone,1,0\n"
    )
    out = source.parent / "out"
    run("report", source, "--policy", source / "rules.toml", "--as-of", DAY, "--out", out, "-q")
    history = pd.read_csv(out / "history.csv")
    seen = set()
    for end in pd.date_range("2021-03-31", DAY, freq="ME"):
        month = history[history["month"] == f"{end:%Y-%m}"]
        told = dict(zip(month["coalition"], month["status"], strict=True))
        asked = {slug: row["status"] for slug, row in status(source, f"{end:%Y-%m-%d}").items()}
        assert told == asked
        seen |= set(told.items())
    assert {("dc-busy", "AT_RISK"), ("dc-busy", "ACTIVE"), ("dc-gone", "DORMANT"),
            ("dc-gone", "AT_RISK"), ("dc-quiet", "DORMANT"), ("dc-quiet", "AT_RISK"),
            ("dc-lost", "UNKNOWN")} <= seen  # fmt: skip


def remember(source: Path) -> None:
    (source / "statements.csv").write_text(
        "coalition,date,expires,text,url\n"
        "dc-gone,2022-03-01,2022-04-15,We moved to another channel,https://x.example\n"
    )
    (source / "attendance.csv").write_text(
        "meeting,date,coalition,present,apologies\n60,2021-11-05,dc-gone,2,0\n"
    )


def test_remarks_and_disagreements_stand_below_the_table_and_in_explanation_and_report(
    source: Path,
) -> None:
    remember(source)
    line = "statement of 1 March 2022, valid until 15 April 2022: We moved to another channel"
    out = run("status", source, "--as-of", DAY, "--quiet").out
    assert f"dc-gone: {line} (https://x.example)" in out
    assert "dc-gone: attendance of 5 November 2021: meeting 60: 2 persons present" in out
    assert "dc-gone: attending but silent: it was present at the meeting of 5 November" in out
    assert "dc-lost: listed but unknown: the registry names it, and its archives end" in out
    assert line not in run("status", source, "--as-of", "2022-04-16", "--quiet").out
    said = " ".join(run("explain", source, "dc-gone", "--as-of", DAY, "--quiet").out.split())
    assert line in said
    assert "Attending but silent: it was present" in said
    assert "An estimate, which decides nothing Estimate as of 31 March 2022, from the" in said
    pack = json.loads(run("explain", source, "dc-gone", "--as-of", DAY, "--export", "-", "-q").out)
    assert [row["kind"] for row in pack["beside"]["remarks"]] == ["attendance", "statement"]
    assert pack["beside"]["forecast"][0]["why"].startswith("Estimate as of 31 March 2022")
    folder = source.parent / "out"
    run("report", source, "--as-of", DAY, "--out", folder, "--quiet")
    assert (
        pd.read_csv(folder / "remarks.csv")["text"].tolist()[-1] == "We moved to another channel"
    )
    page = (folder / "index.html").read_text()
    assert "We moved to another channel" in page
    assert "attending but silent: it was present" in page
    assert "<p>Estimate as of 31 March 2022, from the months to March 2022: " in page
    # Where nothing is on record any more, no file of before is left.
    (source / "statements.csv").unlink()
    (source / "attendance.csv").unlink()
    run("report", source, "--as-of", DAY, "--out", folder, "--quiet")
    assert not (folder / "remarks.csv").exists()


def test_estimate_has_its_interval_date_and_reasons_and_is_none_after_the_archives_end(
    source: Path,
) -> None:
    told = status(source)
    assert 0 < told["dc-busy"]["silence_risk"] < told["dc-gone"]["silence_risk"] < 1
    assert told["dc-lost"]["silence_risk"] is None
    out = run("status", source, "--as-of", DAY, "--quiet").out
    assert "silence (estimate)" in out
    why = " ".join(run("explain", source, "dc-busy", "--as-of", DAY, "-q").out.split())
    assert "95 % interval" in why
    assert "What weighs most: " in why


def test_early_word_gives_the_estimate_with_interval_and_reasons(source: Path) -> None:
    (source / "dc-busy.mbox").write_text(mbox(*BUSY[:-4]))  # silent for nearly five months
    rules = ("--policy", source / "rules.toml")
    rows = run("cases", "propose", source, "--as-of", DAY, *rules, "--json", "--quiet").rows
    (row,) = [row for row in rows if row["coalition"] == "dc-busy"]
    assert (row["step"], row["letter"], row["ground"]) == ("early word", "silence", None)
    assert row["why"].startswith("Estimate as of 31 March 2022, from the months to March 2022: ")
    assert "95 % interval" in row["why"]
    assert row["why"].endswith("The policy asks for an early word from 5% on.")
    rows = run("cases", "propose", source, "--as-of", DAY, "--json", "--quiet").rows
    assert "early word" not in {row["step"] for row in rows}


def test_risk_of_a_new_or_unknown_coalition_by_missing_reports_is_no_silence(source: Path) -> None:
    (source / "reports.csv").write_text("coalition,year,submitted\ndc-busy,2020,\ndc-lost,2020,\n")
    rows = run("cases", "propose", source, "--as-of", DAY, "--policy", source / "rules.toml",
               "--json", "--quiet").rows  # fmt: skip
    grounds = {row["coalition"]: row["ground"] for row in rows}
    assert grounds["dc-busy"] == grounds["dc-lost"] == "missing-report"
    assert grounds["dc-gone"] == grounds["dc-quiet"] == "silence"


def test_record_that_is_wrong_is_named_with_its_line(source: Path) -> None:
    (source / "reports.csv").write_text("coalition,year,submitted\ndc-busy,soon,\n")
    said = run("status", source, "--as-of", DAY, code=1).err
    assert 'reports.csv: line 2, year: found the text "soon"' in said


STEPS = [
    ("opened", "2022-01-01", "breach"),
    ("notice_sent", "2022-01-10", None),
    ("remedied", "2022-02-01", None),
    ("closed", "2022-02-05", None),
    ("opened", "2022-03-01", "silence"),
    ("notice_sent", "2022-03-02", None),
    ("closed", "2022-04-01", None),
    ("opened", "2022-04-01", "small-fault"),
    ("notice_sent", "2022-04-01", None),
    ("reply", "2022-04-09", None),
]


def test_spans_of_notices_are_what_asking_day_by_day_gives() -> None:
    events, case = [], 0
    for number, (name, on, ground) in enumerate(STEPS, 1):
        case += name == "opened"
        when = pd.Timestamp(on).date()
        events.append(Event(number, case, "dc-a", when, name, ground=ground, note="x"))
    spans = notice_spans(events)
    assert list(spans) == ["dc-a"]
    for moment in pd.date_range("2021-12-25", "2022-05-01"):
        day = moment.date()
        told = [one.sent for one in spans["dc-a"]
                if one.start <= day and (one.end is None or day < one.end)]  # fmt: skip
        assert told == list(notices(events, as_of=day).values())


def assessed(source: Path) -> Assessment:
    with opened(source) as found:
        return assess(found, policy=Policy.load("draft-2022"), as_of=DAY)


def test_public_assessment_says_nothing_of_those_hidden(source: Path) -> None:
    remember(source)
    whole = assessed(source)
    public = public_assessment(whole, {"dc-gone", "dc-unheard-of"})
    assert (public.audience, public.under_review) == ("public", {"dc-gone"})
    review = public.review
    row = review.status.set_index("coalition").loc["dc-gone"]
    assert row["status"] == "under review"
    assert row.drop(["name", "status", "why"]).isna().all()
    tables = [
        getattr(review, name) for name in ("reasons", "history", "bands", "rhythm", "coverage")
    ]
    tables += [public.monthly, public.archives, review.disagreements]
    tables += [frame for name in get_args(PartName)
               if (frame := getattr(review.context, name)) is not None]  # fmt: skip
    tables += [getattr(public.records, f.name) for f in dataclasses.fields(public.records)]
    for table in tables:
        assert "dc-gone" not in set(table["coalition"])
    place = public.events.slugs.index("dc-gone")
    assert not (public.events.coalition == place).any()
    assert len(review.subjects["dc-gone"].at_hand) == 0
    with pytest.raises(MissingError, match="no verdict on a coalition 'dc-gone'"):
        review.explain("dc-gone")
    kept = [row for row in public.rows if row["coalition"] == "dc-gone"]
    assert [sorted(row) for row in kept] == [["archive", "coalition", "digest", "list"]]
    # Of all others, everything, and the Secretariat's own stays as it was.
    others = whole.review.status["coalition"] != "dc-gone"
    pd.testing.assert_frame_equal(
        review.status[others].astype({"status": "str"}),
        whole.review.status[others].astype({"status": "str"}),
    )
    assert whole.audience == "secretariat"
    assert public_assessment(whole, set()).review.reasons.equals(whole.review.reasons)


def test_report_for_the_public_hides_an_open_case_in_every_file(source: Path) -> None:
    remember(source)
    former, out = source.parent / "former", source.parent / "public"
    ledger = source.parent / "elsewhere.sqlite"
    run("report", source, "--as-of", "2021-12-31", "--out", former, "--quiet")
    said = run("report", source, "--as-of", DAY, "--out", out, "--audience", "public").err
    assert "1 unknown" in said
    assert "under review" not in said
    run("cases", "open", source, "dc-gone", "--as-of", DAY, "--ledger", ledger, "--quiet")
    done = run("report", source, "--as-of", DAY, "--out", out, "--audience", "public",
               "--ledger", ledger, "--since", former)  # fmt: skip
    assert "1 under review" in done.err
    assert "dc-gone" not in done.out
    rows = pd.read_csv(out / "status.csv").set_index("coalition")
    assert rows.loc["dc-gone", "status"] == "under review"
    for path in out.rglob("*"):
        if path.suffix in {".csv", ".html", ".svg"} and path.name != "status.csv":
            text = path.read_text(encoding="utf-8")
            named = "Under review: <bdi>Coalition dc-gone</bdi>." if path.suffix == ".html" else ""
            assert text.count("dc-gone") == text.count(named) * bool(named), path
            assert "We moved" not in text, path
    book = openpyxl.load_workbook(out / "report.xlsx")
    cells = [str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line]
    assert [text for text in cells if "dc-gone" in text] == ["dc-gone", "Coalition dc-gone"]
    deck = Presentation(str(out / "slides.pptx"))
    texts = [shape.text_frame.text for slide in deck.slides for shape in slide.shapes
             if shape.has_text_frame]  # fmt: skip
    assert [text for text in texts if "dc-gone" in text] == ["Coalition dc-gone"]
    record = json.loads((out / "run.json").read_text())
    assert record["under_review"] == ["dc-gone"]
    assert {"dc-gone"} <= {row["coalition"] for row in record["archives"]}
    secret = source.parent / "secret"
    run("report", source, "--as-of", DAY, "--out", secret, "--ledger", ledger, "--quiet")
    assert pd.read_csv(secret / "status.csv").set_index("coalition").loc[
        "dc-gone", "status"] == "AT_RISK"  # fmt: skip
    assert json.loads((secret / "run.json").read_text())["under_review"] == []
    run("report", source, "--out", out, "--audience", "press", code=2)


def test_public_names_are_those_that_are_documented() -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "python.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| `")]
    documented = [name.strip("`").removeprefix("dca.") for name in rows]
    assert documented == [name for name in dca.__all__ if name != "__version__"]
    assert dca.__all__ == sorted(dca.__all__)
    for name in documented:
        assert getattr(dca, name).__doc__, name
    assert set(dir(dca)) == set(dca.__all__)
