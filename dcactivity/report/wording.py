"""The words of a report: what statuses, rules and terms are called, and what nobody may expect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dcactivity.frames import rows_of
from dcactivity.wording import amount

if TYPE_CHECKING:
    import pandas as pd

    from dcactivity.policy import Policy

__all__ = ["LIMITS", "MEANINGS", "RANKS", "WORDS", "chance", "rule_rows", "status_word"]

MEANINGS = {
    "ACTIVE": "enough messages, people and conversations, or new",
    "DORMANT": "too little for the policy",
    "AT_RISK": "short of the policy for so long that revocation may be proposed",
    "UNKNOWN": "the archives at hand cannot tell",
}
"""What a status means, in a few words."""

RANKS = {1: "a verdict may be wrong", 2: "figures are doubtful", 3: "good to know"}
"""What the ranks of findings mean."""

WORDS = (
    ("Message", "One posting on a coalition's list. Doubles are counted once."),
    (
        "Counted",
        (
            "What a person wrote for this list and the policy counts: no digest, reminder, "
            "bounce or automatic reply, no suspected spam, and no bulletin, unless the policy "
            "says otherwise."
        ),
    ),
    (
        "Person",
        (
            "One human sender. Addresses and names that belong together are joined; a message "
            "whose list hides its writer adds no person."
        ),
    ),
    (
        "Conversation",
        (
            "A thread in which one person answers another: by In-Reply-To or References, or by "
            "a subject with Re: whose original stands at most 60 days earlier."
        ),
    ),
    (
        "Bulletin",
        (
            "A message that went to everybody: it stands in the archives of three coalitions or "
            "more, or comes from the body itself. It is no sign of life of any one of them."
        ),
    ),
    (
        "Covered until",
        (
            "The last day up to which a coalition's archives are known to be complete. Where "
            "they end too early, silence proves nothing, and the status is unknown."
        ),
    ),
    ("Since", "The first day of the unbroken run of days on which the status held."),
    ("Month", "A calendar month in UTC."),
)
"""What the terms mean."""

LIMITS = (
    (
        "A verdict is about mailing lists. It is no judgement of the work of people who may "
        "meet, call or write elsewhere."
    ),
    (
        "Who wrote, what answers what, and what no person wrote is decided by rules from "
        "headers; single decisions can be wrong."
    ),
    "Messages that an archive lacks, or whose date nobody can tell, are in no count of months.",
    "The past is shown under today's policy, not under the one that held then.",
    "A status is a finding for people to decide upon. The program revokes nothing.",
)
"""What the figures do not say."""

_RULES = {
    "active_messages": ("Messages that count, in the {window}", "at least {threshold}"),
    "active_participants": ("People who wrote them", "at least {threshold}"),
    "active_conversations": ("Conversations among them", "at least {threshold}"),
    "new": ("Months since it began", "fewer than {threshold}: it counts as new"),
    "hidden_authors": ("Messages whose writer the list hides", "{threshold}: nobody can tell"),
    "dormant_months": ("Whole months of being dormant", "{threshold} or more: at risk"),
    "coverage": ("Days by which the archives end early", "at most {threshold}"),
    "noncompliant_months": (
        "Months since the notice of a closed principle",
        "{threshold} or more: at risk",
    ),
    "reports_missing": ("Annual reports overdue in a row", "{threshold} or more: at risk"),
}
_CERTAIN = 0.01
_RESULTS = {True: "✓ met", False: "✗ not met", None: "? cannot be told"}


def status_word(status: str) -> str:
    """Write a status as a reader sees it.

    Parameters
    ----------
    status : str
        One of the four.

    Returns
    -------
    str
        In lower case, without an underscore.
    """
    return status.lower().replace("_", " ")


def chance(share: float) -> str:
    """Write a probability without claiming certainty.

    Parameters
    ----------
    share : float
        0 to 1.

    Returns
    -------
    str
        In whole per cent.
    """
    if share < _CERTAIN:
        return "under 1%"
    return "over 99%" if share > 1 - _CERTAIN else f"{share:.0%}"


def rule_rows(rules: pd.DataFrame, policy: Policy) -> list[dict[str, Any]]:
    """Say a coalition's rules in words.

    Parameters
    ----------
    rules : DataFrame
        ``rule, value, threshold, met`` of the table of reasons.
    policy : Policy
        The policy they belong to.

    Returns
    -------
    list of dict
        ``rule, name, value, asked, result``, in the order in which they are asked. Those that
        have no number, such as on an open principle, are said elsewhere.
    """
    counted = rules[rules["threshold"].notna()]
    order, rows = list(_RULES), rows_of(counted)
    return [
        _rule_row(row, amount(policy.active.window_months, "month"))
        for row in sorted(rows, key=lambda row: ([*order, row["rule"]]).index(row["rule"]))
    ]


def _rule_row(row: dict[str, Any], window: str) -> dict[str, Any]:
    rule = str(row["rule"])
    name, asked = _RULES.get(rule, (rule.replace("_", " ").capitalize(), "{threshold}"))
    threshold = "" if row["threshold"] is None else row["threshold"]
    return {
        "rule": rule,
        "name": name.format(window=window),
        "value": row["value"],
        "asked": asked.format(threshold=threshold),
        "result": _RESULTS[None if row["met"] is None else bool(row["met"])],
    }
