"""Tables of the forecast as people read them in a terminal or a notebook."""

from __future__ import annotations

import pandas as pd

from dcactivity.forecast.words import interval, percent

__all__ = ["decisions_in_words", "estimates_in_words", "reliability_in_words", "scores_in_words"]


def estimates_in_words(forecast: pd.DataFrame) -> pd.DataFrame:
    """Shorten the forecast to what a reader of a table needs.

    Parameters
    ----------
    forecast : DataFrame
        As `forecast_silence` gives it.

    Returns
    -------
    DataFrame, one row per coalition
        ``coalition``, ``estimate``, ``interval_95``, ``in_words``, ``known_through`` (str):
        where only recency was asked, no figure stands but the word.
    """
    figures = forecast["basis"].isin(["model", "table"])
    shown = {
        "coalition": forecast["coalition"],
        "estimate": [
            percent(risk) if fine else "rough" if basis == "recency" else "none"
            for risk, fine, basis in zip(
                forecast["silence_risk"], figures, forecast["basis"], strict=True
            )
        ],
        "interval_95": [
            interval(low, high) if fine else None
            for low, high, fine in zip(forecast["low"], forecast["high"], figures, strict=True)
        ],
        "in_words": forecast["likelihood"],
        "known_through": forecast["known_through"],
    }
    return pd.DataFrame(shown).astype("str")


def scores_in_words(scores: pd.DataFrame) -> pd.DataFrame:
    """Put each figure and its interval into one cell.

    Parameters
    ----------
    scores : DataFrame
        As `dcactivity.forecast.evaluation.scores` gives it.

    Returns
    -------
    DataFrame, one row per method
        All columns str.
    """
    names = ("auc", "log_loss", "calibration_error", "auc_gain", "log_loss_gain")
    shown = {"method": scores["method"].tolist()}
    for name in names:
        sign = "+" if name.endswith("gain") else ""
        shown[name] = [
            f"{value:{sign}.3f} ({low:{sign}.3f} to {high:{sign}.3f})"
            for value, low, high in zip(
                scores[name], scores[f"{name}_low"], scores[f"{name}_high"], strict=True
            )
        ]
    return pd.DataFrame(shown).astype("str")


def reliability_in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Write the reliability table in percent.

    Parameters
    ----------
    table : DataFrame
        As `reliability_table` gives it.

    Returns
    -------
    DataFrame, one row per bin
        ``said``, ``came``, ``interval_95`` (str) and ``estimates`` (int64, how many).
    """
    interval = [
        f"{100 * low:.0f} % to {100 * high:.0f} %"
        for low, high in zip(table["low"], table["high"], strict=True)
    ]
    return pd.DataFrame(
        {
            "said": [f"{100 * share:.0f} %" for share in table["said"]],
            "came": [f"{100 * share:.0f} %" for share in table["came"]],
            "interval_95": interval,
            "estimates": table["count"],
        }
    )


def decisions_in_words(decisions: pd.DataFrame) -> pd.DataFrame:
    """Write the decision table with one decimal.

    Parameters
    ----------
    decisions : DataFrame
        As `decision_table` gives it.

    Returns
    -------
    DataFrame, one row per threshold
        All columns str.
    """
    shown = {"threshold": [percent(share) for share in decisions["threshold"]]}
    for name in ("written_to", "wrongly", "missed"):
        shown[name] = [f"{number:.1f}" for number in decisions[name]]
    return pd.DataFrame(shown).astype("str")
