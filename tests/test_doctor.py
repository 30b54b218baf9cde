from __future__ import annotations

import calendar
import csv
import random
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from dcactivity.assess import assess
from dcactivity.doctor import diagnose
from dcactivity.doctor.crowds import mass_mailings, moved_lists
from dcactivity.doctor.findings import Finding
from dcactivity.doctor.gaps import missing_months, missing_parents, outages
from dcactivity.doctor.ledger import archive_findings, coverage_findings, registry_findings
from dcactivity.doctor.series import Series, series_of
from dcactivity.events import events_of
from dcactivity.messages.read import opened
from dcactivity.policy import Policy
from dcactivity.registry import Registry

TOOLS = Path(__file__).resolve().parents[2] / "shared" / "tools"
MONTH = re.compile(r"(?:old-)?(\d{4})-([A-Z][a-z]+)\.")


def lived(
    slug: str, months: dict[str, int], *, robot: bool = False, who: str = "p"
) -> pd.DataFrame:
    """So many messages in each month, and one by a robot in each of them where there is one."""
    rows = [
        (slug, f"{month}-{1 + i % 28:02d}", f"{who}:{i % 5}", None)
        for month, count in months.items()
        for i in range(count)
    ]
    rows += [(slug, f"{month}-01", None, "list-admin") for month in months if robot]
    frame = pd.DataFrame(rows, columns=["coalition", "date", "person", "automated"])
    return frame.assign(date=pd.to_datetime(frame["date"], utc=True))


def series(*frames: pd.DataFrame) -> list[Series]:
    return series_of(events_of(pd.concat(frames, ignore_index=True)))


def year(count: int, *without: str, of: int = 2020) -> dict[str, int]:
    names = [f"{of}-{month:02d}" for month in range(1, 13)]
    return {name: count for name in names if name not in without}


def found(findings: object) -> list[tuple[str, str, str]]:
    assert hasattr(findings, "__iter__")
    return [(one.coalition, one.finding, one.period) for one in findings]


def test_an_empty_month_between_busy_ones_is_missing() -> None:
    busy = series(lived("dc-a", year(10, "2020-06")))
    assert found(missing_months(busy, frozenset())) == [("dc-a", "missing months", "2020-06")]


def test_an_empty_month_between_quiet_ones_is_a_silence() -> None:
    quiet = series(lived("dc-a", year(2, "2020-06")))
    assert found(missing_months(quiet, frozenset())) == []


def test_a_long_gap_is_a_silence() -> None:
    gap = [f"2020-{month:02d}" for month in (5, 6, 7, 8)]
    assert found(missing_months(series(lived("dc-a", year(10, *gap))), frozenset())) == []


def test_a_robot_that_writes_each_month_but_one_betrays_it() -> None:
    quiet = series(lived("dc-a", year(1, "2020-06", "2020-07"), robot=True))
    assert found(missing_months(quiet, frozenset())) == [
        ("dc-a", "missing months", "2020-06 to 2020-07")
    ]


def test_answers_to_what_is_not_at_hand_speak_for_a_missing_month() -> None:
    frame = lived("dc-a", year(3, "2020-06"))
    july = frame["date"].dt.month == 7
    lost = frame.assign(orphan=july & (frame.groupby(july).cumcount() < 2))
    assert found(missing_months(series(frame), frozenset())) == []
    assert found(missing_months(series(lost), frozenset())) == [
        ("dc-a", "missing months", "2020-06")
    ]


def test_lists_of_a_host_that_are_silent_at_once_are_an_outage() -> None:
    four = [lived(f"dc-{x}", year(9, "2020-06"), who=x) for x in "abc"]
    other = lived("dc-z", year(9), who="z")
    hosts = {"dc-a": "one.example", "dc-b": "one.example", "dc-c": "one.example", "dc-z": "two"}
    lists = series(*four, other)
    down, explained = outages(lists, hosts)
    assert found(down) == [("", "outage", "2020-06")]
    # The months are told of once, and not as missing from each archive.
    assert found(missing_months(lists, explained)) == []
    alive, _ = outages(series(*four[:2], other), hosts)
    assert alive == []


def test_a_notice_to_all_quiet_lists_is_a_mass_mailing() -> None:
    quiet = [lived(f"dc-{x}", {"2020-01": 1, "2020-09": 1, "2020-12": 0}, who=x) for x in "abcdef"]
    assert found(mass_mailings(series(*quiet))) == [("", "mass mailing", "2020-09")]
    assert found(mass_mailings(series(*quiet[:4]))) == []
    assert found(mass_mailings([])) == []


