"""Months that are not silent but missing, and hosts that were down.

A month without a single message between busy ones has three likely causes: nobody wrote, its
file is missing, or the host was down. The neighbours say how likely the first is; answers to
messages that are not at hand, and a robot that writes each month but this one, speak for the
second; other lists of the same host that are silent at once, for the third.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from dcactivity.doctor.findings import DOUBTFUL, MISLEADING, NOTABLE, Finding
from dcactivity.doctor.series import Series, month_name
from dcactivity.wording import amount

__all__ = ["missing_months", "missing_parents", "outages"]

_LONGEST = 3  # months; a longer gap is taken for a silence
_BUSY = 8.0  # messages a month: with so many around it, an empty month is no chance
_SOME = 2.0  # with so many, it is one where something else speaks for it, too
_REGULAR = 4  # months around in each of which a robot wrote
_SHARE = 0.25  # of answers whose original is not at hand: more than ordinary mail shows
_FEWEST = 20  # answers below which a share says little


def missing_months(
    series: Iterable[Series], silent_hosts: frozenset[tuple[str, int]]
) -> Iterator[Finding]:
    """Find whole months that are probably missing from an archive.

    Parameters
    ----------
    series : iterable of Series
        Of all coalitions.
    silent_hosts : frozenset of (slug, month)
        Months in which the whole host was silent; they are told of as outages.

    Yields
    ------
    Finding
        One for each run of at most three such months.
    """
    for one in series:
        for begin, end in _empty_runs(one.messages):
            months = range(one.start + begin, one.start + end)
            if any((one.slug, month) in silent_hosts for month in months):
                continue
            signs = _signs(one, begin, end)
            if signs:
                names = month_name(months[0])
                if len(months) > 1:
                    names += f" to {month_name(months[-1])}"
                yield Finding(
                    MISLEADING,
                    one.slug,
                    "missing months",
                    names,
                    f"no message of any kind, but {'; '.join(signs)}",
                    "the archive probably lacks what was written then, and so may the window of "
                    "the verdict: fetch these months again",
                )


def _empty_runs(messages: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], messages == 0, [0])).astype(np.int8)))
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if end - begin <= _LONGEST:
            yield begin, end


def _signs(one: Series, begin: int, end: int) -> list[str]:
    """List what speaks against a silence; empty where it may well be one."""
    before, after = one.around(begin, end)
    least = min(before, after)
    signs = []
    if least >= _BUSY:
        signs.append(f"{before:.0f} a month before and {after:.0f} after")
    robots = one.automated[max(0, begin - 3) : begin], one.automated[end : end + 3]
    writing = [part for part in robots if len(part) and (part > 0).all()]
    if len(writing) == 2 and sum(map(len, writing)) >= _REGULAR:
        signs.append("a robot wrote in each of the months around")
    lost = int(one.orphans[end : end + 2].sum())
    usual = float(one.orphans.mean())
    if least >= _SOME and lost >= 2 and lost >= 3 * 2 * usual:
        signs.append(f"{amount(lost, 'later message')} answer what is not at hand")
    return signs


def outages(
    series: Iterable[Series], hosts: Mapping[str, str]
) -> tuple[list[Finding], frozenset[tuple[str, int]]]:
    """Find months in which all lists of a host were silent at once.

    Parameters
    ----------
    series : iterable of Series
        Of all coalitions.
    hosts : mapping
        From slugs to the host of their lists.

    Returns
    -------
    tuple
        The findings, and the coalitions and months that they explain.
    """
    groups: dict[str, list[Series]] = {}
    for one in series:
        if one.slug in hosts:
            groups.setdefault(hosts[one.slug], []).append(one)
    found: list[Finding] = []
    explained: set[tuple[str, int]] = set()
    for host, lists in sorted(groups.items()):
        for month in _silent_months(lists):
            usual = [one for one in lists if _is_usually_busy(one, month)]
            if len(usual) < 3:
                continue
            explained |= {(one.slug, month) for one in usual}
            found.append(
                Finding(
                    MISLEADING,
                    "",
                    "outage",
                    month_name(month),
                    f"all {len(usual)} lists of {host} that are usually busy were silent at once",
                    "the host was probably down, or the archives of all lack this month: it is no "
                    "silence of any coalition",
                )
            )
    return found, frozenset(explained)


def _silent_months(lists: list[Series]) -> list[int]:
    """List the months, from the first message on any list to the last, in which none has one."""
    first = min(one.start for one in lists)
    total = np.zeros(max(one.start + len(one.messages) for one in lists) - first, dtype=np.int64)
    for one in lists:
        total[one.start - first :][: len(one.messages)] += one.messages
    return [first + int(place) for place in np.flatnonzero(total == 0)]


def _is_usually_busy(one: Series, month: int) -> bool:
    place = month - one.start
    if not 0 < place < len(one.messages) - 1:
        return False
    return min(one.around(place, place + 1)) >= _SOME


def missing_parents(series: Iterable[Series], replies: Mapping[str, int]) -> Iterator[Finding]:
    """Measure completeness by the answers whose original is not at hand.

    Parameters
    ----------
    series : iterable of Series
        Of all coalitions.
    replies : mapping
        From slugs to how many messages answer one that is at hand.

    Yields
    ------
    Finding
        One for each coalition whose share is out of the ordinary.
    """
    for one in series:
        lost = int(one.orphans.sum())
        total = lost + replies.get(one.slug, 0)
        if total < _FEWEST or lost < _SHARE * total:
            continue
        worst = int(np.argmax(one.orphans))
        yield Finding(
            DOUBTFUL if lost * 2 > total else NOTABLE,
            one.slug,
            "missing originals",
            "",
            f"{lost} of {total} answers ({lost / total:.0%}) name a message that is not at hand, "
            f"most of them in {month_name(one.start + worst)} ({int(one.orphans[worst])})",
            "the archive may lack messages, or people answer what was sent elsewhere: "
            "conversations are counted too low",
        )
