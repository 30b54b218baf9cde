"""The commands."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from dcactivity.cli.attendance import attendance_app
from dcactivity.cli.cases import cases_app
from dcactivity.cli.doctor import doctor
from dcactivity.cli.explain import explain
from dcactivity.cli.fetch import fetch
from dcactivity.cli.forecast import forecast
from dcactivity.cli.lab import lab
from dcactivity.cli.options import (
    AsOf,
    Dask,
    Json,
    Quiet,
    Retrieved,
    SourcePath,
    Workers,
)
from dcactivity.cli.people import people
from dcactivity.cli.policies import policy_app
from dcactivity.cli.principles import principles
from dcactivity.cli.printing import close, progress_bar, remark, say_as_of, shown
from dcactivity.cli.privacy import export_person, forget
from dcactivity.cli.report import report
from dcactivity.cli.sheet import sheet
from dcactivity.cli.status import status
from dcactivity.errors import DcactivityError
from dcactivity.version import __version__

__all__ = ["app", "main"]

app = typer.Typer(
    name="dcactivity",
    help="Which coalitions are active, dormant or at risk: mailing-list archives in, activity "
    "tables and verdicts out.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
_DEFAULT = "draft-2022"


def main() -> None:
    """Run the program; end with the exit status of the design, never with a traceback."""
    try:
        app()
    except DcactivityError as error:
        _fail(str(error))
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        _fail("interrupted")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error}")
    except MemoryError:
        _fail("not enough memory; try --workers 1")


def _fail(message: str) -> None:
    typer.echo(f"dcactivity: {shown(' '.join(message.split()))}", err=True)
    sys.exit(1)


def _print_version(value: bool) -> None:  # typer calls it by position
    if value:
        typer.echo(f"dcactivity {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    pass


def ingest(
    source: SourcePath,
    store: Annotated[
        Path,
        typer.Option("--store", metavar="DIR", help="The store's folder.", show_default=False),
    ],
    workers: Workers = None,
    dask: Dask = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Hash archives that look unchanged, too.")
    ] = False,
    retrieved: Retrieved = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Read what is new in SOURCE into a store of Parquet files.

    An archive of the same size, time and inode as before is not read again; of a grown mbox
    only the tail is read; a changed archive is replaced and a removed one leaves.
    """
    from dcactivity.cluster import cluster
    from dcactivity.messages.ingest import ingest as run

    with (
        cluster(dask, source=source, store=store) as executor,
        progress_bar("reading archives", quiet=quiet) as progress,
    ):
        result = run(
            source,
            store,
            executor=executor,
            workers=workers,
            verify=verify,
            retrieved=retrieved,
            progress=progress,
            notice=remark,
        )
    if as_json:
        from dcactivity.report.tables import as_json as to_json

        typer.echo(to_json(result.archives), nl=False)
    if not quiet:
        for name, reason in result.passed_over:
            remark(f"passed over: {name} ({reason})")
    remark(result.summary(), quiet=quiet)
    close(result, quiet=quiet)


