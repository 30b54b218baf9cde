"""Read the labelled groups of ``../shared/labels``, which are no part of this project."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
LABELS = ROOT.parent / "shared" / "labels"
sys.path.insert(0, str(ROOT))  # from a fresh clone, before anything is installed

from dcactivity.forecast.series import Series, monthly_series  # noqa: E402

TYPES = ("cg", "bg", "cg?")
"""Community and business groups: the lists that live and die by themselves."""


def w3c(folder: Path = LABELS) -> Series:
    """Lay out the community and business groups, mass mailings taken off."""
    monthly = pd.read_csv(folder / "w3c_monthly.csv")
    kind = pd.read_csv(folder / "w3c_outcomes.csv").set_index("group")["type"]
    use = monthly[monthly["group"].map(kind).isin(TYPES)]
    table = pd.DataFrame(
        {"coalition": use["group"], "month": use["month"], "messages": use["messages_adj"]}
    )
    end = pd.Period(use["month"].max(), "M").end_time.date()
    return monthly_series(table, end)


def podlings(name: str, folder: Path = LABELS) -> tuple[Series, pd.Series]:
    """Lay out Apache podlings by month of incubation, and say which were retired."""
    monthly = pd.read_csv(folder / f"{name}_monthly.csv")
    outcome = pd.read_csv(folder / f"{name}_outcomes.csv").set_index("group")["outcome"]
    ended = outcome[outcome.isin(["graduated", "retired"])]
    use = monthly[monthly["group"].isin(ended.index)]
    first = pd.Period("2000-01", "M")  # any calendar: only the month of incubation is known
    table = pd.DataFrame(
        {
            "coalition": use["group"],
            "month": [str(first + int(number) - 1) for number in use["month_index"]],
            # No month has an explicit zero: a missing count most likely is one.
            "messages": use["messages"].fillna(0),
            "participants": use["participants"],
        }
    )
    end = (first + int(use["month_index"].max()) - 1).end_time.date()
    return monthly_series(table, end), ended == "retired"
