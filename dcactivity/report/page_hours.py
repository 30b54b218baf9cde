"""What the page says of the hours at which people write, and could meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from markupsafe import Markup

from dcactivity.hours import meeting_hours, writing_profile
from dcactivity.report.svg import hour_bars

if TYPE_CHECKING:
    from dcactivity.report.model import Report

__all__ = ["hours_section"]


def hours_section(report: Report) -> dict[str, Any] | None:
    """Gather when and in which parts of the world people write.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    dict or None
        ``sentence, bars, offsets``; None where nobody wrote of late.
    """
    if report.parts.writing is None:
        return None
    profile = writing_profile(report.parts.writing, as_of=report.as_of)
    if not len(profile):
        return None
    shares = meeting_hours(profile)["share"].astype(float).tolist()
    best = max(shares)
    which = [hour for hour, share in enumerate(shares) if share > best - 0.005]
    said = ", ".join(f"{hour:02}:00" for hour in which)
    return {
        "sentence": (
            f"Meetings that begin at {said} UTC and last an hour suit {best:.0%} of those who "
            "write."
        ),
        "bars": _bars(shares),
        "offsets": _offsets(profile),
    }


def _bars(shares: list[float]) -> Markup:
    spoken = ", ".join(f"{hour:02}:00 {share:.0%}" for hour, share in enumerate(shares))
    return hour_bars(shares, label=f"share of people by hour, UTC: {spoken}")


def _offsets(profile: pd.DataFrame) -> list[dict[str, Any]]:
    sums = profile.groupby("utc_offset")[["people", "messages"]].sum().sort_index(ascending=False)
    return [
        {
            "offset": _word(int(str(offset))),
            "people": f"{row['people']:.0f}" if row["people"] >= 1 else "less than 1",
            "messages": f"{int(row['messages']):,}",
        }
        for offset, row in zip(sums.index, sums.to_dict("records"), strict=True)
    ]


def _word(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