def monthly(
    source: SourcePath,
    coalition: Annotated[
        str | None,
        typer.Option("--coalition", metavar="SLUG", help="This one alone.", show_default=False),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="csv, json, parquet or md.  [default: by the name of --out, else csv]",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="A file; - is standard output."),
    ] = None,
    as_of: AsOf = None,
    retrieved: Retrieved = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print the monthly activity table, or write it to a file.

    One row for each coalition and month, from its first message to the month of the as-of
    date: zero where nothing was said, empty where nothing can be said.
    """
    from dcactivity.assess import activity
    from dcactivity.messages.read import opened
    from dcactivity.report.tables import FORMATS, write_table

    kind = "json" if as_json else form or _form_of(out)
    if kind not in {*FORMATS, "parquet"}:
        raise typer.BadParameter(
            f"{kind!r} is none of csv, json, md, parquet", param_hint="--format"
        )
    to_file = out is not None and str(out) != "-"
    if kind == "parquet" and not to_file:
        raise typer.BadParameter(
            "parquet goes to a file: name it with --out", param_hint="--format"
        )
    with (
        progress_bar("reading archives", quiet=quiet) as progress,
        opened(source, retrieved=retrieved, progress=progress, notice=remark) as found,
    ):
        table, day = activity(found, as_of=as_of, coalition=coalition)
    say_as_of(day, as_of, quiet=quiet)
    if out is not None and to_file:
        write_table(table, out, kind)
        remark(f"{len(table)} rows written to {out}", quiet=quiet)
    else:
        typer.echo(FORMATS[kind](table), nl=False)
    close(found.report, quiet=quiet)


def _form_of(out: Path | None) -> str:
    suffix = out.suffix[1:].lower() if out is not None else ""
    return suffix if suffix in {"csv", "json", "md", "parquet"} else "csv"


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where the archives lie.", show_default=False)
    ],
    quiet: Quiet = False,
) -> None:
    """Look at the archives in DIR and write a coalitions.toml to be completed by hand.

    It names each coalition's archives, its list's address, and its first and last message. An
    existing file is left alone.
    """
    from dcactivity.draft import write_draft

    with progress_bar("reading archives", quiet=quiet) as progress:
        written = write_draft(folder, progress=progress)
    remark(f"{written} written; please complete names and dates", quiet=quiet)


def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="An empty or new folder.", show_default=False)
    ],
    quiet: Quiet = False,
) -> None:
    """Write synthetic archives of fictional coalitions to DIR, to try everything on."""
    from dcactivity.demo import write_demo

    write_demo(folder)
    remark(
        f"demo data written to {folder}; try: dcactivity report {folder} --out out", quiet=quiet
    )


_COMMANDS = (
    (
        report,
        "The main job: from archives to finished tables, charts and pages.",
        "report data/demo --as-of 2022-03-31 --out out",
    ),
    (ingest, "Read what is new into a store.", "ingest archives/ --store store/"),
    (
        init,
        "Write a commented coalitions.toml for the archives that lie there.",
        "init my-archives/",
    ),
    (status, "The table of verdicts.", "status data/demo --as-of 2022-03-31"),
    (monthly, "The monthly activity table.", "monthly data/demo --format csv --out monthly.csv"),
    (
        explain,
        "Why a coalition has its verdict, and what would change it.",
        "explain data/demo dc-lighthouses --as-of 2022-03-31",
    ),
    (
        sheet,
        "One coalition's figures for its annual report.",
        "sheet data/demo dc-lighthouses --year 2021 --out sheets",
    ),
    (
        doctor,
        "What is wrong with the data and the registry.",
        "doctor data/demo --as-of 2022-03-31",
    ),
    (people, "Who was joined with whom, and why; doubtful pairs.", "people data/demo --review"),
    (
        lab,
        "What each policy would have done over the years.",
        "lab data/demo --policy draft-2022 --policy w3c-groups",
    ),
    (
        principles,
        "The three open principles, with evidence.",
        "principles data/demo --as-of 2022-03-31",
    ),
    (
        forecast,
        "How probable it is that each coalition falls silent.",
        "forecast data/demo --as-of 2022-03-31",
    ),
    (fetch, "Bring public archives into the registry's folder.", "fetch archives/ --dry-run"),
    (
        forget,
        "Remove one person's names and addresses from a store.",
        "forget jane@example.org --store store/ --dry-run",
    ),
    (
        export_person,
        "What a store holds on one person, as JSON.",
        "export-person jane@example.org --store store/",
    ),
    (demo, "Write the demo data.", "demo demo/"),
)
for _command, _summary, _example in _COMMANDS:
    app.command(short_help=_summary, epilog=f"Example: dcactivity {_example}")(_command)
for _group, _name in (
    (policy_app, "policy"),
    (attendance_app, "attendance"),
    (cases_app, "cases"),
):
    app.add_typer(_group, name=_name)
