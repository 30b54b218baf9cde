"""One coalition's verdict as of a day, and the sentence that gives the reason for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dcactivity.bearing import NOTHING, Bearing, settled
from dcactivity.periods import from_number, shift_months
from dcactivity.timeline import Standing, Status, Timeline
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    from dcactivity.policy import Policy

__all__ = ["Verdict", "judge"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of a coalition as of the end of a day.

    Parameters
    ----------
    status : str
        ``ACTIVE``, ``DORMANT``, ``AT_RISK`` or ``UNKNOWN``.
    since : int or None
        First day of it, days since 1970-01-01; None where nothing tells.
    day : int
        The day as of which this is said.
    policy : Policy
        The policy under which this is said.
    traffic : str
        The status that its traffic alone gives it, with the coverage of its archives.
    traffic_since : int or None
        First day of that.
    standing : Standing or None
        What the traffic at hand says, whatever it is worth; None without any message or
        recognition.
    covered : int or None
        Last day that the archives cover; None where none is at hand.
    covered_known : bool
        Whether somebody stated that day.
    covered_standing : Standing or None
        What the traffic said as of that day; only where `traffic` is ``UNKNOWN`` for it.
    born : int or None
        Recognition, else first message.
    has_messages : bool
        Whether any message is at hand, an undated one included.
    fewest_participants : int or None
        How many persons there are in the window if every doubtful pair of senders is one; None
        without any message or recognition.
    bearing : Bearing
        What else bears on it.
    """

    status: Status
    since: int | None
    day: int
    policy: Policy
    traffic: Status
    traffic_since: int | None
    standing: Standing | None
    covered: int | None
    covered_known: bool
    covered_standing: Standing | None
    born: int | None
    has_messages: bool
    fewest_participants: int | None = None
    bearing: Bearing = NOTHING

    @property
    def window_from(self) -> int:
        """The day at whose end the trailing window begins."""
        return int(shift_months(self.day, -self.policy.active.window_months))

    @property
    def is_hidden(self) -> bool:
        """Whether it is for its hidden authors that nothing can be told of the coalition."""
        return self.standing is not None and self.standing.status == "UNKNOWN"

    @property
    def is_told(self) -> bool:
        """Whether the archives at hand say anything of the trailing window."""
        if self.standing is not None and self.standing.messages:
            return True
        return self.covered is not None and self.covered > self.window_from

    def why(self) -> str:
        """Give the reason in one sentence that can be read aloud.

        Returns
        -------
        str
            A sentence with the figures in it. Where nobody stated until when the archives
            are complete, it says that first.
        """
        said = self._why_settled()
        if self.covered is not None and not self.covered_known:
            newest = plain_date(from_number(self.covered))
            said = (
                "nobody stated until when the archives are complete, so they are taken to reach "
                f"to their newest message, {newest}; {said}"
            )
        return f"{said[0].upper()}{said[1:]}."

    def _why_settled(self) -> str:
        """Say what settles it: traffic, what puts it at risk besides, what holds that back."""
        said = self._why_by_traffic()
        risk, reasons = self.bearing.risk_since(self.day), "; ".join(self.bearing.reasons())
        if self.bearing.is_exempt(self.day):
            exempt = self.bearing.reasons("exemption")[0]
            held = [one for one in (risk, self._risk_by_traffic()) if one is not None]
            if not held:
                return f"{said}; it is {exempt}"
            since = plain_date(from_number(min(held)))
            found = f"{said}; {reasons}" if reasons else said
            return f"{found}; it would be at risk since {since}, but is {exempt}"
        if risk is None or self.since is None:
            return said
        since = plain_date(from_number(self.since))
        return f"at risk since {since}: {reasons}; by its traffic alone it would be {said}"

    def _why_by_traffic(self) -> str:
        if self.traffic == "ACTIVE":
            return self._why_active()
        return self._why_unknown() if self.traffic == "UNKNOWN" else self._why_inactive()

    def _risk_by_traffic(self) -> int | None:
        return self.traffic_since if self.traffic == "AT_RISK" else None

    def _why_active(self) -> str:
        assert self.standing is not None
        assert self.traffic_since is not None
        since = plain_date(from_number(self.traffic_since))
        if self.standing.enough:
            return f"active since {since}: {self._found()}; {self._asked()}{self._doubt()}"
        assert self.born is not None
        graced = int(shift_months(self.born, self.policy.new.grace_months))
        return (
            f"active since {since} as a new coalition: {self._found()}; "
            f"its time of grace runs until {plain_date(from_number(graced - 1))}, "
            f"from then on {self._asked()}"
        )

    def _why_inactive(self) -> str:
        if self.standing is None or self.traffic_since is None:
            return (
                "dormant: the archives hold no dated message, and no day of recognition is "
                "recorded that could say since when"
            )
        run = plain_date(from_number(self.standing.run_since))
        is_held = self.bearing.is_exempt(self.day)
        if self.traffic == "DORMANT" or is_held:
            return f"dormant since {run}: {self._found()}; {self._asked()}{self._delay()}"
        since = plain_date(from_number(self.traffic_since))
        return f"at risk since {since}{self._because(run)}: {self._found()}; {self._asked()}"

    def _because(self, run: str) -> str:
        """Say after what it is at risk: months of being dormant, or since a meeting."""
        assert self.standing is not None
        months, start = self.policy.at_risk.dormant_months, self.standing.counted_from
        if not months:
            return ""
        if start == self.standing.run_since:
            return f", after {amount(months, 'month')} of being dormant, since {run}"
        return (
            f", dormant since {run} and {amount(months, 'month')} after the meeting of "
            f"{plain_date(from_number(start))}, at which it was present"
        )

    def _delay(self) -> str:
        """Say so where only a meeting that it attended keeps it from being at risk."""
        assert self.standing is not None
        start, run = self.standing.counted_from, self.standing.run_since
        risk = int(shift_months(run, self.policy.at_risk.dormant_months))
        if start == run or risk > self.day or self.traffic != "DORMANT":
            return ""
        return (
            f"; it would be at risk since {plain_date(from_number(risk))}, but was present at the "
            f"meeting of {plain_date(from_number(start))}, from which its months are counted"
        )

    def _why_unknown(self) -> str:
        if self.is_hidden:
            assert self.traffic_since is not None
            assert self.standing is not None
            return (
                f"unknown since {plain_date(from_number(self.traffic_since))}: {self._found()}, "
                f"but the list hides who wrote {self.standing.hidden} of these, so neither "
                "persons nor conversations can be counted"
            )
        if self.covered is None or self.traffic_since is None:
            return (
                "unknown: no message at hand bears a credible date"
                if self.has_messages
                else "unknown: no archive at hand"
            )
        grace = self.policy.coverage.grace_days
        then = self.covered_standing
        status = (
            "it did not exist yet"
            if then is None
            else f"it was {then.status.lower().replace('_', ' ')} since "
            f"{plain_date(from_number(then.since))}, with {_traffic(then)} in the "
            f"{_months(self.policy.active.window_months)} before"
        )
        reach = (
            f"the archives at hand end with {plain_date(from_number(self.covered))}, "
            if self.covered_known
            else "that is "
        )
        return (
            f"unknown since {plain_date(from_number(self.traffic_since))}: {reach}"
            + (f"more than {amount(grace, 'day')} " if grace else "")
            + f"before {plain_date(from_number(self.day))}; on that last day {status}"
        )

    def _doubt(self) -> str:
        """Say so where the verdict hangs on senders of whom nobody knows whether they are one."""
        asked, fewest = self.policy.active.min_participants, self.fewest_participants
        if fewest is None or fewest >= asked:
            return ""
        return (
            f"; but some of these persons may be one and the same, which would leave "
            f"{amount(fewest, 'person')}: dcactivity people --review shows whom"
        )

    def _found(self) -> str:
        assert self.standing is not None
        if self.covered is None:
            return "no archive at hand tells how much it writes"
        window = _months(self.policy.active.window_months)
        end = plain_date(from_number(self.day))
        return f"in the {window} to {end} it had {_traffic(self.standing)}"

    def _asked(self) -> str:
        active = self.policy.active
        asked = [f"at least {amount(active.min_messages, 'message')}"] * bool(active.min_messages)
        if active.min_participants:
            persons = f"by at least {amount(active.min_participants, 'person')}"
            asked.append(persons if asked else f"messages {persons}")
        knows_threads = self.standing is None or self.standing.conversations is not None
        if active.min_conversations and knows_threads:
            asked.append(
                ("and " if asked else "")
                + f"at least {amount(active.min_conversations, 'conversation')}"
            )
        return f"the policy asks for {' '.join(asked) or 'no message'}"


