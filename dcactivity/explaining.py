"""Why a verdict is what it is: rules, messages, what would change it, and the coalition's past."""

from __future__ import annotations

import datetime as dt
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dcactivity.asides import Aside, asides_of
from dcactivity.context import Context
from dcactivity.outlook import Change, coming_changes, sensitivity, way_back
from dcactivity.periods import from_number
from dcactivity.rhythm import Rhythm, rhythm_of, rhythm_sentences
from dcactivity.wording import plain_date

if TYPE_CHECKING:
    from dcactivity.policy import Policy
    from dcactivity.subjects import Subject
    from dcactivity.verdict import Verdict

__all__ = ["Explanation", "explain", "is_web", "recent_months"]

_CHART_MONTHS = 24
_BAR = 40  # characters of the longest bar


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """All that stands behind one coalition's verdict.

    Parameters
    ----------
    coalition, name : str
        Its slug and its name.
    as_of : datetime.date
        The day looked back from, UTC.
    policy : Policy
        The policy that was followed.
    status, why : str
        The verdict and its sentence.
    since : datetime.date or None
        Its first day.
    covered_until : datetime.date or None
        The last day that the archives cover.
    rules : DataFrame
        ``rule, value, threshold, met, evidence``.
    months : DataFrame
        ``month, messages, participants`` (counted ones) of the last 24 months, missing where
        the archives tell nothing.
    messages : DataFrame
        ``message_id, date, counted`` (bool), ``kind`` (``person``, ``bulletin``, or why no
        person wrote it), ``place`` (in or before the window), ``person`` (a number within this
        coalition, missing where nobody knows), ``answers`` (Message-ID), ``conversation`` (a
        number, where it answers another person), ``link``; one row for each dated message by
        the day, the latest first. With writers, ``writer`` too.
    way_back : str
        What would make it active again; empty for an active one.
    changes : list of Change
        What becomes of it if nothing more is written.
    sensitivity : DataFrame
        ``key, step, value, status, since``: the verdict under thresholds one step stricter and
        laxer.
    rhythm : Rhythm
        The present silence beside its own past.
    context : Context
        The coalition's rows of the tables that stand beside the verdicts.
    disagreements : tuple of str
        Where its axes contradict each other, in clauses.
    """

    coalition: str
    name: str
    as_of: dt.date
    policy: Policy
    status: str
    why: str
    since: dt.date | None
    covered_until: dt.date | None
    rules: pd.DataFrame
    months: pd.DataFrame
    messages: pd.DataFrame
    way_back: str
    changes: list[Change]
    sensitivity: pd.DataFrame
    rhythm: Rhythm
    context: Context
    disagreements: tuple[str, ...]

    @property
    def outlook(self) -> str:
        """What becomes of it if nothing more is written, in a sentence."""
        if self.status == "UNKNOWN":
            return ""
        if not self.changes:
            return "If nothing more is written, its status stays what it is."
        steps = [
            f"{change.status.lower().replace('_', ' ')} from {plain_date(from_number(change.day))}"
            for change in self.changes
        ]
        return f"If nothing more is written, it will be {', '.join(steps)}."

    @property
    def closeness(self) -> str:
        """How close the verdict is, in a sentence."""
        others = self.sensitivity[self.sensitivity["status"] != self.status]
        if not len(others):
            return "With any threshold one step stricter or laxer, the status would be the same."
        cases = [f"{row.status} with {row.key} = {row.value}" for row in others.itertuples()]
        return f"With one threshold one step away, it would be {', '.join(cases)}."

    @property
    def past(self) -> list[str]:
        """The present silence beside the coalition's own past, in sentences."""
        return list(rhythm_sentences(self.rhythm, self.as_of))

    @property
    def asides(self) -> list[Aside]:
        """What else is known, in words: principles, reports, remarks, disagreements, estimate."""
        return asides_of(self.context, self.coalition, self.disagreements)

    @property
    def estimate(self) -> str:
        """How probable it is that it falls silent, with interval, date and reasons; or empty."""
        return " ".join(str(row["why"]) for row in self.context.rows("forecast"))

    def to_dict(self) -> dict[str, Any]:
        """Gather what a coalition needs to check its verdict from its own archive.

        Returns
        -------
        dict
            What JSON can hold: verdict, policy with digest, coverage, rules, and each message
            with whether and why it counts.
        """
        messages = self.messages.assign(
            date=self.messages["date"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        )
        return {
            "coalition": self.coalition,
            "name": self.name,
            "as_of": self.as_of.isoformat(),
            "status": self.status,
            "since": self.since.isoformat() if self.since else None,
            "why": self.why,
            "covered_until": self.covered_until.isoformat() if self.covered_until else None,
            "policy": {
                "name": self.policy.name,
                "digest": self.policy.digest,
                "toml": self.policy.to_toml(),
                "sentences": self.policy.sentences(),
            },
            "rules": _rows(self.rules),
            "way_back": self.way_back,
            "outlook": self.outlook,
            "rhythm": asdict(self.rhythm),
            "beside": {
                part: [_dated(row) for row in self.context.rows(part)]
                for part in ("principles", "reports", "attendance", "remarks", "forecast")
            },
            "disagreements": list(self.disagreements),
            "messages": _rows(messages),
        }

    def to_json(self) -> str:
        """Write `to_dict` as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n"

    def chart(self) -> str:
        """Draw the last months with characters, for a terminal."""
        most = self.months["messages"].max()
        scale = 1 if pd.isna(most) or most <= _BAR else _BAR / float(most)
        lines = []
        for row in _rows(self.months):
            if row["messages"] is None:
                lines.append(f"{row['month']}  ? nothing is known")
                continue
            bar = "█" * round(row["messages"] * scale) or ("▏" if row["messages"] else "")
            lines.append(f"{row['month']}  {bar} {row['messages']} by {row['participants']}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Show the explanation in a notebook."""
        parts = [
            f"<h3>{_escaped(self.name)}: {self.status.replace('_', ' ')}</h3>",
            f"<p>{_escaped(self.why)}</p>",
            *(f"<p>{_escaped(text)}</p>" for text in (self.way_back, self.outlook) if text),
            f"<p>{_escaped(self.closeness)}</p>",
            _html_table(self.rules.drop(columns="evidence")),
            _html_bars(self.months),
            "".join(f"<p>{_escaped(text)}</p>" for text in self.past),
            *(_html_aside(aside) for aside in self.asides),
            "<p>The latest messages that count:</p>",
            _html_table(
                self.messages.loc[self.messages["counted"], ["date", "message_id", "place"]].head(
                    10
                )
            ),
        ]
        return "".join(parts)


def explain(
    subject: Subject,
    verdict: Verdict,
    rules: pd.DataFrame,
    *,
    writers: Mapping[str, str] | None = None,
    with_addresses: bool = False,
    context: Context | None = None,
    disagreements: Sequence[str] = (),
) -> Explanation:
    """Explain one coalition's verdict.

    Parameters
    ----------
    subject : Subject
        The coalition and its messages.
    verdict : Verdict
        What is said of it.
    rules : DataFrame
        Its rows of the reasons table.
    writers : mapping or None
        From Message-IDs to who wrote, where names are wanted.
    with_addresses : bool
        Whether Message-IDs may stand there that show an address.
    context : Context, optional
        The tables that stand beside all verdicts.
    disagreements : sequence of str
        Where the coalition's axes contradict each other, in clauses.

    Returns
    -------
    Explanation
        Without any name or address, unless `writers` are given.
    """
    messages = _message_table(subject, verdict, with_addresses=with_addresses)
    if writers is not None:
        ids = subject.at_hand.own_ids(np.arange(len(messages))[::-1])
        messages["writer"] = ids.map(dict(writers)).astype("str").to_numpy()
    steps = [
        (key, step, value, status, None if since is None else from_number(since))
        for key, step, value, status, since in sensitivity(subject, verdict)
    ]
    return Explanation(
        coalition=subject.entry.slug,
        name=subject.entry.name,
        as_of=from_number(verdict.day),
        policy=verdict.policy,
        status=verdict.status,
        why=verdict.why(),
        since=None if verdict.since is None else from_number(verdict.since),
        covered_until=None if subject.covered is None else from_number(subject.covered),
        rules=rules.drop(columns="coalition").reset_index(drop=True),
        months=recent_months(subject, verdict.day),
        messages=messages,
        way_back=way_back(subject, verdict),
        changes=coming_changes(subject, verdict),
        sensitivity=pd.DataFrame(steps, columns=["key", "step", "value", "status", "since"]),
        rhythm=rhythm_of(subject.events, subject.at_hand, verdict.day),
        context=(context or Context()).keep(subject.entry.slug),
        disagreements=tuple(disagreements),
    )


def _message_table(
    subject: Subject, verdict: Verdict, *, with_addresses: bool = False
) -> pd.DataFrame:
    events = subject.at_hand
    every = np.arange(len(events))
    ids = events.own_ids(every) if with_addresses else events.ids(every)
    order = np.arange(len(events))[::-1]
    persons = pd.factorize(events.person)[0]
    counted = np.isin(events.row, subject.events.row)
    inside = events.day > verdict.window_from
    automated = events.text("automated")
    kind = automated.where(automated.notna(), np.where(events.is_bulletin, "bulletin", "person"))
    place = pd.Series(np.where(inside, "in the window", "before the window"), dtype="str")
    talks = pd.factorize(np.where(events.is_answer, events.thread, -1))[0]
    frame = pd.DataFrame(
        {
            "message_id": ids.astype("str").to_numpy(),
            "date": pd.Series(events.instant.astype("M8[us]")).dt.tz_localize("UTC"),
            "counted": counted,
            "kind": kind.astype("str"),
            "place": place,
            "person": pd.Series(persons + 1, dtype="Int64").where(events.person >= 0),
            "answers": events.answered_ids(own=with_addresses),
            "conversation": pd.Series(talks + 1, dtype="Int64").where(events.is_answer),
            "link": _links(subject),
        }
    )
    return frame.iloc[order].reset_index(drop=True)


def _links(subject: Subject) -> pd.Series:
    """Say where each message can be looked at: its own page, else the list's archive."""
    given = subject.at_hand.text("link")
    places = [one.archive_url for one in subject.entry.lists if is_web(one.archive_url)]
    return given.where(given.notna(), places[0]) if places else given


def is_web(url: str | None) -> bool:
    """Tell whether a text is an address on the web, and so may become a link."""
    return url is not None and url.lower().startswith(("http://", "https://"))


def recent_months(subject: Subject, day: int) -> pd.DataFrame:
    """Count what a coalition's last 24 months hold.

    Parameters
    ----------
    subject : Subject
        The coalition and its messages.
    day : int
        The day looked back from, days since 1970-01-01.

    Returns
    -------
    DataFrame
        ``month, messages, participants`` (counted ones), missing where the archives tell nothing.
    """
    last = np.datetime64(day, "D").astype("M8[M]")
    months = last - np.arange(_CHART_MONTHS)[::-1]
    at = subject.events.day.astype("M8[D]").astype("M8[M]")
    persons = subject.events.person
    messages = [int((at == month).sum()) for month in months]
    writers = [len(np.unique(persons[(at == month) & (persons >= 0)])) for month in months]
    covered = None if subject.covered is None else np.datetime64(subject.covered, "D")
    known = pd.Series(
        [covered is not None and month <= covered.astype("M8[M]") for month in months]
    )
    return pd.DataFrame(
        {
            "month": months.astype(str),
            "messages": pd.Series(messages, dtype="Int64").where(known),
            "participants": pd.Series(writers, dtype="Int64").where(known),
        }
    )


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [
        {str(key): value.item() if hasattr(value, "item") else value for key, value in row.items()}
        for row in plain.to_dict("records")
    ]


def _dated(row: Mapping[str, object]) -> dict[str, object]:
    return {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in row.items()}


def _escaped(text: object) -> str:
    return html.escape(" ".join(str(text).split()))


def _html_aside(aside: Aside) -> str:
    lines = "".join(f"<li>{_escaped(line)}</li>" for line in aside.lines)
    return f"<p>{_escaped(aside.heading)}:</p><ul>{lines}</ul>"


def _html_table(frame: pd.DataFrame) -> str:
    head = "".join(f"<th>{_escaped(name)}</th>" for name in frame.columns)
    rows = "".join(
        "<tr>"
        + "".join(f"<td>{_escaped('' if x is None else x)}</td>" for x in row.values())
        + "</tr>"
        for row in _rows(frame)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _html_bars(months: pd.DataFrame) -> str:
    most = months["messages"].max()
    top = 1 if pd.isna(most) or not most else int(most)
    rows = []
    for row in _rows(months):
        said = "nothing is known"
        if row["messages"] is not None:
            width = round(16 * row["messages"] / top, 2)
            said = (
                '<span style="display:inline-block;background:#0072B2;height:.8em;'
                f'width:{width}em"></span> {row["messages"]} by {row["participants"]}'
            )
        rows.append(f"<tr><td>{row['month']}</td><td>{said}</td></tr>")
    return f"<table><tbody>{''.join(rows)}</tbody></table>"
