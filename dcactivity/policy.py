"""A policy: thresholds and periods as data, validated.

A policy is a TOML file. Sections and keys that it leaves out take the values of
``draft-2022``; keys that nobody knows are refused, so that a slip of the pen cannot pass for
a rule.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dcactivity.checks import describe, nearest, read_toml, unknown_key
from dcactivity.errors import MissingError, PolicyError
from dcactivity.procedure import Principles, Process, Reports, procedure_sentences
from dcactivity.wording import amount

__all__ = ["Active", "AtRisk", "Count", "Coverage", "New", "Policy"]

# A century is longer than any archive, and keeps every date within the calendar.
_Months = Annotated[int, Field(ge=0, le=1200)]
_Window = Annotated[int, Field(ge=1, le=1200)]
_Days = Annotated[int, Field(ge=0, le=36525)]
_Whole = Annotated[int, Field(ge=0, le=1_000_000_000)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Count(_Section):
    """Which messages count, besides those that persons wrote for the list.

    ``suspected_spam`` decides for the reason ``spam-suspected`` alone, ``automated`` for all
    others.
    """

    automated: bool = False
    suspected_spam: bool = False
    bulletins: bool = False


class Active(_Section):
    """When a coalition is active: so many messages, persons and conversations in the window."""

    window_months: _Window = 12
    min_messages: _Whole = 4
    min_participants: _Whole = 3
    min_conversations: _Whole = 1


class New(_Section):
    """How long a new coalition counts as active whatever its traffic."""

    grace_months: _Months = 12


class AtRisk(_Section):
    """When a coalition is at risk of revocation; rules that have no figure are off."""

    dormant_months: _Months = 12
    noncompliant_months: _Window | None = None
    reports_missing: Annotated[int, Field(ge=1, le=100)] | None = None
    attendance_counts: bool = False


class Coverage(_Section):
    """How old an archive may be for its silence to prove anything."""

    grace_days: _Days = 31


class Policy(_Section):
    """Thresholds and periods under which coalitions are reviewed.

    Parameters
    ----------
    name : str
        Short name, as it appears in tables and file names.
    title : str
        What a committee would call it.
    source : str
        Where the figures come from; "proposal" where they are ours.
    count, active, new, at_risk, coverage, principles, reports, process : section
        The figures; each has the value of ``draft-2022`` unless given.

    Examples
    --------
    >>> Policy.load("draft-2022").active.min_messages
    4
    """

    name: Annotated[str, Field(min_length=1)]
    title: str = ""
    source: str = ""
    count: Count = Count()
    active: Active = Active()
    new: New = New()
    at_risk: AtRisk = AtRisk()
    coverage: Coverage = Coverage()
    principles: Principles = Principles()
    reports: Reports = Reports()
    process: Process = Process()

    @classmethod
    def load(cls, policy: str | os.PathLike[str]) -> Policy:
        """Read a policy: a preset by its name, or a TOML file by its path.

        Parameters
        ----------
        policy : str or path
            The name of a preset (see `presets`), or the path of a file.

        Returns
        -------
        Policy
            The policy.

        Raises
        ------
        MissingError
            There is no such preset and no such file.
        PolicyError
            The file is no policy; the error names the key, what was found and what would
            be right.
        """
        if isinstance(policy, str) and policy in cls.presets():
            with resources.as_file(_folder() / f"{policy}.toml") as path:
                return cls.from_dict(read_toml(path, error=PolicyError), path=path)
        path = Path(policy)
        if path.is_file():
            return cls.from_dict(read_toml(path, error=PolicyError), path=path)
        if path.is_dir():
            raise PolicyError("is a folder", path=path, hint="give the TOML file itself")
        known = cls.presets()
        close = nearest(os.fspath(policy), known)
        raise MissingError(
            f"there is no policy {os.fspath(policy)!r}, neither a preset nor a file",
            hint=f"did you mean {close}?" if close else f"presets: {', '.join(known)}",
        )

    @classmethod
    def from_dict(cls, data: Mapping[str, object], *, path: object = None) -> Policy:
        """Make a policy of what a TOML file says.

        Parameters
        ----------
        data : dict
            The file's tables.
        path : path, optional
            The file, named in errors; its stem is the name of a policy that gives none.

        Returns
        -------
        Policy
            The policy.

        Raises
        ------
        PolicyError
            A key is unknown, or its value is of the wrong type or out of range.
        """
        named = {"name": Path(str(path)).stem if path else "unnamed", **data}
        try:
            return cls.model_validate(named)
        except ValidationError as problem:
            raise _explained(problem, path) from problem

    @staticmethod
    def presets() -> list[str]:
        """Name the policies that come with the program.

        Returns
        -------
        list of str
            Sorted.
        """
        return sorted(
            entry.name.removesuffix(".toml")
            for entry in _folder().iterdir()
            if entry.name.endswith(".toml")
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the policy's content, in hexadecimal: comments and order are no part."""
        content = json.dumps(self.model_dump(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()

    def to_toml(self) -> str:
        """Write the policy as a TOML file with every key.

        Returns
        -------
        str
            A text that `load` reads back as an equal policy.
        """
        content = self.model_dump(exclude_none=True)  # a rule without a figure is off
        lines = [f"{k} = {_toml(v)}" for k, v in content.items() if not isinstance(v, dict)]
        for section, keys in content.items():
            if isinstance(keys, dict):
                lines += ["", f"[{section}]", *(f"{k} = {_toml(v)}" for k, v in keys.items())]
        return "\n".join(lines) + "\n"

    def sentences(self) -> list[str]:
        """Say the policy in sentences that a committee could vote on.

        Returns
        -------
        list of str
            One sentence for each rule.
        """
        active, months = self.active, self.at_risk.dormant_months
        wanted = []
        if active.min_messages:
            wanted.append(f"at least {amount(active.min_messages, 'message')}")
        if active.min_participants:
            writers = amount(active.min_participants, "person")
            wanted.append(f"by at least {writers}" if wanted else f"messages by {writers} or more")
        if active.min_conversations:
            talks = amount(active.min_conversations, "conversation")
            talks = f"at least {talks} in which one person answered another"
            wanted.append(f"and {talks}" if wanted else talks)
        window = amount(active.window_months, "month")
        lines = [
            _counted_sentence(self.count),
            f"A coalition is active when, in the {window} up to the day of the review, "
            f"its lists carried {' '.join(wanted)}."
            if wanted
            else "A coalition is active whatever its lists carried.",
        ]
        if self.new.grace_months:
            lines.append(
                f"A new coalition counts as active for {amount(self.new.grace_months, 'month')} "
                "from its recognition, or from its first message where no recognition is recorded."
            )
        lines += [
            "Otherwise it is dormant, from the first day of an unbroken run of such days.",
            f"A coalition that has been dormant for {amount(months, 'month')} is at risk of "
            "revocation."
            if months
            else "A dormant coalition is at risk of revocation at once.",
            "Where the archives at hand end "
            + (
                f"more than {amount(self.coverage.grace_days, 'day')} "
                if self.coverage.grace_days
                else ""
            )
            + "before the day of the review, silence proves nothing, and the status is unknown.",
            *self._further_risks(),
        ]
        return lines + procedure_sentences(self.principles, self.reports, self.process)

    def _further_risks(self) -> list[str]:
        rules, lines = self.at_risk, []
        if rules.noncompliant_months is not None:
            lines.append(
                "A coalition that breaches an open principle for "
                f"{amount(rules.noncompliant_months, 'month')} after a notice is at risk of "
                "revocation, whatever its traffic."
            )
        if rules.reports_missing is not None:
            missing = amount(rules.reports_missing, "annual report")
            lines.append(
                f"A coalition with {missing} overdue in a row is at risk of revocation, whatever "
                "its traffic."
            )
        if rules.attendance_counts:
            lines.append(
                "Being present at a meeting delays the risk that rests on silence: its months "
                "are counted from that day."
            )
        return lines


def _folder() -> Any:  # Traversable moves between modules in Python 3.11 to 3.14
    return resources.files("dcactivity") / "policies"


def _counted_sentence(count: Count) -> str:
    others = {
        "automated mail": count.automated,
        "suspected spam": count.suspected_spam,
        "bulletins that went to several coalitions": count.bulletins,
    }
    with_them = [name for name, is_counted in others.items() if is_counted]
    without = [name for name, is_counted in others.items() if not is_counted]
    said = "Messages that persons wrote to its lists count"
    if with_them:
        said += f", and so do {_listed(with_them)}"
    return f"{said}; {_listed(without)} do not." if without else f"{said}."


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # A JSON string is a TOML basic string, but for DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value)


def _explained(problem: ValidationError, path: object) -> PolicyError:
    """Put the first fault into one line: where, what was found, what would be right."""
    faults = problem.errors(include_url=False)
    fault = faults[0]
    where = [str(part) for part in fault["loc"]]
    key = ".".join(where)
    more = f" (and {amount(len(faults) - 1, 'further fault')})" if len(faults) > 1 else ""
    if fault["type"] == "extra_forbidden":
        section = Policy.model_fields[where[0]].default if len(where) > 1 else None
        model = type(section) if isinstance(section, BaseModel) else Policy
        kind = "section" if isinstance(fault["input"], dict) else "key"
        return PolicyError(
            f"unknown {kind}{more}",
            path=path,
            position=key,
            hint=unknown_key(where[-1], model.model_fields),
        )
    return PolicyError(
        f"found {describe(fault['input'])}{more}",
        path=path,
        position=key,
        hint=f"it must be {_wanted(fault['type'], fault.get('ctx', {}), key)}",
    )


def _wanted(kind: str, limits: dict[str, object], key: str) -> str:
    if kind in {"model_type", "dict_type", "model_attributes_type"}:
        return f"a section [{key}]"
    if key == "process.early_notice_risk":
        return "a number from 0 to 1"
    if kind in {"string_pattern_mismatch", "value_error"}:
        return 'a day of every year, such as "03-31"'
    if kind == "tuple_type":
        return "a list of whole numbers"
    if kind.startswith("bool"):
        return "true or false"
    if kind == "greater_than_equal":
        return f"a whole number of at least {limits['ge']}"
    if kind == "less_than_equal":
        return f"a whole number of at most {limits['le']}"
    if kind.startswith("int"):
        return "a whole number"
    if kind.startswith("bool"):
        return "true or false"
    return "a text that is not empty" if kind == "string_too_short" else "a text"