def judge(
    timeline: Timeline | None,
    *,
    day: int,
    policy: Policy,
    covered: int | None,
    covered_known: bool,
    born: int | None,
    has_messages: bool,
    fewest_participants: int | None = None,
    bearing: Bearing = NOTHING,
) -> Verdict:
    """Pass the verdict on one coalition as of the end of a day.

    Parameters
    ----------
    timeline : Timeline or None
        Its traffic, day by day; None without any message or recognition by then.
    day : int
        The day, days since 1970-01-01.
    policy : Policy
        The policy to follow.
    covered, covered_known, born, has_messages, fewest_participants, bearing
        As in `Verdict`.

    Returns
    -------
    Verdict
        ACTIVE needs no proof beyond the messages at hand. What rests on silence is UNKNOWN
        where the archives end more than ``coverage.grace_days`` before the day. What bears on
        it besides can put it at risk, whatever its traffic, or hold that back.
    """
    standing = timeline.standing(day) if timeline else None
    traffic: Status = standing.status if standing else "DORMANT"
    since = standing.since if standing else None
    then = None
    grace = policy.coverage.grace_days
    if traffic in ("DORMANT", "AT_RISK") and (covered is None or covered + grace < day):
        traffic, since = "UNKNOWN", None
        if covered is not None:
            since = covered + grace + 1
            then = timeline.standing(covered) if timeline else None
    risk, is_exempt = bearing.risk_since(day), bearing.is_exempt(day)
    status = settled(traffic, is_risky=risk is not None, is_exempt=is_exempt)
    settled_since = since
    if status != traffic and is_exempt and standing is not None:
        settled_since = standing.run_since
    elif status == "AT_RISK" and risk is not None:
        settled_since = min(risk, since) if traffic == "AT_RISK" and since is not None else risk
    return Verdict(
        status=status,
        since=settled_since,
        day=day,
        policy=policy,
        traffic=traffic,
        traffic_since=since,
        standing=standing,
        covered=covered,
        covered_known=covered_known,
        covered_standing=then,
        born=born,
        has_messages=has_messages,
        fewest_participants=fewest_participants,
        bearing=bearing,
    )


def _traffic(standing: Standing) -> str:
    messages = amount(standing.messages, "message")
    if not standing.messages:
        return messages
    persons = "nobody who could be told"
    if standing.participants:
        persons = amount(standing.participants, "person")
    said = f"{messages} by {persons}"
    if standing.conversations is not None:
        said += f" and {amount(standing.conversations, 'conversation')}"
    return said


def _months(number: int) -> str:
    return "month" if number == 1 else f"{number} months"
