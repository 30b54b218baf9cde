"""The command that replays policies over the past."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcactivity.cli.options import Dask, Json, Quiet, Retrieved, day
from dcactivity.cli.printing import close, progress_bar, remark, show_table, shown

if TYPE_CHECKING:
    from dcactivity.laboratory import Laboratory

__all__ = ["lab"]


def _day_option(name: str, words: str) -> object:
    return typer.Option(name, metavar="DATE", parser=day, help=words, show_default=False)


def lab(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE",
            help="An archive, a folder of archives, a store; or a CSV of monthly series: "
            "coalition, month, messages[, participants].",
            show_default=False,
        ),
    ],
    policy: Annotated[
        list[str],
        typer.Option("--policy", metavar="POLICY", help="A preset or a TOML file; repeatable."),
    ],
    sweep: Annotated[
        list[str] | None,
        typer.Option(
            "--sweep",
            metavar="KEY=V1,V2",
            help="Vary a key of each policy, such as active.window_months=6,12; once or twice.",
            show_default=False,
        ),
    ] = None,
    start: Annotated[
        dt.date | None, _day_option("--from", "Report on months that end on this day or later.")
    ] = None,
    end: Annotated[
        dt.date | None,
        _day_option("--to", "Look at nothing after this day.  [default: the latest day covered]"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write tables and charts here, too."),
    ] = None,
    dask: Dask = None,
    retrieved: Retrieved = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Replay policies over the past: notices, false alarms, delays, disagreements.

    A false alarm is a coalition that was warned, or at risk, and active again within 12 months
    by itself. The delay is that of coalitions silent for good, from their last message to being
    at risk. In brackets: 95 % intervals, by bootstrap over coalitions.
    """
    from dcactivity.cluster import cluster
    from dcactivity.laboratory import is_series
    from dcactivity.laboratory import lab as run
    from dcactivity.messages.read import opened

    values = dict(map(_swept, sweep or []))
    if is_series(source):
        result = run(source, policy, sweep=values, start=start, end=end)
        _print(result, out, as_json=as_json, quiet=quiet)
        return
    with (
        cluster(dask, source=source, store=None) as executor,
        progress_bar("reading archives", quiet=quiet) as progress,
        opened(
            source, retrieved=retrieved, executor=executor, progress=progress, notice=remark
        ) as found,
    ):
        result = run(found, policy, sweep=values, start=start, end=end)
        _print(result, out, as_json=as_json, quiet=quiet)
    close(found.report, quiet=quiet)


def _swept(text: str) -> tuple[str, list[object]]:
    """Read KEY=V1,V2; what is no number, true or false is a text."""
    key, sign, values = text.partition("=")
    if not sign or not values.strip(","):
        raise typer.BadParameter(f"{text!r} is not of the form KEY=V1,V2", param_hint="--sweep")
    return key.strip(), [_value(one.strip()) for one in values.split(",")]


def _value(text: str) -> object:
    try:
        value = tomllib.loads(f"value = {text}")["value"]
        return text if isinstance(value, int) and value.bit_length() > 100 else value
    except ValueError:  # no TOML, or a number of thousands of digits
        return text


def _print(result: Laboratory, out: Path | None, *, as_json: bool, quiet: bool) -> None:
    from dcactivity.report.laboratory import (
        laboratory_remarks,
        laboratory_table,
        write_laboratory,
    )
    from dcactivity.report.tables import as_json as to_json

    first = result.replays[0]
    if as_json:
        typer.echo(to_json(result.summary), nl=False)
    else:
        title = f"From {first.months[first.first]} to {first.months[-1]}"
        show_table(laboratory_table(result), title=title)
        for line in laboratory_remarks(result):
            typer.echo(shown(line))
    if out is not None:
        written = write_laboratory(result, out)
        remark(f"{len(written)} files written to {out}", quiet=quiet)
