"""Verdicts and explanations as plain text, for a terminal or a mail."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcactivity.records import remark_line
from dcactivity.report.tables import plain

if TYPE_CHECKING:
    import pandas as pd

    from dcactivity.explaining import Explanation
    from dcactivity.reviewing import Review

__all__ = ["beside_lines", "explanation_text", "short_status"]

_WIDTH = 96
_MESSAGES = 20


def short_status(review: Review) -> pd.DataFrame:
    """Shorten the table of verdicts to what fits into a terminal.

    Parameters
    ----------
    review : Review
        The verdicts.

    Returns
    -------
    DataFrame
        Without the names and sentences; the estimate of silence in words, with its interval.
    """
    table = review.status.drop(columns=["name", "window_months", "why"])
    if review.context.forecast is None:
        return table
    from dcactivity.forecast.tables import estimates_in_words

    words = estimates_in_words(review.context.forecast).set_index("coalition")
    figures = words["estimate"] + " (" + words["interval_95"] + ")"
    said = figures.where(words["interval_95"].notna(), words["in_words"])
    column = table["coalition"].map(said.to_dict()).astype("str")
    place = list(table.columns).index("silence_risk")
    short = table.drop(columns="silence_risk")
    short.insert(place, "silence (estimate)", column)
    return short


def beside_lines(review: Review) -> Iterator[str]:
    """Say what stands beside the verdicts: remarks, disagreements, those that ended.

    Parameters
    ----------
    review : Review
        The verdicts.

    Yields
    ------
    str
        One line each.
    """
    for row in review.context.rows("remarks"):
        yield f"{row['coalition']}: {remark_line(row)}"
    for slug, axes, what in review.disagreements.itertuples(index=False):
        yield f"{slug}: {what} ({axes} disagree)"
    ended = plain(review.ended)[["coalition", "ended", "successor"]]
    for slug, day, successor in ended.itertuples(index=False):
        after = f", followed by {successor}" if successor else ""
        yield f"{slug}: ended on {day}{after}"


def explanation_text(explanation: Explanation) -> str:
    """Write an explanation as text.

    Parameters
    ----------
    explanation : Explanation
        Why a coalition has its verdict.

    Returns
    -------
    str
        Several lines, each ending with a newline.
    """
    return "\n".join(_lines(explanation)) + "\n"


def _lines(found: Explanation) -> Iterator[str]:
    word = found.status.replace("_", " ")
    title = f"{found.name} ({found.coalition}): {word} as of {found.as_of}"
    yield from (title, "=" * len(title))
    yield from _wrapped(found.why)
    for text in (found.way_back, found.outlook, found.closeness):
        yield from _wrapped(text)
    yield from ("", f"Rules of the policy {found.policy.name} (digest {found.policy.digest[:12]})")
    rules = plain(found.rules)
    for row in rules.to_dict("records"):
        met = {True: "met", False: "not met", None: "cannot be told"}[row["met"]]
        value = "unknown" if row["value"] is None else row["value"]
        said = f"{value!s:>8} of {row['threshold']!s:<6}" if row["threshold"] is not None else ""
        yield f"  {row['rule']:<22} {said:<18} {met}"
    yield from ("", "Counted messages, by month")
    yield from (f"  {line}" for line in found.chart().splitlines())
    if found.past:
        yield from ("", "Its own past, which decides nothing")
        for text in found.past:
            yield from _wrapped(text)
    for aside in found.asides:
        yield from ("", aside.heading)
        for line in aside.lines:
            yield from textwrap.wrap(line, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    yield from _messages(found.messages)


def _messages(messages: pd.DataFrame) -> Iterator[str]:
    counted = messages[messages["counted"]]
    if len(counted):
        yield from ("", f"The latest of {len(counted)} messages that count")
    for row in plain(counted.head(_MESSAGES)).to_dict("records"):
        who = f"  {row['writer']}" if row.get("writer") else ""
        yield f"  {row['date']}  {row['place']}{who}  <{row['message_id']}>"
        if row["link"]:
            yield f"    {row['link']}"
    left = messages.loc[~messages["counted"], "kind"].value_counts()
    if len(left):
        said = ", ".join(f"{count} {kind}" for kind, count in left.items())
        yield from ("", f"Not counted: {said}. The export lists each of them.")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH)
