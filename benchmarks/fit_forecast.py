"""Fit the forecast's shipped parameters and write them down.

::

    python benchmarks/fit_forecast.py [--labels ../shared/labels] [--out FILE]

Reads the labelled groups, fits one forecaster for each shipped horizon, measures it by group
cross-validation and forward in time, and writes ``dcactivity/forecast/parameters.json``: the
same bytes each time. No row of the label data goes into it.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from labels import LABELS, ROOT, w3c

from dcactivity.forecast.evaluation import (
    MODEL,
    TABLE,
    cross_validated,
    forward_in_time,
    scores,
)
from dcactivity.forecast.forecaster import Forecaster, Kind
from dcactivity.forecast.origins import judged, past_origins
from dcactivity.forecast.parameters import ANCHORS

OUT = ROOT / "dcactivity" / "forecast" / "parameters.json"
ABOUT = (
    "Parameters of dcactivity's forecast, written by benchmarks/fit_forecast.py. The log odds of "
    "silence are the intercept plus, for each column, coefficient times (value - mean) / scale; "
    "'lively' speaks of lists with a message in the last six months, 'recency_share' of the "
    "others. 'covariance' is that of intercept and coefficients, from a bootstrap over groups."
)
SOURCE = (
    "Monthly message counts of public lists of W3C community and business groups, from the "
    "repository w3c/cg-monitor; mass mailings to all lists taken off. One half of the groups, "
    "drawn by a digest of their names; the other half was not looked at."
)


def main() -> int:
    """Parse the arguments, fit, write, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--labels", type=Path, default=LABELS, help="folder of the label sets")
    parser.add_argument("--out", type=Path, default=OUT, help="the file to write")
    arguments = parser.parse_args()
    written = as_text(fitted(arguments.labels))
    arguments.out.write_text(written, encoding="utf-8")
    print(f"{len(written)} bytes written to {arguments.out}", file=sys.stderr)
    return 0


def fitted(labels: Path) -> dict[str, Any]:
    """Fit and measure; return what the file says."""
    series = w3c(labels)
    origins = past_origins(series)
    across = scores(cross_validated(origins))
    forward = scores(forward_in_time(origins, "2018-01"))
    kind, why = chosen(across)
    rows = judged(origins)
    return {
        "about": ABOUT,
        "fitted_on": {
            "source": SOURCE,
            "groups": int(origins["coalition"].nunique()),
            "origins": len(origins),
            "judged_groups": int(rows["coalition"].nunique()),
            "judged_origins": len(rows),
            "judged_silent_share": round(float(rows["silent"].mean()), 4),
            "first_origin": str(origins["month"].min()),
            "last_origin": str(origins["month"].max()),
        },
        "default": kind,
        "default_because": why,
        "figures": {
            "group_cross_validation": figures(across),
            "fitted_before_2018_judged_after": figures(forward),
        },
        "horizons": {
            str(months): Forecaster(kind)
            .fit(past_origins(series, horizon_months=months))
            .to_dict()
            for months in ANCHORS
        },
    }


def chosen(across: Any) -> tuple[Kind, str]:
    """Take the model only if it beats every baseline, and the table beyond doubt."""
    row = across.set_index("method")
    others = row.drop(index=MODEL)
    beats = (
        row.loc[MODEL, "log_loss_gain_low"] > 0
        and row.loc[MODEL, "auc_gain_low"] > 0
        and (others["log_loss"] > row.loc[MODEL, "log_loss"]).all()
        and (others["auc"] < row.loc[MODEL, "auc"]).all()
    )
    if beats:
        return "model", "by group cross-validation it beats every baseline, the table beyond doubt"
    return "table", "by group cross-validation the model does not beat every baseline beyond doubt"


def figures(table: Any) -> dict[str, Any]:
    """Keep the model's and the table's figures, rounded, with their intervals."""
    found: dict[str, Any] = {}
    for method in (MODEL, TABLE):
        row = table.set_index("method").loc[method]
        found[method] = {
            name: [round(float(row[f"{name}{end}"]), 4) for end in ("", "_low", "_high")]
            for name in ("auc", "log_loss", "calibration_error", "auc_gain", "log_loss_gain")
            if method == MODEL or not name.endswith("gain")
        }
    return found


def as_text(facts: dict[str, Any]) -> str:
    """Write JSON with each innermost list or object on one line, to be read by people."""
    text = json.dumps(facts, indent=1, ensure_ascii=False)
    return re.sub(r"[\[{][^\[\]{}]*[\]}]", lambda found: " ".join(found[0].split()), text) + "\n"


if __name__ == "__main__":
    sys.exit(main())
