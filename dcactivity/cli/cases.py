"""The command ``cases`` with its parts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcactivity.cli.options import AsOf, Json, PolicyName, Quiet, Retrieved, SourcePath, day
from dcactivity.cli.printing import remark, show_table
from dcactivity.cli.surveyed import surveyed

if TYPE_CHECKING:
    import pandas as pd

    from dcactivity.cases.events import Event

__all__ = ["cases_app"]

cases_app = typer.Typer(
    help="Notice, reminders, deadline, outcome: the ledger of cases. The program sends nothing "
    "and revokes nothing.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_DEFAULT = "draft-2022"
_HERE = Path("cases.sqlite")

_Coalition = Annotated[
    str, typer.Argument(metavar="COALITION", help="Its slug.", show_default=False)
]
_Beside = Annotated[
    Path | None,
    typer.Option(
        "--ledger",
        metavar="FILE",
        help="The ledger.  [default: cases.sqlite beside the registry of SOURCE]",
        show_default=False,
    ),
]
_Ledger = Annotated[Path, typer.Option("--ledger", metavar="FILE", help="The ledger.")]
_Role = Annotated[
    str, typer.Option("--by", metavar="ROLE", help="Who acts: a role, never a person's name.")
]
_Until = Annotated[
    dt.date | None,
    typer.Option(
        "--until",
        metavar="DATE",
        parser=day,
        help="The day that a reply, an extension or an appeal sets.",
        show_default=False,
    ),
]
_To = Annotated[
    str | None,
    typer.Option("--to", metavar="ADDRESS", help="Whom to write to.", show_default=False),
]


_On = Annotated[
    dt.date,
    typer.Option(
        "--on", metavar="DATE", parser=day, help="The day it happened.", show_default=False
    ),
]
_LetterDay = Annotated[
    dt.date | None,
    typer.Option(
        "--on",
        metavar="DATE",
        parser=day,
        help="The day of the opening or the letter.  [default: the as-of date]",
        show_default=False,
    ),
]
_Out = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Where it goes.", show_default=False)
]


@cases_app.command(
    epilog="Example: dcactivity cases propose data/demo --as-of 2022-03-31",
    short_help="Which cases the review calls for.",
)
def propose(
    source: SourcePath,
    as_of: AsOf = None,
    policy: PolicyName = _DEFAULT,
    ledger: _Beside = None,
    retrieved: Retrieved = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say which cases the review calls for, and which have come to a good end.

    Ended and exempt coalitions are not pursued, and where the archives do not reach far enough
    nothing is proposed.
    """
    from dcactivity.cases.proposals import propose as run

    with surveyed(
        source, policy=policy, as_of=as_of, retrieved=retrieved, quiet=quiet, ledger=ledger
    ) as (found, _):
        title = f"As of {found.as_of}, under {found.review.policy.name}"
        _print(run(found), as_json=as_json, title=title)


@cases_app.command(
    "open",
    epilog="Example: dcactivity cases open data/demo dc-cobblestones --as-of 2022-03-31",
    short_help="Open a case on what the review found.",
)
def open_(
    source: SourcePath,
    coalition: _Coalition,
    on: _LetterDay = None,
    role: _Role = "secretariat",
    note: Annotated[
        str | None,
        typer.Option(
            "--note",
            metavar="TEXT",
            help="A remark.  [default: what was found]",
            show_default=False,
        ),
    ] = None,
    as_of: AsOf = None,
    policy: PolicyName = _DEFAULT,
    ledger: _Beside = None,
    retrieved: Retrieved = None,
    quiet: Quiet = False,
) -> None:
    """Open a case, with the digests of its evidence and of the policy."""
    from dcactivity.cases.grounds import gravest, refusal
    from dcactivity.cases.recording import open_case

    with surveyed(
        source, policy=policy, as_of=as_of, retrieved=retrieved, quiet=quiet, ledger=ledger
    ) as (found, place):
        exempt = found.exemption(coalition)
        finding = gravest(found.findings(coalition))
        if exempt or finding is None:
            raise refusal(found.review, coalition, exempt=exempt)
        event = open_case(
            place, found.review, finding, on=on, role=role, note=note, recorded=_now()
        )
        _say(event, place, quiet=quiet)


