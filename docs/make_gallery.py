"""Draw every chart of the gallery from the demo data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

import dcactivity as dca
from dcactivity import charts

DEMO = Path(__file__).parents[1] / "data" / "demo"
DAY = "2022-03-31"
ONE = "dc-lighthouses"


def draw_gallery(folder: Path, source: Path = DEMO) -> list[Path]:
    """Draw the charts into a folder; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    messages = dca.read_messages(source)
    review = dca.review(source, as_of=DAY)
    monthly = dca.monthly_activity(messages, as_of=DAY, coverage=review.coverage)
    names = dict(zip(review.status["coalition"], review.status["name"], strict=True))
    one: dict[str, Any] = {"coalition": ONE, "as_of": DAY}
    drawn = {
        "overview": charts.overview(monthly, review.status, as_of=DAY),
        "history": _on(charts.history, review.history, as_of=DAY, names=names, height=5.4),
        "silence": _on(charts.silence, review.status, as_of=DAY, height=5.4),
        "hours": _on(charts.hours, messages, as_of=DAY, height=5.4),
        "volume": _on(charts.volume, monthly, status=review.bands, **one),
        "turnover": _on(charts.turnover, messages, **one),
        "concentration": _on(charts.concentration, monthly, **one),
        "answers": _on(charts.answers, monthly, **one),
        "principles": _on(charts.principles, _verdicts(), as_of=DAY, height=3.4),
        "annual_reports": _on(charts.annual_reports, _reports(), as_of=DAY, height=3.4),
        "attendance": _on(charts.attendance, _attendance(), as_of=DAY, height=3.4),
    }
    paths = []
    for name, figure in drawn.items():
        paths.append(folder / f"{name}.svg")
        charts.save(figure, paths[-1])
    return paths


def _on(draw: Callable[..., Any], frame: pd.DataFrame, height: float = 3.8, **how: Any) -> Figure:
    figure = Figure(figsize=(9, height), layout="constrained")
    draw(frame, ax=figure.subplots(), **how)
    return figure


# The demo has no records of people: these three are made up here.


def _verdicts() -> pd.DataFrame:
    rows = [
        ("dc-lighthouses", "yes", "yes", "yes"),
        ("dc-sundials", "yes", "conditional", "yes"),
        ("dc-night-trains", "unknown", "no", "unknown"),
        ("dc-rain-gauges", "yes", "yes", "no"),
    ]
    return pd.DataFrame(
        [
            (slug, principle, verdict)
            for slug, *verdicts in rows
            for principle, verdict in zip(
                ("membership", "mailing_list", "archive"), verdicts, strict=True
            )
        ],
        columns=["coalition", "principle", "verdict"],
    )


def _reports() -> pd.DataFrame:
    rows = [
        ("dc-lighthouses", ("submitted", "submitted", "submitted")),
        ("dc-rain-gauges", ("submitted", "late", "submitted")),
        ("dc-sundials", ("submitted", "overdue", "overdue")),
    ]
    return pd.DataFrame(
        [
            (slug, 2018 + place, state, sum(s == "overdue" for s in states[: place + 1]))
            for slug, states in rows
            for place, state in enumerate(states)
        ],
        columns=["coalition", "year", "state", "in_a_row"],
    )


def _attendance() -> pd.DataFrame:
    people = {"dc-lighthouses": "2312", "dc-rain-gauges": "1021", "dc-sundials": "1000"}
    return pd.DataFrame(
        [
            (str(place), pd.Timestamp(2021, 3 * place + 1, 14), slug, int(n), int(n == "0"))
            for slug, counts in people.items()
            for place, n in enumerate(counts)
        ],
        columns=["meeting", "date", "coalition", "present", "apologies"],
    )


if __name__ == "__main__":
    draw_gallery(Path(__file__).with_name("gallery"))
