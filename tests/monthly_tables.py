"""Monthly tables for tests: one written out by hand, and a body of lists made from a seed."""

from __future__ import annotations

import numpy as np
import pandas as pd


def table(counts: list[int | None], *, slug: str = "dc-a", first: str = "2020-01") -> pd.DataFrame:
    months = pd.period_range(first, periods=len(counts), freq="M").astype("str")
    return pd.DataFrame(
        {"coalition": slug, "month": months, "messages": pd.array(counts, dtype="Int64")}
    )


def lists(number: int = 60, months: int = 84, seed: int = 0) -> pd.DataFrame:
    """Make lists that write at a rate of their own, and fall silent at a hazard of it."""
    random = np.random.default_rng(seed)
    parts = []
    for which in range(number):
        rate = random.choice([0.15, 0.6, 3.0])
        counts = random.poisson(rate, size=months)
        if random.random() < 0.7:
            counts[random.integers(12, months) :] = 0
        parts.append(
            pd.DataFrame(
                {
                    "coalition": f"dc-{which:03d}",
                    "month": pd.period_range("2014-01", periods=months, freq="M").astype("str"),
                    "messages": pd.array(counts, dtype="Int64"),
                    "participants": pd.array(np.minimum(counts, 3), dtype="Int64"),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
