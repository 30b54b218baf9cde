"""The sections of a policy on procedure: open principles, annual reports, notices.

They say no word on traffic; they say for how long a finding holds, when a report is due, and
how much time a coalition has to answer.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dcactivity.wording import amount, plain_date

__all__ = ["Principles", "Process", "Reports", "procedure_sentences"]

_Months = Annotated[int, Field(ge=1, le=1200)]
_Days = Annotated[int, Field(ge=0, le=36525)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _day_of_every_year(text: str) -> str:
    try:
        dt.date.fromisoformat(f"2001-{text}")  # no leap year: 29 February is no such day
    except ValueError as problem:
        raise ValueError("no day of every year") from problem
    return text


class Principles(_Section):
    """For how long an observation of an open principle holds, and what headers prove."""

    valid_months: _Months = 12
    headers_suffice: bool = False


class Reports(_Section):
    """By which day of the following year an annual report is due, as ``MM-DD``."""

    due: Annotated[str, Field(pattern=r"^\d\d-\d\d$"), AfterValidator(_day_of_every_year)] = (
        "03-31"
    )

    def due_day(self, year: int) -> dt.date:
        """Return the day on which the report for a year is due.

        Parameters
        ----------
        year : int
            The year reported on.

        Returns
        -------
        datetime.date
            A day of the following year.
        """
        return dt.date.fromisoformat(f"{year + 1:04}-{self.due}")


class Process(_Section):
    """How much time a coalition has to answer, and when it is reminded."""

    notice_days: _Days = 90
    # TOML knows lists alone; as a tuple nobody can change it.
    reminder_days: Annotated[tuple[_Days, ...], Field(strict=False)] = (30, 75)
    appeal_days: _Days = 30
    business_days: bool = False
    early_notice_risk: Annotated[float, Field(ge=0, le=1, strict=False)] | None = None

    @property
    def reminders(self) -> tuple[int, ...]:
        """The reminders that fall before the end of the notice, sorted."""
        return tuple(sorted({n for n in self.reminder_days if 0 < n < self.notice_days}))


def procedure_sentences(principles: Principles, reports: Reports, process: Process) -> list[str]:
    """Say the sections in sentences that a committee could vote on.

    Parameters
    ----------
    principles, reports, process : section
        The sections of one policy.

    Returns
    -------
    list of str
        One sentence for each rule.
    """
    kind = "business day" if process.business_days else "day"
    due = plain_date(reports.due_day(2000)).rsplit(" ", 1)[0]
    reminded = (
        f", with a reminder {_counted(process.reminders, kind)} after the notice"
        if process.reminders
        else ""
    )
    headers = "suffice as proof" if principles.headers_suffice else "are a hint and no proof"
    lines = [
        (
            "An observation of an open principle holds for "
            f"{amount(principles.valid_months, 'month')}; the headers of messages {headers}."
        ),
        f"The report on a year is due by {due} of the following year.",
        (
            f"After a notice a coalition has {amount(process.notice_days, kind)} to answer"
            f"{reminded}; any answer stops the clock."
        ),
        (
            "Nothing is revoked but by a person's decision, and not before "
            f"{amount(process.appeal_days, kind)} for an appeal have passed since the "
            "recommendation."
        ),
    ]
    if process.early_notice_risk is not None:
        lines.append(
            "A coalition whose chance of falling silent in the next 12 months is "
            f"{process.early_notice_risk:.0%} or more gets an early word, which opens no case."
        )
    return lines


def _counted(days: tuple[int, ...], kind: str) -> str:
    *before, last = (str(n) for n in days)
    return (
        f"{', '.join(before)} and {amount(int(last), kind)}" if before else amount(days[0], kind)
    )
