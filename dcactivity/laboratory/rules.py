"""Which rules of a policy a replay leaves out, and policies that vary one key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from dcactivity.checks import unknown_key
from dcactivity.errors import InputError

if TYPE_CHECKING:
    from dcactivity.policy import Policy

__all__ = ["LeftOut", "not_on_traffic", "swept"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A rule that a replay could not follow.

    Parameters
    ----------
    policy : str
        Name of the policy.
    rule : str
        Key path of the rule.
    reason : str
        What was not at hand.
    """

    policy: str
    rule: str
    reason: str


def not_on_traffic(policy: Policy) -> list[LeftOut]:
    """Name the rules that are set and look at something else than traffic.

    Parameters
    ----------
    policy : Policy
        The policy.

    Returns
    -------
    list of LeftOut
        The laboratory replays traffic alone.
    """
    rules, why = policy.at_risk, "traffic alone is replayed"
    is_set = {
        "at_risk.noncompliant_months": rules.noncompliant_months is not None,
        "at_risk.reports_missing": rules.reports_missing is not None,
        "at_risk.attendance_counts": rules.attendance_counts,
    }
    return [LeftOut(policy.name, rule, why) for rule, found in is_set.items() if found]


def swept(policy: Policy, values: Mapping[str, Sequence[object]]) -> Iterator[Policy]:
    """Vary a policy: one for each combination of values.

    Parameters
    ----------
    policy : Policy
        Where all else comes from.
    values : mapping of str to sequence
        Values by key path, such as ``{"active.window_months": [6, 12]}``.

    Yields
    ------
    Policy
        Named after the policy and what was varied.

    Raises
    ------
    InputError
        There is no such key, or there are more than two.
    PolicyError
        A value is of the wrong type or out of range.
    """
    known = [
        f"{section}.{key}"
        for section, keys in policy.model_dump().items()
        if isinstance(keys, dict)
        for key in keys
    ]
    if len(values) > 2:
        raise InputError(f"{len(values)} keys are too many to sweep", hint="give one or two")
    for path in values:
        if path not in known:
            raise InputError(
                "there is no such key to sweep", position=path, hint=unknown_key(path, known)
            )
    for chosen in product(*values.values()):
        content = policy.model_dump(mode="json", exclude_none=True)
        for path, value in zip(values, chosen, strict=True):
            section, key = path.split(".")
            content[section][key] = value
        said = ", ".join(f"{path} = {value}" for path, value in zip(values, chosen, strict=True))
        yield type(policy).from_dict({**content, "name": f"{policy.name}, {said}"})
