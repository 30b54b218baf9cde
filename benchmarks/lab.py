"""The laboratory: what presets would have done to groups that really ended, and how fast it is.

    python benchmarks/lab.py

The first part needs ../shared/labels: monthly series of W3C's Community and Business Groups, and
what became of them. It prints the table of docs/laboratory.md. The traps of these data are named
there; the counts are those from which mass mailings were taken out. The second part times a
sweep and a history on made-up events.
"""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import numpy as np
import pandas as pd

import dcactivity as dca
from dcactivity.events import DAY, Events
from dcactivity.laboratory import Laboratory, replay_events
from dcactivity.laboratory.rules import swept
from dcactivity.report.tables import as_markdown
from dcactivity.reviewing import review_events

LABELS = Path(__file__).resolve().parents[2] / "shared" / "labels"
END = dt.date(2022, 3, 31)


def main() -> None:
    if LABELS.exists():
        print(as_markdown(closings()))
    else:
        print("no labels at hand: the first part is passed over")
    speed()


def closings() -> pd.DataFrame:
    """Replay each preset over the groups, and hold it against what became of them."""
    outcomes = pd.read_csv(LABELS / "w3c_outcomes.csv").set_index("group")
    outcomes = outcomes[outcomes["type"].isin(["cg", "bg", "cg?"])]
    monthly = pd.read_csv(LABELS / "w3c_monthly.csv").rename(columns={"group": "coalition"})
    monthly = monthly[monthly["coalition"].isin(outcomes.index)]
    series = monthly[["coalition", "month"]].assign(messages=monthly["messages_adj"])
    outcomes = outcomes.loc[sorted(set(series["coalition"]))]
    found = dca.lab(series, dca.Policy.presets())
    purged = outcomes["why"].str.startswith("purge").fillna(False).astype(bool)
    kinds = {
        "closed as inactive": outcomes.index[(outcomes["outcome"] == "closed") & purged],
        "closed one by one": outcomes.index[(outcomes["outcome"] == "closed") & ~purged],
        "open": outcomes.index[outcomes["outcome"] == "open"],
    }
    rows = []
    for summary in found.summary.to_dict("records"):
        name = summary["policy"]
        row = {
            "preset": name,
            "false alarms": _share(summary, "false_at_risk"),
            "of": summary["at_risk_judged"],
            "months until at risk": _months(summary["months_late"]),
        }
        at_end = _risky_at_end(found, name, outcomes)
        for kind, groups in kinds.items():
            row[f"at risk at the end: {kind} ({len(groups)})"] = (
                f"{at_end.index.isin(groups).sum() / len(groups):.0%}"
            )
        row["months at risk before closing"] = _lead(at_end, kinds["closed as inactive"], outcomes)
        rows.append(row)
    return pd.DataFrame(rows)


def _risky_at_end(found: Laboratory, name: str, outcomes: pd.DataFrame) -> pd.Series:
    """Give for each group that is at risk in its last month since when it is."""
    spells = found.spells[found.spells["policy"] == name]
    last = outcomes["series_end"].reindex(spells["coalition"]).to_numpy()
    final = spells[(spells["end"] == last) & spells["at_risk"].notna()]
    return final.set_index("coalition")["at_risk"]


def _lead(at_end: pd.Series, groups: pd.Index, outcomes: pd.DataFrame) -> str:
    """Median and quartiles of the months from being at risk to the closing; never counts as 0."""
    closed = pd.PeriodIndex(outcomes.loc[groups, "outcome_date"].str[:7], freq="M")
    since = pd.PeriodIndex(at_end.reindex(groups), freq="M")
    months = np.where(
        since.isna(), 0, closed.year * 12 + closed.month - since.year * 12 - since.month
    )
    low, middle, high = np.quantile(months, [0.25, 0.5, 0.75])
    return f"{middle:.0f} ({low:.0f} to {high:.0f})"


def _share(summary: dict[object, object], name: str) -> str:
    if pd.isna(summary[name]):
        return "–"
    return f"{summary[name]:.0%} ({summary[f'{name}_low']:.0%} to {summary[f'{name}_high']:.0%})"


def _months(value: object) -> str:
    return "never" if pd.isna(value) else f"{value:.0f}"


def made_up(coalitions: int, years: int, seed: int = 1) -> tuple[Events, pd.DataFrame]:
    """Make twenty messages a month for each coalition, by a handful of persons."""
    random = np.random.default_rng(seed)
    count, days = coalitions * years * 240, years * 365
    first = (END - dt.date(1970, 1, 1)).days - days + 1
    whose = np.sort(random.integers(0, coalitions, count))
    day = first + random.integers(0, days, count)
    order = np.lexsort((day, whose))
    slugs = [f"dc-{i:03d}" for i in range(coalitions)]
    none, false = np.full(count, -1), np.zeros(count, dtype=bool)
    events = Events(
        slugs=slugs,
        coalition=whose[order],
        instant=day[order] * DAY,
        person=random.integers(0, 40, count),
        thread=random.integers(0, count // 5, count),
        is_human=~false,
        is_suspected=false,
        is_bulletin=false,
        is_reply=false,
        is_answer=random.random(count) < 0.5,
        is_orphan=false,
        answered=none,
        delay=none,
        row=np.arange(count),
        texts=pd.DataFrame({"message_id": [f"{i}@x" for i in range(count)]}, dtype="str"),
        has_threads=True,
    )
    until = pd.Series([pd.Timestamp(END)] * coalitions).astype("datetime64[us]")
    return events, pd.DataFrame({"coalition": slugs, "covered_until": until, "known": True})


def speed() -> None:
    events, coverage = made_up(30, 15)
    windows, messages = [3, 6, 9, 12, 15, 18, 21, 24, 30, 36], [1, 2, 3, 4, 5, 6, 8, 10, 20, 40]
    policies = list(
        swept(
            dca.Policy.load("draft-2022"),
            {"active.window_months": windows, "active.min_messages": messages},
        )
    )
    start = time.perf_counter()
    replays, _ = replay_events(events, None, coverage=coverage, policies=policies, day=END)
    summary = Laboratory(replays, []).summary
    print(f"sweep: {len(summary)} policies, 30 coalitions, 15 years, {len(events)} messages: "
          f"{time.perf_counter() - start:.2f} s")  # fmt: skip
    events, coverage = made_up(100, 20)
    start = time.perf_counter()
    review = review_events(
        events, policy=dca.Policy.load("draft-2022"), as_of=END, coverage=coverage
    )
    print(f"review with history: 100 coalitions, 20 years, {len(events)} messages, "
          f"{len(review.history)} rows: {time.perf_counter() - start:.2f} s")  # fmt: skip


if __name__ == "__main__":
    main()
