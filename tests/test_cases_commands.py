"""Which cases are called for, and the commands that keep the ledger."""

from __future__ import annotations

import dataclasses
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

import dcactivity as dca
from dcactivity.cases.evidence import evidence_digest
from dcactivity.cases.ledger import read_events
from dcactivity.cases.proposals import propose
from dcactivity.cases.survey import Survey, survey
from dcactivity.messages.read import opened
from dcactivity.policy import Policy
from tests.command_line import run

DAY = "2022-03-31"
OBSERVATIONS = "id,coalition,list,principle,finding,seen,source,detail,url,digest\n"
SLUGS = ("dc-busy", "dc-ended", "dc-gone", "dc-lost", "dc-quiet")


def mbox(slug: str, *mails: tuple[str, str]) -> str:
    """Messages that answer each other, each with its day and its writer."""
    return "".join(
        f"From {who}@x.example {pd.Timestamp(day):%a %b %d} 10:00:00 {day[:4]}\n"
        f"From: {who}@x.example\nDate: {pd.Timestamp(day):%a, %d %b %Y} 10:00:00 +0000\n"
        f"Message-ID: <{n}-{who}@{slug}.example>\nSubject: Re: plan\n"
        + (f"In-Reply-To: <{n - 1}-{mails[n - 1][1]}@{slug}.example>\n" if n else "")
        + "\nWhat do you think?\n\n"
        for n, (day, who) in enumerate(mails)
    )


BUSY = [("2022-01-10", "ann"), ("2022-01-20", "bob"), ("2022-02-10", "cai"), ("2022-03-01", "ann")]
LONG_AGO = [("2018-01-10", "ann"), ("2018-02-10", "bob")]


def registry(retrieved: str = DAY) -> str:
    return '[body]\nname = "Forum"\n' + "".join(
        f'[[coalition]]\nslug = "{slug}"\nname = "Coalition {slug}"\nrecognised = 2015-01-01\n'
        + ('ended = 2021-12-31\nsuccessor = "dc-busy"\n' if slug == "dc-ended" else "")
        + f'[[coalition.list]]\naddress = "{slug}@lists.example"\narchives = ["{slug}.mbox"]\n'
        + f"retrieved = {'2020-01-31' if slug == 'dc-lost' else retrieved}\n"
        for slug in SLUGS
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "coalitions.toml").write_text(registry())
    for slug in SLUGS:
        (folder / f"{slug}.mbox").write_text(
            mbox(slug, *(BUSY if slug == "dc-busy" else LONG_AGO))
        )
    return folder


def found(source: Path, *, as_of: str = DAY, **policy: dict[str, object]) -> Survey:
    rules = Policy.from_dict({"name": "p", **policy})
    with opened(source) as at_hand:
        return survey(at_hand, policy=rules, as_of=as_of, ledger=source / "cases.sqlite")


def proposed(survey_: Survey) -> list[tuple[str, str, str | None, str | None]]:
    rows = propose(survey_).astype(object).where(lambda frame: frame.notna(), None)
    return [(r["coalition"], r["step"], r["ground"], r["letter"]) for r in rows.to_dict("records")]


def test_silence_is_proposed_where_the_archives_prove_it(source: Path) -> None:
    assert proposed(found(source)) == [
        ("dc-gone", "open", "silence", "first-notice"),
        ("dc-quiet", "open", "silence", "first-notice"),
    ]


def test_graver_ground_goes_before_and_small_ones_are_told_from_breaches(source: Path) -> None:
    (source / "observations.csv").write_text(
        f"{OBSERVATIONS}o1,dc-gone,,membership,closed,2022-02-01,person,,,\n"
        "o2,dc-busy,,archive,unreachable,2022-02-01,person,,,\n"
    )
    (source / "reports.csv").write_text(
        "coalition,year,submitted\ndc-busy,2020,2021-03-01\ndc-gone,2020,2021-03-01\n"
        "dc-quiet,2020,2021-03-01\ndc-lost,2020,\n"
    )
    assert proposed(found(source)) == [
        ("dc-busy", "open", "small-fault", "small-fault"),
        ("dc-gone", "open", "breach", "breach"),
        ("dc-lost", "open", "missing-report", "missing-report"),
        ("dc-quiet", "open", "silence", "first-notice"),
    ]


def test_exempt_and_ended_coalitions_are_not_pursued(source: Path) -> None:
    (source / "exemptions.csv").write_text(
        "coalition,from,until,reason,decided_by\ndc-gone,2022-01-01,,pause,chair\n"
    )
    assert [row[0] for row in proposed(found(source))] == ["dc-quiet"]
    said = run("cases", "open", source, "dc-gone", code=1).err
    assert "exempt from 1 January 2022 by decision of chair (pause): it is not pursued" in said
    said = run("cases", "open", source, "dc-ended", code=1).err
    assert "ended on 31 December 2021, followed by dc-busy: it is not pursued" in said
    said = run("cases", "open", source, "dc-lost", code=1).err
    assert "calls for no case" in said
    assert "there is no coalition" in run("cases", "open", source, "dc-x", code=1).err
    assert not (source / "cases.sqlite").exists()


