"""Which coalitions are active, dormant or at risk: mailing-list archives in, verdicts out.

>>> import dcactivity as dca
>>> review = dca.review("data/demo", as_of="2022-03-31")  # doctest: +SKIP
>>> review.status[["coalition", "status", "why"]]  # doctest: +SKIP

The public names are those of ``__all__``; they are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from dcactivity.version import __version__

if TYPE_CHECKING:
    from dcactivity import charts
    from dcactivity.activity import monthly_activity, snapshot
    from dcactivity.archives.reader import scan_mbox
    from dcactivity.assess import review
    from dcactivity.coverage import covered_until
    from dcactivity.decisions.read import read_messages
    from dcactivity.forecast.silence import forecast_silence
    from dcactivity.laboratory import Laboratory, lab
    from dcactivity.messages.ingest import IngestReport, ingest
    from dcactivity.people import resolve_people
    from dcactivity.policy import Policy
    from dcactivity.registry import Registry
    from dcactivity.reviewing import Review, review_activity

__all__ = [
    "IngestReport",
    "Laboratory",
    "Policy",
    "Registry",
    "Review",
    "__version__",
    "charts",
    "covered_until",
    "forecast_silence",
    "ingest",
    "lab",
    "monthly_activity",
    "read_messages",
    "resolve_people",
    "review",
    "review_activity",
    "scan_mbox",
    "snapshot",
]

_HOMES = {
    "IngestReport": "dcactivity.messages.ingest",
    "Laboratory": "dcactivity.laboratory",
    "Policy": "dcactivity.policy",
    "Registry": "dcactivity.registry",
    "Review": "dcactivity.reviewing",
    "covered_until": "dcactivity.coverage",
    "forecast_silence": "dcactivity.forecast.silence",
    "ingest": "dcactivity.messages.ingest",
    "lab": "dcactivity.laboratory",
    "monthly_activity": "dcactivity.activity",
    "read_messages": "dcactivity.decisions.read",
    "resolve_people": "dcactivity.people",
    "review": "dcactivity.assess",
    "review_activity": "dcactivity.reviewing",
    "scan_mbox": "dcactivity.archives.reader",
    "snapshot": "dcactivity.activity",
}


def __getattr__(name: str) -> object:
    if name == "charts":
        return import_module("dcactivity.charts")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'dcactivity' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
