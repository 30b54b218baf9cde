"""Counting persons for each coalition, and bringing a meeting into the table of all."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dcactivity.errors import InputError
from dcactivity.frames import frame_of

if TYPE_CHECKING:
    from dcactivity.attendance.matching import Matcher
    from dcactivity.attendance.parsing import Meeting

__all__ = ["Attendance", "count_attendance", "merged"]

_TYPES = {
    "meeting": "str",
    "date": "datetime64[us]",
    "coalition": "str",
    "present": "Int64",
    "apologies": "Int64",
}


@dataclass(frozen=True, slots=True, eq=False)
class Attendance:
    """A meeting in numbers.

    Parameters
    ----------
    table : DataFrame
        ``meeting, date, coalition, present, apologies``; sorted by coalition.
    participants, of_coalitions, without_affiliation : int
        How many are on the list, how many of them named a coalition, and how many nothing.
    apologies, apologies_of_coalitions : int
        How many sent apologies, and how many of them named a coalition.
    facilitators, secretariat : int
        How many of each; they are of no coalition here.
    unmatched : tuple of str
        Affiliations that are no coalition of the registry, each once, sorted.
    withheld : int
        How many more there are that could be a person's name.
    """

    table: pd.DataFrame
    participants: int
    of_coalitions: int
    without_affiliation: int
    apologies: int
    apologies_of_coalitions: int
    facilitators: int
    secretariat: int
    unmatched: tuple[str, ...]
    withheld: int

    def summary(self) -> str:
        """Say the numbers in one sentence.

        Returns
        -------
        str
            Without any name.
        """
        coalitions = int((self.table["present"] > 0).sum())
        return (
            f"participants: {self.participants}, {self.of_coalitions} of them of {coalitions} "
            f"coalitions, {self.without_affiliation} without affiliation; apologies: "
            f"{self.apologies}, {self.apologies_of_coalitions} of them of coalitions; "
            f"facilitators: {self.facilitators}; Secretariat: {self.secretariat}"
        )


def count_attendance(
    meeting: Meeting, matcher: Matcher, *, number: str | None = None, date: dt.date | None = None
) -> Attendance:
    """Count a meeting's persons for each coalition.

    Parameters
    ----------
    meeting : Meeting
        As `parse_report` gives it.
    matcher : Matcher
        The coalitions.
    number : str, optional
        The meeting's number, in place of the report's.
    date : datetime.date, optional
        Its day, in place of the report's.

    Returns
    -------
    Attendance
        The counts. A person who names two coalitions is counted for both.

    Raises
    ------
    InputError
        The report has no list of participants, or says nothing of its number or day, or
        names two days.
    """
    name = number or meeting.number
    if not meeting.people:
        raise InputError("no list of participants was found", hint="is it a summary report?")
    if not name:
        raise InputError("the meeting's number was not found", hint="give it with --meeting")
    day = date or _only_day(meeting)
    present: Counter[str] = Counter()
    sorry: Counter[str] = Counter()
    totals: Counter[str] = Counter(person.part for person in meeting.people)
    matched: Counter[str] = Counter()
    unmatched: set[str] = set()
    withheld = without = 0
    for person in meeting.people:
        if person.part not in {"participants", "apologies"}:
            continue
        slugs = matcher.match(person.affiliation) if person.affiliation else set()
        (present if person.part == "participants" else sorry).update(slugs)
        matched[person.part] += bool(slugs)
        without += person.part == "participants" and not person.affiliation
        if person.affiliation and not slugs:
            if person.is_certain and not _may_be_name(person.affiliation, meeting.name_words):
                unmatched.add(person.affiliation)
            else:
                withheld += 1
    rows = [(name, day, slug, present[slug], sorry[slug]) for slug in sorted({*present, *sorry})]
    return Attendance(
        table=frame_of(rows, _TYPES),
        participants=totals["participants"],
        of_coalitions=matched["participants"],
        without_affiliation=without,
        apologies=totals["apologies"],
        apologies_of_coalitions=matched["apologies"],
        facilitators=totals["facilitators"],
        secretariat=totals["secretariat"],
        unmatched=tuple(sorted(unmatched)),
        withheld=withheld,
    )


def _only_day(meeting: Meeting) -> dt.date:
    if len(meeting.dates) == 1:
        return meeting.dates[0]
    if not meeting.dates:
        raise InputError("the day of the meeting was not found", hint="give it with --date")
    raise InputError(
        f"the report names two days, {meeting.dates[0]} and {meeting.dates[1]}",
        hint="say with --date which is the meeting's",
    )


def _may_be_name(text: str, words: frozenset[str]) -> bool:
    return bool(words & set(re.findall(r"\w{2,}", text.casefold())))


def merged(known: pd.DataFrame, new: pd.DataFrame, *, is_settled: bool) -> pd.DataFrame:
    """Bring a meeting into the table of all meetings.

    Parameters
    ----------
    known : DataFrame
        ``attendance.csv`` so far.
    new : DataFrame
        One meeting's rows. What was known of it is replaced: to import a report again
        changes nothing.
    is_settled : bool
        Whether somebody said which day is right, should the two differ.

    Returns
    -------
    DataFrame
        Sorted by date, meeting and coalition.

    Raises
    ------
    InputError
        The meeting stands there with another day, and nobody said which is right.
    """
    same = known["meeting"].isin(new["meeting"])
    former = known[same]
    if len(former) and not is_settled and set(former["date"]) != set(new["date"]):
        raise InputError(
            f"meeting {new['meeting'].iloc[0]} stands there with "
            f"{former['date'].iloc[0].date()}, the report says {new['date'].iloc[0].date()}",
            hint="say with --date which is right",
        )
    parts = [part for part in (known[~same], new) if len(part)]
    table = pd.concat(parts, ignore_index=True) if parts else new
    return table.sort_values(["date", "meeting", "coalition"], kind="stable", ignore_index=True)
