"""Until when the archives at hand are known to be complete.

Silence proves something only within that span. The day is the registry's ``retrieved``, or
one that the caller states; where nobody states one, the archive is taken to reach to its
newest message, and this is marked, because such an archive, looked at from its own last
message, always seems alive. The modification time of a file is never asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from dcactivity.checks import require_columns
from dcactivity.periods import as_day

if TYPE_CHECKING:
    from dcactivity.registry import Coalition, Registry

__all__ = ["completed", "covered_until", "latest_covered"]


def covered_until(
    messages: pd.DataFrame,
    registry: Registry | None = None,
    *,
    retrieved: dt.date | str | None = None,
    at_hand: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Tell for each coalition until when its archives are complete.

    Parameters
    ----------
    messages : DataFrame, one row per message
        Needs ``coalition`` and ``date`` (UTC); uses ``list`` where it is there.
    registry : Registry, optional
        States ``retrieved`` for each list.
    retrieved : datetime.date or str, optional
        The day up to which archives are complete for which the registry states none.
    at_hand : iterable of str, optional
        Slugs of the coalitions of which an archive could be opened. Without it, a
        coalition has one where it has messages, or where the registry names archives.

    Returns
    -------
    DataFrame
        ``coalition`` (str), ``covered_until`` (datetime64[us], midnight of the last day
        covered; missing where no archive is at hand), ``known`` (boolean; False where
        only the newest message speaks), one row for each coalition of the registry and
        of the messages, sorted.

    Raises
    ------
    InputError
        A column is missing, or ``retrieved`` is no date.

    Notes
    -----
    Of several lists, the one that reaches furthest decides. A list without ``retrieved``
    reaches to the newest of the messages that are not of a list with one.
    """
    require_columns(messages, ("coalition", "date"))
    stated = None if retrieved is None else as_day(retrieved, name="retrieved")
    entries = {c.slug: c for c in registry.coalitions} if registry else {}
    # Where the caller states a day, no archive is left of which only messages could tell.
    newest = {} if stated else _newest(messages, entries)
    seen = {str(slug) for slug in messages["coalition"].dropna().unique()}
    opened = None if at_hand is None else set(at_hand) | seen
    rows = []
    for slug in sorted({*entries, *seen}):
        entry = entries.get(slug)
        if opened is None:
            has_archive = slug in seen or (
                entry is not None and any(x.archives for x in entry.lists)
            )
        else:
            has_archive = slug in opened
        days = _stated_days(entry, stated) if has_archive else []
        if has_archive and slug in newest:
            days.append((newest[slug], False))
        # The later day; of two that are the same, the stated one.
        rows.append((slug, *max(days, default=(None, False))))
    frame = pd.DataFrame(rows, columns=["coalition", "covered_until", "known"])
    return frame.astype(
        {"coalition": "str", "covered_until": "datetime64[us]", "known": "boolean"}
    )


def _stated_days(
    entry: Coalition | None, stated: dt.date | None
) -> list[tuple[dt.date | None, bool]]:
    given = [stated] if entry is None else [x.retrieved or stated for x in entry.lists] or [stated]
    return [(day, True) for day in given if day is not None]


def _newest(messages: pd.DataFrame, entries: dict[str, Coalition]) -> dict[str, dt.date]:
    """Newest dated message's day, of the messages whose list states no day of its own."""
    dates, slugs = messages["date"], messages["coalition"].astype("str")
    settled = pd.MultiIndex.from_tuples(
        [
            (slug, x.address.casefold())
            for slug, entry in entries.items()
            for x in entry.lists
            if x.retrieved and x.address
        ],
        names=["coalition", "list"],
    )
    complete = [
        slug
        for slug, entry in entries.items()
        if entry.lists and all(x.retrieved for x in entry.lists)
    ]
    keep = dates.notna() & ~slugs.isin(complete)
    if "list" in messages.columns and len(settled):
        names = messages["list"].astype("str").str.casefold()
        keep &= ~pd.MultiIndex.from_arrays([slugs, names]).isin(settled)
    newest = pd.to_datetime(dates[keep], utc=True, format="ISO8601").groupby(slugs[keep]).max()
    return {str(slug): instant.date() for slug, instant in newest.items()}


def latest_covered(coverage: pd.DataFrame) -> dt.date | None:
    """Return the default as-of date: the latest day that any archive covers.

    Parameters
    ----------
    coverage : DataFrame
        As `covered_until` gives it.

    Returns
    -------
    datetime.date or None
        None where no archive is at hand.
    """
    latest = coverage["covered_until"].max()
    return None if pd.isna(latest) else latest.date()


def completed(
    coverage: pd.DataFrame | None, messages: pd.DataFrame, registry: Registry | None
) -> pd.DataFrame:
    """Complete what a caller says of coverage by what registry and messages say.

    Parameters
    ----------
    coverage : DataFrame or None
        As `covered_until` gives it, perhaps not of all coalitions; None where the caller says
        nothing.
    messages, registry
        As for `covered_until`.

    Returns
    -------
    DataFrame
        Of all coalitions, sorted.

    Raises
    ------
    InputError
        A column is missing.
    """
    found = covered_until(messages, registry)
    if coverage is None:
        return found
    require_columns(coverage, ("coalition", "covered_until", "known"), name="coverage")
    given = coverage[list(found.columns)].astype(found.dtypes.to_dict())
    lacking = found[~found["coalition"].isin(given["coalition"])]
    return (
        pd.concat([given, lacking]).sort_values("coalition", kind="stable", ignore_index=True)
        if len(lacking)
        else given
    )
