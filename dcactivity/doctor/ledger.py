"""What the ledger of archives, the registry and the coverage say against the numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from dcactivity.doctor.findings import DOUBTFUL, MISLEADING, NOTABLE, Finding
from dcactivity.explaining import is_web
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    from dcactivity.registry import Registry

__all__ = ["archive_findings", "coverage_findings", "fetching_findings", "registry_findings"]

_SHARE = 0.05  # of a coalition's messages; below, it makes no difference to a verdict


def coverage_findings(coverage: pd.DataFrame, day: dt.date, grace_days: int) -> Iterator[Finding]:
    """Find archives that end long before the day of the review, or of which nobody says when.

    Parameters
    ----------
    coverage : DataFrame
        As `covered_until` gives it.
    day : datetime.date
        The day looked back from.
    grace_days : int
        How much earlier an archive may end, days.

    Yields
    ------
    Finding
        At most one for each coalition.
    """
    for row in coverage.to_dict("records"):
        slug, until = str(row["coalition"]), row["covered_until"]
        if pd.isna(until):
            yield Finding(
                MISLEADING,
                slug,
                "no archive",
                "",
                "no archive is at hand",
                "nothing can be said of it: name its archives in the registry",
            )
            continue
        behind = (day - until.date()).days
        if behind > grace_days:
            yield Finding(
                MISLEADING,
                slug,
                "old archive",
                f"{until.date()} to {day}",
                f"the archives end {amount(behind, 'day')} before {plain_date(day)}",
                "a silence after that is the archive's: fetch it again, and state `retrieved`",
            )
        elif not row["known"]:
            yield Finding(
                DOUBTFUL,
                slug,
                "unstated coverage",
                "",
                "nobody stated until when the archives are complete",
                "they are taken to reach to their newest message, which makes a dead list seem "
                "alive: state `retrieved` in the registry, or give --retrieved",
            )


def archive_findings(rows: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """Find what the ledger says against the numbers of a coalition.

    Parameters
    ----------
    rows : iterable of mapping
        The archives table.

    Yields
    ------
    Finding
        One for each kind of fault and coalition.
    """
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        total = sums.setdefault(str(row["coalition"]), {})
        for name in ("read", "kept", "quarantined", "undated", "repaired"):
            total[name] = total.get(name, 0) + int(row[name])
        if not row["read"]:
            yield Finding(
                MISLEADING if "(" in str(row["format"]) or not row["digest"] else NOTABLE,
                str(row["coalition"]),
                "empty archive",
                "",
                f"nothing could be read from {row['archive']} ({row['format']})",
                "what it should hold is not counted: get it again, or name it under `damaged`",
            )
    for slug, total in sums.items():
        for name, finding, effect in (
            ("quarantined", "quarantined", "these are not counted; the quarantine names each"),
            ("undated", "undated", "these are in no month and no window"),
            ("repaired", "repaired dates", "these count where delivery says that they were sent"),
        ):
            count, all_of_them = total[name], max(1, total["read"])
            if count:
                yield Finding(
                    DOUBTFUL if count > _SHARE * all_of_them else NOTABLE,
                    slug,
                    finding,
                    "",
                    f"{count} of {total['read']} messages",
                    effect,
                )


def registry_findings(
    registry: Registry, faults: Iterable[str], notes: Iterable[str]
) -> Iterator[Finding]:
    """Find what in the registry leads nowhere.

    Parameters
    ----------
    registry : Registry
        The coalitions.
    faults : iterable of str
        Archives that could not be opened, or not to the end.
    notes : iterable of str
        What the ingest had to say.

    Yields
    ------
    Finding
        One for each.
    """
    for entry in registry.coalitions:
        urls = {"page": entry.page}
        for i, one in enumerate(entry.lists):
            urls[f"list[{i}].archive_url"] = one.archive_url
            urls[f"list[{i}].subscribe_url"] = one.subscribe_url
        for key, url in urls.items():
            if url is not None and not is_web(url):
                yield Finding(
                    NOTABLE,
                    entry.slug,
                    "strange address",
                    "",
                    f"{key} is {url!r}, which is not http or https",
                    "it is shown as text and never as a link",
                )
    for fault in faults:
        yield Finding(
            MISLEADING,
            "",
            "damaged archive",
            "",
            fault,
            "what it holds beyond the damage is not counted: get it again, or name it under "
            "`damaged`",
        )
    for note in notes:
        yield Finding(NOTABLE, "", "note", "", note, "see the registry")


def fetching_findings(found: pd.DataFrame) -> Iterator[Finding]:
    """Take over what fetches found wrong.

    Parameters
    ----------
    found : DataFrame
        As `dcactivity.fetched.fetch_findings` gives it.

    Yields
    ------
    Finding
        One for each row. Archives get edited: what an archive held before and lost is told,
        and never a silent replacement.
    """
    effects = {
        "lost": "the older file was kept, and what it holds still counts",
        "vanished": "the files at hand were kept, and what they hold still counts",
        "missing-month": "what was written then is not counted, unless nothing was",
    }
    for row in found.fillna("").to_dict("records"):
        kind = str(row["kind"])
        yield Finding(
            MISLEADING if kind == "missing-month" else DOUBTFUL,
            str(row["coalition"]),
            f"fetched: {kind.replace('-', ' ')}",
            str(row["day"]),
            ": ".join(filter(None, (str(row["file"]), str(row["detail"])))),
            effects.get(kind, "the archive may be incomplete: see what the server says"),
        )
