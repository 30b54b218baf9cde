"""Print how good the forecast is, beside the simplest rules.

::

    python benchmarks/forecast.py [--labels ../shared/labels]

Groups that are judged were never seen by the fit that judges them, or only in earlier years.
Every interval is one of 95 % from a bootstrap over whole groups; gains are taken from the
recency × frequency table on the same draws.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from labels import LABELS, podlings, w3c

from dcactivity.forecast.alarms import decision_table, every_month, lead_times, threshold_at
from dcactivity.forecast.baselines import Method
from dcactivity.forecast.estimator import SilenceClassifier, group_folds
from dcactivity.forecast.evaluation import (
    MODEL,
    TABLE,
    Predictions,
    cross_validated,
    forward_in_time,
    methods,
    scores,
)
from dcactivity.forecast.features import FEATURES, features_at
from dcactivity.forecast.forecaster import COLUMNS
from dcactivity.forecast.measures import reliability_table
from dcactivity.forecast.origins import judged, past_origins
from dcactivity.forecast.parameters import shipped
from dcactivity.forecast.series import Series
from dcactivity.forecast.tables import decisions_in_words, reliability_in_words, scores_in_words
from dcactivity.report.tables import as_markdown

LEAK = 0.94
FALSE_ALARMS = (0.05, 0.10, 0.20)


def main() -> int:
    """Parse the arguments, measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--labels", type=Path, default=LABELS, help="folder of the label sets")
    labels = parser.parse_args().labels
    began = time.perf_counter()
    series = w3c(labels)
    origins = past_origins(series)
    rows = judged(origins)
    print(
        f"{len(rows)} origins of {rows['coalition'].nunique()} groups; "
        f"{rows['silent'].mean():.1%} were followed by twelve silent months\n"
    )
    found = cross_validated(origins, rivals)
    table = scores(found)
    show("By group cross-validation (10 folds, dealt 5 times)", scores_in_words(table))
    forward = scores(forward_in_time(origins, "2018-01"))
    show("Fitted before 2018, judged after", scores_in_words(forward))
    said = found.said[MODEL][:, 0]
    show("Reliability of the model", reliability_in_words(reliability_table(found.silent, said)))
    decisions = decision_table(found.silent, said)
    show("Of 30 coalitions: written to, wrongly, missed", decisions_in_words(decisions))
    show("Months from the alarm to the last message", leads(series, origins))
    show("After six silent months", quiet_shares(origins))
    show(
        "Apache podlings, at their 12th month: retired or graduated (AUC)",
        retired(labels, origins),
    )
    print(f"{time.perf_counter() - began:.0f} seconds")
    best = table["auc"].max()
    if best > LEAK:
        print(f"AUC {best:.3f} is too good to be true: look for a leak", file=sys.stderr)
        return 1
    return 0


@dataclass(slots=True)
class Regression:
    """The same logistic regression without the rule of six silent months."""

    columns: list[str]
    estimator: SilenceClassifier = field(default_factory=lambda: SilenceClassifier(n_bootstrap=0))

    def fit(self, origins: pd.DataFrame) -> Regression:
        """Learn from origins whose outcome is known."""
        values, silent = origins[self.columns].to_numpy(), origins["silent"].to_numpy()
        self.estimator.fit(values, silent, origins["coalition"].to_numpy())
        return self

    def predict(self, features: pd.DataFrame) -> np.ndarray:
        """Say a probability for each row."""
        return self.estimator.predict_proba(features[self.columns].to_numpy())[:, 1]


def rivals() -> dict[str, Method]:
    """Make the model, its baselines, and what it might have been."""
    every = [name for name in FEATURES if name not in {"months_known", "log_people_12"}]
    return {
        **methods(),
        "the model's features, no rule of six months": Regression(list(COLUMNS)),
        "all features, no rule of six months": Regression(every),
    }


def show(title: str, table: pd.DataFrame) -> None:
    """Print a table under its title."""
    print(f"{title}\n\n{as_markdown(table)}")


