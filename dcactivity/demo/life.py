"""What describes a coalition of the demo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dcactivity.demo.formats import Files
from dcactivity.demo.talk import Line, Mail
from dcactivity.demo.wire import MailingList

__all__ = ["EVER", "Coalition", "Source", "Span"]

Span = tuple[str, str]
"""First and last month, "YYYY-MM", both included."""

EVER = ("2014-04", "2022-03")
"""The months that the demo spans."""


@dataclass(frozen=True, slots=True)
class Source:
    """One mailing list with its archive.

    Parameters
    ----------
    mailing_list : MailingList
        The list.
    write : callable
        One of the functions of `dcactivity.demo.formats`.
    form : str
        The archive format in words.
    globs : tuple of str
        Where the archive lies, below the coalition's folder.
    span : tuple of str
        First and last month of the list's life.
    retrieved : str
        ISO day on which the archive was fetched.
    folder : str
        A sub-folder for this list's files; empty: none.
    imported : str or None
        Instant (ISO 8601, UTC) at which all that was said before, on the list `origin`, was put
        into this archive.
    origin : str
        That earlier list.
    has_wreck : bool
        Whether an envelope without a message lies at the end.
    """

    mailing_list: MailingList
    write: Callable[[Sequence[Mail], MailingList], Files]
    form: str
    globs: tuple[str, ...]
    span: Span = EVER
    retrieved: str = "2022-03-31"
    folder: str = ""
    imported: str | None = None
    origin: str = ""
    has_wreck: bool = False


@dataclass(frozen=True, slots=True)
class Coalition:
    """One fictional coalition.

    Parameters
    ----------
    slug, name : str
        Key and full name.
    recognised : str
        ISO day.
    life : str
        Its life in a few words.
    lesson : str
        What it teaches.
    matters : tuple of str
        What its members talk about.
    sources : tuple of Source
        Its lists, the oldest first.
    people : int
        How many members write.
    pace : tuple of (month, messages)
        Mean messages a month from that month on.
    season : tuple of float
        Twelve factors of the pace, January first; empty: all year alike.
    script : tuple of Line
        Messages that are there whatever the seed.
    bulletins, reminders, advertisements : tuple of str or None
        First and last month in which such messages arrive.
    has_echoes : bool
        Whether robots of members answer.
    aliases : tuple of str
        Other names.
    """

    slug: str
    name: str
    recognised: str
    life: str
    lesson: str
    matters: tuple[str, ...]
    sources: tuple[Source, ...]
    people: int = 9
    pace: tuple[tuple[str, float], ...] = ()
    season: tuple[float, ...] = ()
    script: tuple[Line, ...] = ()
    bulletins: Span | None = None
    reminders: Span | None = None
    advertisements: Span | None = None
    has_echoes: bool = False
    aliases: tuple[str, ...] = ()