@cases_app.command(
    epilog="Example: dcactivity cases record dc-cobblestones notice_sent --on 2022-04-04",
    short_help="Write what happened into the ledger.",
)
def record(
    coalition: _Coalition,
    event: Annotated[
        str, typer.Argument(metavar="EVENT", help="What happened.", show_default=False)
    ],
    on: _On,
    until: _Until = None,
    role: _Role = "",
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="A remark.")] = "",
    ledger: _Ledger = _HERE,
    quiet: Quiet = False,
) -> None:
    """Record an event of a case; a step that is not legal is refused with the reason.

    Events: notice_sent, reminder_sent, reply, extension, remedied, escalated, appeal,
    revocation_recommended, revoked, reinstated, closed.
    """
    from dcactivity.cases.recording import record_event
    from dcactivity.errors import MissingError

    if not ledger.exists():
        raise MissingError(
            "there is no ledger", path=ledger, hint="cases open makes one; --ledger names another"
        )
    now = _now()
    if on > now.date():
        remark(f"note: {on} lies ahead of this machine's clock", quiet=quiet)
    written = record_event(
        ledger, coalition, event, on=on, until=until, role=role, note=note, recorded=now
    )
    _say(written, ledger, quiet=quiet)


@cases_app.command("list", epilog="Example: dcactivity cases list --as-of 2022-07-04")
def list_(
    as_of: AsOf = None,
    ledger: _Ledger = _HERE,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the cases, by default as of the ledger's newest event."""
    from dcactivity.cases.ledger import read_events
    from dcactivity.cases.steps import replay
    from dcactivity.cases.tables import cases_table

    events = read_events(ledger)
    on = as_of or max((event.date for event in events), default=dt.date.min)
    if as_of is None and events:
        remark(f"as of {on}, the newest event; another day: --as-of", quiet=quiet)
    table = cases_table(replay(events, as_of=on).values(), as_of=on)
    _print(table, as_json=as_json, title=f"As of {on}")


@cases_app.command(epilog="Example: dcactivity cases due --as-of 2022-07-04")
def due(
    as_of: Annotated[
        dt.date,
        typer.Option("--as-of", metavar="DATE", parser=day, help="The day.", show_default=False),
    ],
    ledger: _Ledger = _HERE,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what is to be done by the end of the coming week."""
    from dcactivity.cases.ledger import read_events
    from dcactivity.cases.steps import replay
    from dcactivity.cases.tables import due_table

    table = due_table(replay(read_events(ledger), as_of=as_of).values(), as_of=as_of)
    if not len(table):
        remark("nothing is to be done", quiet=quiet)
    _print(table, as_json=as_json, title=f"To be done by {as_of + dt.timedelta(days=7)}")


@cases_app.command(
    epilog="Example: dcactivity cases letter data/demo dc-cobblestones --kind first-notice "
    "--out letters",
    short_help="Draft a letter.",
)
def letter(
    source: SourcePath,
    coalition: _Coalition,
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="first-notice, repeat, reminder, small-fault, breach, silence, missing-report, "
            "recommendation or reinstatement.",
            show_default=False,
        ),
    ],
    out: _Out,
    templates: Annotated[
        Path | None,
        typer.Option("--templates", metavar="DIR", help="Your own templates.", show_default=False),
    ] = None,
    to: _To = None,
    on: _LetterDay = None,
    as_of: AsOf = None,
    policy: PolicyName = _DEFAULT,
    ledger: _Beside = None,
    retrieved: Retrieved = None,
    quiet: Quiet = False,
) -> None:
    """Draft a letter as a mail that opens unsent, and as a Word document. Nothing is sent."""
    from dcactivity.cases.drafts import write_letter
    from dcactivity.cases.letters import KINDS, letter_facts

    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is none of {', '.join(KINDS)}", param_hint="--kind")
    with surveyed(
        source, policy=policy, as_of=as_of, retrieved=retrieved, quiet=quiet, ledger=ledger
    ) as (found, _):
        facts = letter_facts(found, coalition, kind, on=on)
        for path in write_letter(facts, out, templates=templates, to=to):
            remark(f"{path} written", quiet=quiet)


@cases_app.command(epilog="Example: dcactivity cases templates my-templates")
def templates(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where they go.", show_default=False)
    ],
    quiet: Quiet = False,
) -> None:
    """Copy the templates of the letters, to be changed and given back with --templates."""
    from dcactivity.cases.drafts import copy_templates

    remark(f"{len(copy_templates(folder))} templates copied to {folder}", quiet=quiet)


@cases_app.command(epilog="Example: dcactivity cases calendar --out cases.ics")
def calendar(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The file.", show_default=False)
    ],
    ledger: _Ledger = _HERE,
    quiet: Quiet = False,
) -> None:
    """Write the deadlines of open cases as a calendar."""
    from dcactivity.cases.calendar import calendar as run
    from dcactivity.cases.ledger import read_events
    from dcactivity.cases.steps import replay
    from dcactivity.files import put_file

    text = run(replay(read_events(ledger)).values())
    out.parent.mkdir(parents=True, exist_ok=True)
    put_file(out, text.encode())
    remark(f"{out} written, with {text.count('BEGIN:VEVENT')} dates", quiet=quiet)


@cases_app.command(epilog="Example: dcactivity cases verify")
def verify(
    ledger: _Ledger = _HERE,
    head: Annotated[
        str | None,
        typer.Option(
            "--head",
            metavar="DIGEST",
            help="A digest noted earlier: it must be there.",
            show_default=False,
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Check that no row of the ledger was changed, moved or taken out; else end with 1.

    The digest it prints, noted elsewhere, shows later that nothing before it was changed.
    """
    from dcactivity.cases.ledger import verify_ledger

    found = verify_ledger(ledger, head=head)
    for line in found.remarks:
        remark(f"note: {line}", quiet=quiet)
    for line in found.faults:
        remark(f"{ledger}: {line}")
    if found.faults:
        raise typer.Exit(1)
    typer.echo(f"{found.events} events, head {found.head or 'none'}")


@cases_app.command(epilog="Example: dcactivity cases export --out cases.csv")
def export(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="A file; - is standard output.")
    ] = Path("-"),
    ledger: _Ledger = _HERE,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write all events as CSV."""
    from dcactivity.cases.ledger import read_events
    from dcactivity.cases.tables import events_table
    from dcactivity.report.tables import as_csv, write_table
    from dcactivity.report.tables import as_json as to_json

    table = events_table(read_events(ledger))
    if str(out) == "-":
        typer.echo(to_json(table) if as_json else as_csv(table), nl=False)
        return
    write_table(table, out, "json" if as_json else "csv")
    remark(f"{len(table)} rows written to {out}", quiet=quiet)


def _now() -> dt.datetime:
    # The one place where a case meets the clock: when a row was written, never what it says.
    return dt.datetime.now(dt.UTC)


def _say(event: Event, place: Path, *, quiet: bool) -> None:
    remark(f"{event.coalition}: {event.event} on {event.date}, written to {place} as row "
           f"{event.number}", quiet=quiet)  # fmt: skip


def _print(table: pd.DataFrame, *, as_json: bool, title: str) -> None:
    from dcactivity.report.tables import as_json as to_json

    if as_json:
        typer.echo(to_json(table), nl=False)
    else:
        show_table(table, title=title)
