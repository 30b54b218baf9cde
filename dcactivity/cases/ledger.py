"""The ledger: one SQLite file, to which rows are added and from which none is taken.

Triggers refuse changes and deletions, and each row bears the digest of the row before it, so
that a row changed, moved or taken out from outside is found. Whoever can write the file can
also compute a new chain: note the head that `verify` prints, in minutes or in a mail, and
hold the ledger against it later.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from urllib.parse import quote

from dcactivity.cases.events import EVENTS, Event
from dcactivity.cases.steps import replay, take
from dcactivity.errors import DcactivityError, LedgerError, MissingError, StepError

__all__ = ["FILE_NAME", "Verification", "add_event", "read_events", "verify_ledger"]

FILE_NAME = "cases.sqlite"

_VERSION = 1
_APPLICATION = 0x64634143  # "dcAC": tells the file from other SQLite files
_PATIENCE = 30.0  # seconds to wait for another writer
_COLUMNS = tuple(f.name for f in fields(Event))
_DATES = frozenset({"date", "until", "as_of"})

_TABLE = f"""
CREATE TABLE IF NOT EXISTS ledger (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    "case" INTEGER NOT NULL,
    coalition TEXT NOT NULL,
    date TEXT NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    event TEXT NOT NULL CHECK (event IN ({", ".join(f"'{name}'" for name in EVENTS)})),
    until TEXT,
    role TEXT NOT NULL,
    note TEXT NOT NULL,
    ground TEXT,
    as_of TEXT,
    policy TEXT,
    policy_digest TEXT,
    evidence TEXT,
    terms TEXT,
    recorded TEXT NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE
)"""
_TRIGGERS = {
    "ledger_no_update": """BEFORE UPDATE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    "ledger_no_delete": """BEFORE DELETE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    # INSERT OR REPLACE would take a row out without a delete trigger.
    "ledger_append": """BEFORE INSERT ON ledger
        WHEN NEW.number IS NOT (SELECT COALESCE(MAX(number), 0) + 1 FROM ledger)
          OR NEW.previous IS NOT COALESCE(
            (SELECT digest FROM ledger ORDER BY number DESC LIMIT 1), '')
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
}


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of a ledger found.

    Parameters
    ----------
    events : int
        How many rows it has.
    head : str
        The newest row's digest; "" where there is none.
    faults : tuple of str
        What cannot be as the program wrote it.
    remarks : tuple of str
        What is odd, but may be so: a clock that was set back.
    """

    events: int
    head: str
    faults: tuple[str, ...]
    remarks: tuple[str, ...]


def read_events(path: Path) -> list[Event]:
    """Read a ledger.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of Event
        In the order in which they were written.

    Raises
    ------
    MissingError
        There is no such file.
    LedgerError
        It is no ledger of this program, or cannot be read.
    """
    with _reading(path) as database:
        return _all(database)


def add_event(
    path: Path, decide: Callable[[list[Event]], Event], *, recorded: dt.datetime
) -> Event:
    """Add a row to a ledger, and create the ledger where there is none.

    Parameters
    ----------
    path : Path
        The file.
    decide : callable
        Gets all rows and gives the new one, or raises. No other writer comes between what
        it was shown and the row it gives.
    recorded : datetime.datetime
        The clock's instant.

    Returns
    -------
    Event
        The row as it was written, with number and digests.

    Raises
    ------
    StepError
        The step is not legal.
    LedgerError
        The file cannot be used, or another program keeps it locked.
    """
    is_new = not path.exists()
    if is_new:
        path.parent.mkdir(parents=True, exist_ok=True)
    instant = recorded.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with _guarded(path), contextlib.closing(_connected(path)) as database:
        _prepare(database, path)
        database.execute("BEGIN IMMEDIATE")
        try:
            events = _all(database)
            event = _chained(decide(events), events, instant)
            cases = replay(events)
            take(cases.get(event.case), event, cases.values())
            row = event.plain()
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" for _ in row)
            database.execute(
                f"INSERT INTO ledger ({names}) VALUES ({marks})",  # noqa: S608 our own names
                tuple(row.values()),
            )
            database.execute("COMMIT")
        except BaseException:
            database.execute("ROLLBACK")
            raise
    return event


def verify_ledger(path: Path, *, head: str | None = None) -> Verification:
    """Check that a ledger is as this program wrote it.

    Parameters
    ----------
    path : Path
        The file.
    head : str, optional
        A digest that was noted earlier: the row must still be there.

    Returns
    -------
    Verification
        Without faults where it holds.

    Raises
    ------
    MissingError, LedgerError
        As for `read_events`.
    """
    faults: list[str] = []
    remarks: list[str] = []
    with _reading(path) as database:
        rows = _rows(database)
        found = dict(
            database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        )
        counted = database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'ledger'")
        ever = int((counted.fetchone() or (0,))[0])
        faults += [f"page: {line}" for (line,) in database.execute("PRAGMA quick_check")
                   if line != "ok"]  # fmt: skip
    faults += [
        f"the trigger {name} is missing or changed"
        for name, body in _TRIGGERS.items()
        if found.get(name) != f"CREATE TRIGGER {name} {body}"
    ]
    events: list[Event] = []
    previous, clock = "", ""
    for place, row in enumerate(rows, 1):
        try:
            event = _event(row)
        except (ValueError, TypeError) as problem:
            faults.append(f"row {row[0]}: cannot be read ({problem})")
            break
        if event.number != place:
            faults.append(f"row {place} is missing: row {event.number} stands in its place")
            break
        if event.previous != previous:
            faults.append(f"row {place}: the row before it was changed or taken out")
        if event.computed_digest() != event.digest:
            faults.append(f"row {place}: was changed after it was written")
        if event.recorded < clock:
            remarks.append(f"row {place}: the clock had been set back ({event.recorded})")
        previous, clock = event.digest, max(clock, event.recorded)
        events.append(event)
    if len(rows) < ever:
        faults.append(f"the ledger has had {ever} rows, {len(rows)} are there")
    if head is not None and head not in {event.digest for event in events}:
        faults.append(f"no row bears the digest {head}")
    if not faults:
        try:
            replay(events)
        except StepError as problem:
            faults.append(f"a step was never legal: {problem}")
    return Verification(len(rows), previous, tuple(faults), tuple(remarks))


def _chained(event: Event, events: list[Event], recorded: str) -> Event:
    bare = replace(
        event,
        number=len(events) + 1,
        recorded=recorded,
        previous=events[-1].digest if events else "",
        digest="",
    )
    return replace(bare, digest=bare.computed_digest())


def _connected(path: Path) -> sqlite3.Connection:
    # Transactions are begun by hand: Python's own begin too late for a legal step.
    return sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    """Make the table where there is none; two programs may come at the same time."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError:
            # Changing the mode does not wait for a writer, whatever the time-out.
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
    database.execute("PRAGMA synchronous = FULL")
    _check(database, path, may_be_empty=True)
    database.execute("BEGIN IMMEDIATE")
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if not version:
        database.execute(_TABLE)
        for name, body in _TRIGGERS.items():
            database.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {body}")
        database.execute(f"PRAGMA application_id = {_APPLICATION}")
        database.execute(f"PRAGMA user_version = {_VERSION}")
    database.execute("COMMIT")