def leads(series: Series, origins: pd.DataFrame) -> pd.DataFrame:
    """Tell when the alarm goes off, by fits that have not seen the group."""
    months = every_month(series)
    fold = group_folds(months["coalition"], 10, seed=0)
    rows = judged(origins)
    risk, past = ({name: np.empty(len(at)) for name in (MODEL, TABLE)} for at in (months, rows))
    for number in range(10):
        asked = fold == number
        unseen = set(months.loc[asked, "coalition"])
        train = origins[~origins["coalition"].isin(unseen)]
        tested = rows["coalition"].isin(unseen).to_numpy()
        for name in (MODEL, TABLE):
            learnt = methods()[name].fit(train if name == MODEL else judged(train))
            risk[name][asked] = learnt.predict(months[asked])
            past[name][tested] = learnt.predict(rows[tested])
    table = []
    for share, name in product(FALSE_ALARMS, (MODEL, TABLE)):
        threshold = threshold_at(rows["silent"].to_numpy(), past[name], share)
        lead = lead_times(series, months, risk[name], threshold)
        rung = lead.dropna()
        table.append(
            {
                "method": name,
                "false alarms": f"{share:.0%}",
                "threshold": f"{threshold:.2f}",
                "last messages": len(lead),
                "before": f"{(lead > 0).mean():.0%}",
                "same month": f"{(lead == 0).mean():.0%}",
                "after": f"{(lead < 0).mean():.0%}",
                "never": f"{lead.isna().mean():.0%}",
                "median": f"{rung.median():+.0f}",
                "quartiles": f"{rung.quantile(0.25):+.0f} to {rung.quantile(0.75):+.0f}",
            }
        )
    return pd.DataFrame(table)


def quiet_shares(origins: pd.DataFrame) -> pd.DataFrame:
    """Compare the recency share with what came."""
    quiet = origins[origins["months_silent"] >= 6]
    band = pd.cut(quiet["months_silent"], [5, 8, 11, 23, 35, np.inf])
    band = band.cat.rename_categories(["6-8", "9-11", "12-23", "24-35", "36 and more"])
    told = quiet.assign(said=shipped().predict(quiet))
    grouped = told.groupby(band, observed=True)
    return pd.DataFrame(
        {
            "months silent": grouped["silent"].mean().index.astype("str"),
            "origins": grouped["silent"].size().to_numpy(),
            "groups": grouped["coalition"].nunique().to_numpy(),
            "stayed silent": [f"{share:.0%}" for share in grouped["silent"].mean()],
            "recency share": [f"{share:.0%}" for share in grouped["said"].mean()],
        }
    )


def retired(labels: Path, origins: pd.DataFrame) -> pd.DataFrame:
    """Rank podlings that were retired above those that graduated, with nothing fitted there."""
    table = []
    fitted = {name: method.fit(judged(origins)) for name, method in methods().items()}
    fitted[MODEL] = shipped()
    for name in ("apex", "asf"):
        series, is_retired = podlings(name, labels)
        seen = features_at(series, 11)
        there = ~np.isnan(series.messages[:, 11])
        rows = seen[there].assign(
            coalition=np.array(series.coalitions, dtype=object)[there],
            silent=is_retired.reindex(series.coalitions).to_numpy(dtype=bool)[there],
        )
        said = {method: learnt.predict(rows)[:, None] for method, learnt in fitted.items()}
        found = scores(Predictions(rows.reset_index(drop=True), said)).set_index("method")
        for method, row in found.iterrows():
            table.append(
                {
                    "set": name,
                    "podlings": len(rows),
                    "retired": f"{rows['silent'].mean():.0%}",
                    "method": method,
                    "auc": f"{row['auc']:.3f} ({row['auc_low']:.3f} to {row['auc_high']:.3f})",
                }
            )
    return pd.DataFrame(table)


if __name__ == "__main__":
    sys.exit(main())
