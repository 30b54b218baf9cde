"""The command ``forecast``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcactivity.cli.options import AsOf, Dask, Json, PolicyName, Quiet, Retrieved, SourcePath
from dcactivity.cli.printing import close, progress_bar, remark, show_table, shown

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from dcactivity.forecast.backtest import Backtest

__all__ = ["forecast"]


def forecast(
    source: SourcePath,
    backtest: Annotated[
        bool, typer.Option("--backtest", help="Judge past estimates on these archives.")
    ] = False,
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit on these archives, if they are enough.")
    ] = False,
    horizon_months: Annotated[
        int,
        typer.Option(
            "--horizon-months", metavar="N", min=1, max=24, help="Months of silence, 1 to 24."
        ),
    ] = 12,
    chart: Annotated[
        Path | None,
        typer.Option(
            "--chart",
            metavar="FILE",
            help="Draw the estimates, or with --backtest the reliability diagram, as PNG or SVG.",
            show_default=False,
        ),
    ] = None,
    as_of: AsOf = None,
    policy: PolicyName = "draft-2022",
    dask: Dask = None,
    retrieved: Retrieved = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Estimate how probable it is that each coalition falls silent.

    An estimate is no verdict and changes no status. Coalitions that are UNKNOWN, or of which
    fewer than six months are known, get none.
    """
    from dcactivity.assess import assess
    from dcactivity.cluster import cluster
    from dcactivity.forecast.backtest import backtest as judge
    from dcactivity.forecast.backtest import refit as fit
    from dcactivity.forecast.series import until_ended
    from dcactivity.forecast.silence import forecast_silence
    from dcactivity.messages.read import opened
    from dcactivity.policy import Policy

    rules = Policy.load(policy)
    with (
        cluster(dask, source=source, store=None) as executor,
        progress_bar("reading archives", quiet=quiet) as progress,
        opened(
            source, retrieved=retrieved, executor=executor, progress=progress, notice=remark
        ) as found,
    ):
        result = assess(found, policy=rules, as_of=as_of)
    day = result.review.as_of
    monthly = until_ended(result.monthly, result.review.ended)
    own = fit(monthly, day, horizon_months) if refit else None
    if own is not None:
        remark(own.words)
    fitted = own.forecaster if own is not None else None
    if backtest:
        _print_backtest(
            judge(monthly, day, horizon_months, fitted=fitted), day, chart=chart, as_json=as_json
        )
    else:
        table = forecast_silence(
            monthly, day, horizon_months, status=result.review.status, estimator=fitted
        )
        _print_estimates(table, day, horizon_months, chart=chart, as_json=as_json)
    close(found.report, quiet=quiet)


def _print_estimates(
    table: pd.DataFrame, day: dt.date, horizon: int, *, chart: Path | None, as_json: bool
) -> None:
    if as_json:
        from dcactivity.report.tables import as_json as to_json

        typer.echo(to_json(table), nl=False)
    else:
        from dcactivity.forecast.tables import estimates_in_words

        title = f"Estimates as of {day}: no message in the next {horizon} months"
        show_table(estimates_in_words(table), title=title)
        for slug, why in zip(table["coalition"], table["why"], strict=True):
            typer.echo(shown(f"{slug}: {why}"))
    if chart is not None:
        from dcactivity.charts.forecast import forecast_intervals
        from dcactivity.charts.style import save

        save(forecast_intervals(table, as_of=day, horizon_months=horizon), chart)
        remark(f"chart written to {chart}")


def _print_backtest(found: Backtest, day: dt.date, *, chart: Path | None, as_json: bool) -> None:
    if as_json:
        from dcactivity.report.tables import as_json as to_json

        typer.echo(to_json(found.scores.round(4)), nl=False)
    elif len(found.scores):
        from dcactivity.forecast import tables

        show_table(
            tables.scores_in_words(found.scores),
            title=f"Estimates made before {day}, and what came",
        )
        show_table(tables.reliability_in_words(found.reliability), title="Of the model, by bins")
        show_table(
            tables.decisions_in_words(found.decisions),
            title="Of 30 coalitions: written to, of those wrongly, and missed",
        )
    for sentence in found.words:
        typer.echo(shown(sentence), err=as_json)
    if chart is not None:
        from dcactivity.charts.forecast import reliability
        from dcactivity.charts.style import save

        save(reliability(found.reliability, as_of=day), chart)
        remark(f"chart written to {chart}")