def _check(database: sqlite3.Connection, path: Path, *, may_be_empty: bool) -> None:
    version = database.execute("PRAGMA user_version").fetchone()[0]
    application = database.execute("PRAGMA application_id").fetchone()[0]
    tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if may_be_empty and not tables and not application:
        return
    if application != _APPLICATION:
        raise LedgerError("is no ledger of cases", path=path, hint="name another with --ledger")
    if version != _VERSION:
        raise LedgerError(
            f"has the layout {version}; this program reads {_VERSION}",
            path=path,
            hint="use the version of dcactivity that wrote it",
        )


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.is_file():
        raise MissingError(
            "there is no ledger", path=path, hint="cases open makes one; --ledger names another"
        )
    # Not mode=ro: after a crash the first who reads must put the log in order.
    address = f"file:{quote(str(path.absolute()))}?mode=rw"
    with _guarded(path):
        try:
            database = sqlite3.connect(address, uri=True, timeout=_PATIENCE, isolation_level=None)
            database.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.OperationalError as problem:
            if "readonly" not in str(problem):
                raise
            # On a medium that nobody can write there is no log to put in order either.
            database.close()
            database = sqlite3.connect(address.replace("?mode=rw", "?immutable=1"), uri=True)
        with contextlib.closing(database):
            _check(database, path, may_be_empty=False)
            yield database


@contextlib.contextmanager
def _guarded(path: Path) -> Iterator[None]:
    """Turn what SQLite says into one line."""
    try:
        yield
    except DcactivityError:
        raise
    except sqlite3.Error as problem:
        locked = "locked" in str(problem)
        raise LedgerError(
            f"cannot be used ({problem})",
            path=path,
            hint="another program writes to it; try again" if locked else None,
        ) from problem


def _rows(database: sqlite3.Connection) -> list[tuple[object, ...]]:
    names = ", ".join(f'"{name}"' for name in _COLUMNS)
    return database.execute(f"SELECT {names} FROM ledger ORDER BY number").fetchall()  # noqa: S608 our own names


def _all(database: sqlite3.Connection) -> list[Event]:
    try:
        return [_event(row) for row in _rows(database)]
    except (ValueError, TypeError) as problem:
        raise LedgerError(
            f"holds a row that cannot be read ({problem})", hint="see: cases verify"
        ) from problem


def _event(row: tuple[object, ...]) -> Event:
    values = dict(zip(_COLUMNS, row, strict=True))
    for name in _DATES:
        if values[name] is not None:
            values[name] = dt.date.fromisoformat(str(values[name]))
    return Event(**values)  # type: ignore[arg-type]  # a digest tells whether they are ours