def test_open_case_of_an_exempt_or_ended_coalition_is_proposed_for_closing(source: Path) -> None:
    for slug in ("dc-gone", "dc-quiet"):
        run("cases", "open", source, slug)
    (source / "exemptions.csv").write_text(
        "coalition,from,until,reason,decided_by\ndc-gone,2022-01-01,,pause,chair\n"
    )
    text = (source / "coalitions.toml").read_text()
    marked = text.replace('slug = "dc-quiet"\n', 'slug = "dc-quiet"\nended = 2022-03-01\n')
    (source / "coalitions.toml").write_text(marked)
    assert proposed(found(source)) == [
        ("dc-gone", "close", "silence", None),
        ("dc-quiet", "close", "silence", None),
    ]


def test_breach_that_is_mended_is_proposed_as_remedied(source: Path) -> None:
    closed = f"{OBSERVATIONS}o1,dc-busy,,membership,closed,2022-02-01,person,,,\n"
    (source / "observations.csv").write_text(closed)
    run("cases", "open", source, "dc-busy")
    assert proposed(found(source))[0][0] != "dc-busy"  # nothing new
    # That a finding expired mends nothing.
    later = found(source, as_of="2023-03-01")
    assert "dc-busy" not in {slug for slug, step, *_ in proposed(later) if step == "remedied"}
    (source / "observations.csv").write_text(
        f"{closed}o2,dc-busy,,membership,conditional,2022-05-01,person,on request,,\n"
    )
    assert ("dc-busy", "remedied", "breach", None) in proposed(found(source, as_of="2022-05-02"))


def test_report_that_came_is_proposed_as_remedied(source: Path) -> None:
    reports = source / "reports.csv"
    others = "".join(f"{slug},2020,2021-01-01\n" for slug in SLUGS if slug != "dc-busy")
    reports.write_text(f"coalition,year,submitted\ndc-busy,2020,\n{others}")
    run("cases", "open", source, "dc-busy")
    assert read_events(source / "cases.sqlite")[0].ground == "missing-report"
    reports.write_text(f"coalition,year,submitted\ndc-busy,2020,2022-03-30\n{others}")
    assert ("dc-busy", "remedied", "missing-report", None) in proposed(found(source))


def test_risk_that_rests_on_another_rule_is_no_silence(source: Path) -> None:
    base = found(source)
    status = base.review.status.assign(more_columns="x")
    at_risk = status["coalition"] == "dc-busy"
    status["status"] = status["status"].astype("str").where(~at_risk, "AT_RISK")
    review = dataclasses.replace(base.review, status=status)
    assessment = dataclasses.replace(base.assessment, review=review)
    other = dataclasses.replace(base, assessment=assessment)
    assert [row[0] for row in proposed(other)] == ["dc-gone", "dc-quiet"]


def test_early_word_where_the_policy_asks_for_it(source: Path) -> None:
    base = found(source, process={"early_notice_risk": 0.6})
    for risk, steps in ((0.59, []), (0.6, [("dc-busy", "early word", None, "silence")])):
        status = base.review.status.assign(silence_risk=risk)
        review = dataclasses.replace(base.review, status=status)
        assessment = dataclasses.replace(base.assessment, review=review)
        other = dataclasses.replace(base, assessment=assessment)
        assert [row for row in proposed(other) if row[0] == "dc-busy"] == steps


def test_case_bears_the_digests_of_its_evidence_and_policy_and_its_terms(source: Path) -> None:
    (source / "mine.toml").write_text("[process]\nnotice_days = 20\nreminder_days = [10, 99]\n")
    done = run("cases", "open", source, "dc-gone", "--policy", source / "mine.toml",
               "--on", "2022-04-05", "--by", "chair")  # fmt: skip
    assert "dc-gone: opened on 2022-04-05" in done.err
    (event,) = read_events(source / "cases.sqlite")
    review = dca.review(source, policy=source / "mine.toml", as_of=DAY)
    assert event.evidence == evidence_digest(review, "dc-gone")
    assert event.policy_digest == review.policy.digest
    assert event.terms == (
        '{"appeal_days":30,"business_days":false,"notice_days":20,"reminder_days":[10]}'
    )
    assert (event.as_of, event.role, event.policy) == (review.as_of, "chair", "mine")
    assert event.note == review.status.set_index("coalition").loc["dc-gone", "why"]
    # The terms are those of the day on which it was opened.
    at = ("--ledger", source / "cases.sqlite")
    run("cases", "record", "dc-gone", "notice_sent", "--on", "2022-04-06", *at)
    (row,) = run("cases", "list", "--json", *at).rows
    assert (row["deadline"], row["days_left"]) == ("2022-04-26", 20)