def test_a_list_that_starts_where_another_stops_with_its_people_is_a_move() -> None:
    old = lived("dc-old", year(6))
    new = lived("dc-new", year(6, of=2021))
    events = events_of(pd.concat([old, new], ignore_index=True))
    assert found(moved_lists(events)) == [("dc-old", "moved list", "2020-12-06")]
    strangers = lived("dc-new", year(6, of=2021), who="q")
    assert found(moved_lists(events_of(pd.concat([old, strangers], ignore_index=True)))) == []


def test_a_large_share_of_answers_without_original_is_told() -> None:
    frame = lived("dc-a", year(3))
    lists = series(frame.assign(orphan=[i % 3 == 0 for i in range(len(frame))]))
    (finding,) = missing_parents(lists, {"dc-a": 12})
    assert finding.detail.startswith("12 of 24 answers (50%)")
    assert list(missing_parents(lists, {"dc-a": 100})) == []
    assert list(missing_parents(lists, {"dc-a": 2})) == []  # too few to tell


def test_coverage_is_told_where_it_is_old_unstated_or_none() -> None:
    coverage = pd.DataFrame(
        {
            "coalition": ["dc-a", "dc-b", "dc-c", "dc-d"],
            "covered_until": pd.to_datetime(["2021-12-31", "2022-03-31", "2022-03-30", None]),
            "known": pd.array([True, True, False, False], dtype="boolean"),
        }
    )
    day = pd.Timestamp("2022-03-31").date()
    assert found(coverage_findings(coverage, day, 31)) == [
        ("dc-a", "old archive", "2021-12-31 to 2022-03-31"),
        ("dc-c", "unstated coverage", ""),
        ("dc-d", "no archive", ""),
    ]


def test_the_ledger_is_ranked_by_what_it_may_change() -> None:
    row = {"coalition": "dc-a", "archive": "a.mbox", "format": "mbox", "digest": "x"}
    rows = [
        {**row, "read": 100, "kept": 99, "quarantined": 1, "undated": 20, "repaired": 0},
        {**row, "read": 0, "kept": 0, "quarantined": 0, "undated": 0, "repaired": 0, "digest": ""},
    ]
    ranks = {one.finding: one.rank for one in archive_findings(rows)}
    assert ranks == {"empty archive": 1, "quarantined": 3, "undated": 2}


def test_strange_addresses_faults_and_notes_are_told() -> None:
    registry = Registry.from_dict(
        {
            "coalition": [
                {
                    "slug": "dc-a",
                    "page": "javascript:alert(1)",
                    "list": [{"archive_url": "https://x.example", "subscribe_url": "ftp://x"}],
                }
            ]
        }
    )
    told = list(registry_findings(registry, ["a.gz: truncated"], ["nothing matches 'b'"]))
    assert [one.finding for one in told] == [
        "strange address",
        "strange address",
        "damaged archive",
        "note",
    ]
    assert all(isinstance(one, Finding) for one in told)


@pytest.mark.parametrize("seed", [1, 2])
def test_removed_months_are_found_and_no_others(seed: int, tmp_path: Path) -> None:
    if not (TOOLS / "simulate.py").exists():
        pytest.skip("the simulator of archives is not at hand")
    subprocess.run(
        [sys.executable, str(TOOLS / "simulate.py"), str(tmp_path / "src"), "--truth",
         str(tmp_path / "truth"), "--seed", str(seed), "--body", "100"],
        check=True,
    )  # fmt: skip
    with (tmp_path / "truth/lives.csv").open(newline="") as file:
        lives = {row["coalition"]: row["life"] for row in csv.DictReader(file)}
    removed = _remove_months(tmp_path / "src", lives, random.Random(seed))
    with opened(tmp_path / "src") as source:
        result = assess(source, policy=Policy.load("draft-2022"), as_of="2022-03-31")
        table = diagnose(result, source.report)
    told = set()
    for row in table[table["finding"] == "missing months"].to_dict("records"):
        span = pd.period_range(row["period"][:7], row["period"][-7:], freq="M")
        told |= {(row["coalition"], str(month)) for month in span}
    lively = {place for place in removed if lives[place[0]] != "new"}
    assert len(lively) >= 15
    assert len(lively & told) >= 0.9 * len(lively)
    assert len(told - removed) < 0.02 * len(result.monthly)


def _remove_months(
    source: Path, lives: dict[str, str], dice: random.Random
) -> set[tuple[str, str]]:
    """Delete files of single months, where a list is kept in such."""
    removed = set()
    for slug in lives:
        months = {}
        for path in sorted((source / slug).iterdir()):
            name = MONTH.match(path.name)
            if name:
                number = list(calendar.month_name).index(name[2])
                months[f"{name[1]}-{number:02d}"] = path
        names = sorted(months)[6:-6]
        for name in names[dice.randrange(5) :: 9]:
            months[name].unlink()
            removed.add((slug, name))
    return removed
