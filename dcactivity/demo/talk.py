"""What people say on the lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from dcactivity.demo.cast import Dice, Person

__all__ = ["Kind", "Line", "Mail", "chatter", "spoken"]

Kind = Literal["person", "bulletin", "reminder", "auto-reply", "bounce", "advertisement"]

_STRICT_HOSTS = ("@mail.example", "@strict.example")

_SUBJECTS = (
    "Draft report on {matter}",
    "Agenda for the call on {matter}",
    "A question about {matter}",
    "Comments wanted: {matter}",
    "Notes of the call on {matter}",
    "Session proposal: {matter}",
    "{matter}: who can help?",
    "Reading on {matter}",
    "News on {matter} from our region",
    "Señales, 灯台, маяк: the word list for {matter}",
)
_OPENINGS = (
    "Dear all,",
    "Hello everyone,",
    "Colleagues,",
    "Estimadas y estimados,",
    "Chers tous,",
)
_SENTENCES = (
    "I have put a first text on {matter} where all of us can edit it.",
    "The part on {matter} still lacks an example from the southern coast.",
    "Could somebody who knows {matter} look at the second section?",
    "We agreed to leave {matter} for the next call.",
    "From our side there is nothing against the wording on {matter}.",
    "From experience I would ask the volunteers about {matter} first.",
    "The numbers on {matter} are two years old, so please read them with care.",
    "Thank you for the note, it made the matter of {matter} much clearer to me.",
    "I cannot come on Thursday but will send my points on {matter} before.",
    "In our town {matter} is looked after by three people and a dog.",
)
_ASSENTS = (
    "Agreed.",
    "Thank you, this helps.",
    "I see it differently.",
    "Yes, with one small change.",
    "Gladly.",
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message, as it was truly written.

    Parameters
    ----------
    key : str
        Message-ID without angle brackets.
    when : datetime
        UTC, when it was sent.
    name, address : str
        The writer.
    subject, body : str
        Subject without the list's tag.
    kind : str
        Who speaks: a person, or something else.
    zone : int
        Minutes east of Greenwich, of the Date field.
    charset : str
        In which name and subject are encoded.
    references : tuple of str
        The Message-IDs it answers, the last one directly.
    date_field : str or None
        What stands in the Date field, where that is not the truth.
    received : bool
        Whether Received fields are left.
    imported : datetime or None
        When it was put into the archive of a later list.
    origin : str
        The earlier list it was written for, where it was imported.
    is_rewritten : bool
        Whether the list writes itself into the From field: the provider forbids others to send
        in its name (DMARC).
    """

    key: str
    when: datetime
    name: str
    address: str
    subject: str
    body: str
    kind: Kind = "person"
    zone: int = 0
    charset: str = "utf-8"
    references: tuple[str, ...] = ()
    date_field: str | None = None
    received: bool = True
    imported: datetime | None = None
    origin: str = ""
    is_rewritten: bool = False

    @property
    def delivered(self) -> datetime:
        """When the list server took it (UTC): some seconds to minutes later."""
        return self.when + timedelta(seconds=7 + len(self.body) * 13 % 240)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a script: a message that is there whatever the dice say.

    Parameters
    ----------
    when : str
        ISO 8601, UTC.
    who : int
        The speaker's number in the coalition's cast.
    subject : str
        Empty for an answer.
    answers : int or None
        The number of the script line it answers.
    date_field : str or None
        What stands in the Date field, where that is not the truth.
    received : bool
        Whether Received fields are left.
    """

    when: str
    who: int
    subject: str = ""
    answers: int | None = None
    date_field: str | None = None
    received: bool = True


def _say(matter: str, dice: Dice, answered: Mail | None) -> str:
    sentences = [dice.pick(_SENTENCES).format(matter=matter) for _ in range(1 + dice.below(3))]
    if answered is None:
        return "\n".join([dice.pick(_OPENINGS), "", *sentences])
    words = [line for line in answered.body.split("\n") if line and line[0] not in ">-"]
    quoted = "> " + words[min(1, len(words) - 1)]
    return "\n".join([f"{answered.name} wrote:", quoted, "", dice.pick(_ASSENTS), *sentences])


def _mail(
    speaker: Person,
    when: datetime,
    subject: str,
    matter: str,
    dice: Dice,
    answered: Mail | None,
) -> Mail:
    second = len(speaker.addresses) > 1 and dice.chance(0.3)
    address = speaker.addresses[1] if second else speaker.addresses[0]
    body = _say(matter, dice, answered)
    if dice.chance(0.4):
        body += f"\n\n-- \n{speaker.name}"
    return Mail(
        key=f"{when:%Y%m%d%H%M}.{dice.hexadecimal(8)}@{address.partition('@')[2]}",
        when=when,
        name=speaker.short if speaker.short and (second or dice.chance(0.2)) else speaker.name,
        address=address,
        subject=subject,
        body=body,
        zone=speaker.zone,
        charset=speaker.charset,
        references=(*answered.references[-6:], answered.key) if answered else (),
        is_rewritten=address.endswith(_STRICT_HOSTS) and when.year >= 2018,
    )


def chatter(
    months: Sequence[tuple[int, int, float]],
    people: Sequence[Person],
    matters: Sequence[str],
    *,
    dice: Dice,
) -> list[Mail]:
    """Let people talk.

    Parameters
    ----------
    months : sequence of (year, month, mean)
        The mean number of messages in each month.
    people : sequence of Person
        The first ones write most.
    matters : sequence of str
        What they talk about.
    dice : Dice
        Decides all the rest.

    Returns
    -------
    list of Mail
        In order of time; about six in ten answer somebody else.
    """
    said: list[Mail] = []
    matter_of: dict[str, str] = {}
    for year, month, mean in months:
        first = datetime(year, month, 1, tzinfo=UTC)
        minutes = sorted(dice.below(28 * 24 * 60) for _ in range(dice.count(mean)))
        for when in (first + timedelta(minutes=m, seconds=dice.below(60)) for m in minutes):
            speaker = dice.pick_early(people)
            recent = [
                mail
                for mail in said[-7:]
                if mail.address not in speaker.addresses and when - mail.when < timedelta(days=50)
            ]
            answered = dice.pick(recent) if recent and dice.chance(0.68) else None
            matter = matter_of[answered.key] if answered else dice.pick(matters)
            subject = answered.subject if answered else dice.pick(_SUBJECTS).format(matter=matter)
            if answered and not subject.startswith("Re: "):
                subject = f"Re: {subject}"
            said.append(_mail(speaker, when, subject, matter, dice, answered))
            matter_of[said[-1].key] = matter
    return said


def spoken(
    script: Sequence[Line], people: Sequence[Person], matters: Sequence[str], *, dice: Dice
) -> list[Mail]:
    """Let people say what their script says.

    Parameters
    ----------
    script : sequence of Line
        In order of time.
    people : sequence of Person
        The cast of the coalition.
    matters : sequence of str
        What they talk about.
    dice : Dice
        Decides the words of the bodies.

    Returns
    -------
    list of Mail
        One for each line, in the same order.
    """
    said: list[Mail] = []
    for line in script:
        answered = None if line.answers is None else said[line.answers]
        subject = line.subject or (answered.subject if answered else "")
        if answered and not subject.startswith("Re: "):
            subject = f"Re: {subject}"
        when = datetime.fromisoformat(line.when).replace(tzinfo=UTC)
        mail = _mail(people[line.who], when, subject, dice.pick(matters), dice, answered)
        said.append(replace(mail, date_field=line.date_field, received=line.received))
    return said