def test_coalitions_own_word_stands_beside_what_is_proposed_until_it_expires(
    source: Path,
) -> None:
    (source / "statements.csv").write_text(
        "coalition,date,expires,text,url\n"
        "dc-gone,2022-03-01,2022-04-15,We moved to another channel,https://x.example\n"
    )
    rows = propose(found(source)).set_index("coalition")
    assert rows.loc["dc-gone", "beside"] == (
        "statement of 1 March 2022, valid until 15 April 2022: We moved to another channel "
        "(https://x.example)"
    )
    assert rows.loc["dc-gone", "step"] == "open"  # it changes no figure and no verdict
    assert pd.isna(rows.loc["dc-quiet", "beside"])
    assert "statement of 1 March 2022" in run("principles", source, "--as-of", DAY).out
    later = propose(found(source, as_of="2022-04-16")).set_index("coalition")
    assert pd.isna(later.loc["dc-gone", "beside"])


def test_role_is_no_address(source: Path) -> None:
    done = run("cases", "open", source, "dc-gone", "--by", "ann@x.example", code=1)
    assert "an address is no role" in done.err


def test_record_refuses_in_one_line(source: Path) -> None:
    ledger = source / "cases.sqlite"
    said = run("cases", "record", "dc-gone", "reply", "--on", DAY, "--ledger", ledger, code=1).err
    assert "there is no ledger" in said
    assert not ledger.exists()
    run("cases", "open", source, "dc-gone")
    for event, on, text in (
        ("opened", DAY, "use: cases open SOURCE"),
        ("notice_send", DAY, "did you mean notice_sent?"),
        ("revoked", "2022-04-02", "nothing was recommended"),
        ("notice_sent", "2022-03-30", "is earlier than the case's event"),
    ):
        done = run("cases", "record", "dc-gone", event, "--on", on, "--ledger", ledger, code=1)
        assert text in done.err
        assert done.err.count("\n") == 1
    run("cases", "record", "dc-gone", "notice_sent", "--on", "soon", "--ledger", ledger, code=2)
    run("cases", "record", "dc-gone", "notice_sent", "--ledger", ledger, code=2)
    ahead = run("cases", "record", "dc-gone", "notice_sent", "--on", "2999-01-01",
                "--ledger", ledger)  # fmt: skip
    assert "ahead of this machine's clock" in ahead.err


def test_verify_ends_with_1_where_a_row_was_changed(source: Path) -> None:
    ledger = source / "cases.sqlite"
    run("cases", "open", source, "dc-gone")
    head = run("cases", "verify", "--ledger", ledger).out.split()[-1]
    assert run("cases", "verify", "--ledger", ledger, "--head", head).out.startswith("1 events")
    assert (
        "no row bears"
        in run("cases", "verify", "--ledger", ledger, "--head", "0" * 64, code=1).err
    )
    database = sqlite3.connect(ledger)
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        database.execute(f"DROP TRIGGER {name}")
    database.execute("UPDATE ledger SET note = 'another'")
    database.commit()
    database.close()
    assert (
        "row 1: was changed after it was written"
        in run("cases", "verify", "--ledger", ledger, code=1).err
    )


def test_export_and_list_as_json_and_csv(source: Path, tmp_path: Path) -> None:
    at = ("--ledger", source / "cases.sqlite")
    run("cases", "open", source, "dc-gone", "--note", "=SUM(1)")
    assert "'=SUM(1)" in run("cases", "export", *at).out
    assert run("cases", "export", "--json", *at).rows[0]["note"] == "=SUM(1)"
    run("cases", "export", "--out", tmp_path / "e.csv", *at)
    assert (tmp_path / "e.csv").read_text() == run("cases", "export", *at).out
    assert "as of 2022-03-31, the newest event" in run("cases", "list", *at).err
    assert run("cases", "list", "--as-of", "2022-03-30", "--json", *at).rows == []


def test_principles_command_shows_verdicts_and_hints(source: Path) -> None:
    (source / "observations.csv").write_text(
        f"{OBSERVATIONS}o1,dc-busy,,membership,conditional,2022-02-01,person,from 18 on,,\n"
    )
    rows = run("principles", source, "--as-of", DAY, "--json").rows
    mine = {row["principle"]: row for row in rows if row["coalition"] == "dc-busy"}
    assert mine["membership"]["verdict"] == "conditional"
    assert mine["membership"]["condition"] == "from 18 on"
    assert mine["archive"]["verdict"] == "unknown"
    assert "dc-ended" not in {row["coalition"] for row in rows}
    out = run("principles", source).out
    assert "Membership was found open under a condition on 1 February 2022" in out
