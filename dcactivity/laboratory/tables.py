"""Tables of replays: by month, by year, by coalition, by spell, and where policies disagree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dcactivity.history import NO_STATUS
from dcactivity.laboratory.replay import (
    ACTIVE,
    AT_RISK,
    DORMANT,
    NEVER,
    UNKNOWN,
    Replay,
    Spells,
)
from dcactivity.timeline import STATUSES

__all__ = ["by_coalition", "by_month", "by_year", "disagreements", "lateness", "spells_of"]

_STATUS = pd.CategoricalDtype(list(STATUSES), ordered=True)
_WORDS = np.array([*STATUSES, ""], dtype=object)  # the last for what does not exist


def by_month(replays: Sequence[Replay]) -> pd.DataFrame:
    """Count the statuses of each month, and the notices that it brought.

    Parameters
    ----------
    replays : sequence of Replay
        One for each policy.

    Returns
    -------
    DataFrame
        ``policy, month`` (str), ``active, dormant, at_risk, unknown, notices`` (Int64), in the
        order of the policies and of time.
    """
    parts = []
    for replay in replays:
        spells, size = Spells.of(replay), len(replay.months)
        notices = np.bincount(spells.start, minlength=size)[replay.first :]
        counts = {
            word: (replay.reported == code).sum(axis=0)
            for word, code in (
                ("active", ACTIVE),
                ("dormant", DORMANT),
                ("at_risk", AT_RISK),
                ("unknown", UNKNOWN),
            )
        }
        months = _texts(replay)[replay.first : -1]
        parts.append(
            pd.DataFrame({"policy": replay.label, "month": months, **counts, "notices": notices})
        )
    columns = ["active", "dormant", "at_risk", "unknown", "notices"]
    return pd.concat(parts, ignore_index=True).astype(
        {"policy": "str", "month": "str"} | dict.fromkeys(columns, "Int64")
    )


def by_year(replays: Sequence[Replay]) -> pd.DataFrame:
    """Count the notices of each year, and how many coalitions came at risk in it.

    Parameters
    ----------
    replays : sequence of Replay
        One for each policy.

    Returns
    -------
    DataFrame
        ``policy`` (str), ``year, months, notices, at_risk`` (Int64), in the order of the
        policies and of time; ``months`` tells how much of a year is reported on.
    """
    parts = []
    for replay in replays:
        spells, first = Spells.of(replay), replay.first
        year = replay.months.astype("M8[Y]").astype(np.int64) + 1970
        years, months = np.unique(year[first:], return_counts=True)
        warned = year[spells.start[spells.start >= first]]
        risky = year[spells.risky[spells.risky >= max(first, 0)]]
        counts = [[(seen == one).sum() for one in years] for seen in (warned, risky)]
        parts.append(
            pd.DataFrame(
                {
                    "policy": replay.label,
                    "year": years,
                    "months": months,
                    "notices": counts[0],
                    "at_risk": counts[1],
                }
            )
        )
    columns = ["year", "months", "notices", "at_risk"]
    return pd.concat(parts, ignore_index=True).astype(
        {"policy": "str"} | dict.fromkeys(columns, "Int64")
    )


def by_coalition(replays: Sequence[Replay]) -> pd.DataFrame:
    """Tell for how long each coalition would have been what, and how often warned.

    Parameters
    ----------
    replays : sequence of Replay
        One for each policy.

    Returns
    -------
    DataFrame
        ``policy, coalition`` (str), ``active, dormant, at_risk, unknown`` (Int64, months),
        ``notices`` (Int64), ``last`` (ordered category, the status of the last month, missing
        where it exists no longer); those that existed in the months reported on, in the order
        of the policies and of their names.
    """
    parts: list[pd.DataFrame] = []
    for replay in replays:
        codes, spells = replay.reported, Spells.of(replay)
        new = spells.coalition[spells.start >= replay.first]
        part = pd.DataFrame(
            {
                "policy": replay.label,
                "coalition": replay.slugs,
                "active": (codes == ACTIVE).sum(axis=1),
                "dormant": (codes == DORMANT).sum(axis=1),
                "at_risk": (codes == AT_RISK).sum(axis=1),
                "unknown": (codes == UNKNOWN).sum(axis=1),
                "notices": np.bincount(new, minlength=len(replay.slugs)),
                "last": pd.Categorical.from_codes(codes[:, -1], dtype=_STATUS),
            }
        )
        parts.append(part[(codes != NO_STATUS).any(axis=1)])
    columns = ["active", "dormant", "at_risk", "unknown", "notices"]
    return pd.concat(parts, ignore_index=True).astype(
        {"policy": "str", "coalition": "str"} | dict.fromkeys(columns, "Int64")
    )


def spells_of(replays: Sequence[Replay]) -> pd.DataFrame:
    """List the spells: which coalition, from when to when, and what became of it.

    Parameters
    ----------
    replays : sequence of Replay
        One for each policy.

    Returns
    -------
    DataFrame
        ``policy, coalition, start, end`` (str, ``YYYY-MM``; first and last month at whose ends
        it was dormant or at risk), ``months`` (Int64), ``at_risk`` (str, the first month of
        that), ``back`` (str, the first month in which it was active again), ``false_warned,
        false_at_risk`` (boolean: back within 12 months; missing where that cannot be told),
        in the order of the policies, of names and of time.
    """
    parts = []
    for replay in replays:
        spells, texts = Spells.of(replay), _texts(replay)
        false = {}
        for name, since in (("false_warned", spells.start), ("false_at_risk", spells.risky)):
            judged = spells.is_judged(since, replay.first)
            false[name] = pd.Series(spells.is_false(since)).astype("boolean").where(judged)
        slugs = np.array([*replay.slugs, ""], dtype=object)[spells.coalition]
        parts.append(
            pd.DataFrame(
                {
                    "policy": replay.label,
                    "coalition": pd.Series(slugs, dtype="str"),
                    "start": pd.Series(texts[spells.start], dtype="str"),
                    "end": pd.Series(texts[spells.end - 1], dtype="str"),
                    "months": pd.Series(spells.end - spells.start, dtype="Int64"),
                    "at_risk": pd.Series(texts[spells.risky], dtype="str"),
                    "back": pd.Series(texts[spells.back], dtype="str"),
                    **false,
                }
            )
        )
    return pd.concat(parts, ignore_index=True).astype({"policy": "str"})


def disagreements(replays: Sequence[Replay]) -> pd.DataFrame:
    """List where policies disagree: which coalition, from when to when, and who says what.

    Parameters
    ----------
    replays : sequence of Replay
        One for each policy, of the same coalitions and months.

    Returns
    -------
    DataFrame
        ``coalition, start, end`` (str, ``YYYY-MM``), ``months`` (Int64), and for each policy a
        column with its status (str); a row for each span of months in which not all say the
        same and none changes its mind, sorted by coalition and time.
    """
    first = replays[0].first
    codes = np.stack([replay.reported for replay in replays])
    differ = (codes != codes[0]).any(axis=0)
    changed = np.ones_like(differ)
    changed[:, 1:] = (codes[:, :, 1:] != codes[:, :, :-1]).any(axis=0)
    ends = np.ones_like(differ)
    ends[:, :-1] = changed[:, 1:]
    who, start = np.nonzero(differ & changed)
    end = np.nonzero(differ & ends)[1]
    texts, slugs = _texts(replays[0])[first:], np.array(replays[0].slugs, dtype=object)
    said = {
        replay.label: pd.Series(_WORDS[codes[i, who, start]], dtype="str")
        for i, replay in enumerate(replays)
    }
    return pd.DataFrame(
        {
            "coalition": pd.Series(slugs[who], dtype="str"),
            "start": pd.Series(texts[start], dtype="str"),
            "end": pd.Series(texts[end], dtype="str"),
            "months": pd.Series(end - start + 1, dtype="Int64"),
            **said,
        }
    )


def lateness(replays: Sequence[Replay]) -> pd.DataFrame:
    """List the coalitions that are silent for good, and when each was at risk.

    Parameters
    ----------
    replays : sequence of Replay
        One for each policy.

    Returns
    -------
    DataFrame
        ``policy, coalition`` (str), ``last_message, at_risk`` (str, ``YYYY-MM``),
        ``months_late`` (Int64, 0 where it was at risk already); missing where it never was; as
        `Replay.delays` finds them, in the order of the policies and of names.
    """
    parts = []
    for replay in replays:
        silent, late = replay.delays()
        texts = _texts(replay)
        risky = np.where(late == NEVER, NEVER, replay.spoke[silent] + late)
        slugs = np.array(replay.slugs, dtype=object)[silent]
        parts.append(
            pd.DataFrame(
                {
                    "policy": replay.label,
                    "coalition": pd.Series(slugs, dtype="str"),
                    "last_message": pd.Series(texts[replay.spoke[silent]], dtype="str"),
                    "at_risk": pd.Series(texts[risky], dtype="str"),
                    "months_late": pd.Series(late, dtype="Int64").where(late != NEVER),
                }
            )
        )
    return pd.concat(parts, ignore_index=True).astype({"policy": "str"})


def _texts(replay: Replay) -> NDArray[np.object_]:
    """Give the months as texts, and last, for the position `NEVER`, nothing."""
    return np.array([*np.datetime_as_string(replay.months).tolist(), None], dtype=object)
