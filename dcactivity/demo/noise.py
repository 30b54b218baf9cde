"""What reaches the lists although no member wrote it for them.

Bulletins to everybody, advertisement, and the robots: reminders, automatic replies, bounces.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from dcactivity.demo.cast import Dice, Person
from dcactivity.demo.talk import Mail

__all__ = [
    "BODY_ADDRESS",
    "LIST_HOST",
    "advertisements",
    "bulletins",
    "echoes",
    "reminders",
]

LIST_HOST = "lists.forum.example"
BODY_ADDRESS = "secretariat@forum.example"

_SECRETARIAT = ("Forum Secretariat", BODY_ADDRESS)
_HERALDS = (
    ("Colloquium on Everyday Things", "office@colloquium.example"),
    ("Summer School of the Commons", "apply@summerschool.example"),
)
_BULLETINS = (
    (2, 11, None, "Call for session proposals for the yearly meeting {year}"),
    (4, 7, 0, "Colloquium {year}: papers until the end of May"),
    (6, 15, None, "Reminder: annual reports of the coalitions, {year}"),
    (9, 3, 1, "Summer School {next}: applications are open"),
    (10, 20, None, "Practical notes for participants, yearly meeting {year}"),
)
_OFFERS = (
    "Your parcel waits at our depot",
    "Gold watches, half the price",
    "Invoice 4471 overdue",
    "Grow your list of customers now",
    "Re-activate the account today",
    "A letter from the lottery office",
    "Printer ink below cost",
    "Work from home, two hours a day",
)
_SELLERS = ("parcel", "gold", "bill", "grow", "verify", "lucky", "ink", "easy", "offer", "deal")


def bulletins(first: str, last: str, *, seed: str) -> list[Mail]:
    """Write what goes to every coalition, with the same Message-ID everywhere.

    Parameters
    ----------
    first, last : str
        Months, "YYYY-MM", both included.
    seed : str
        The same for all coalitions.

    Returns
    -------
    list of Mail
        Five each year, in order of time.
    """
    mails = []
    for year in range(int(first[:4]), int(last[:4]) + 1):
        for month, day, herald, title in _BULLETINS:
            dice = Dice(f"{seed}/bulletin/{year}-{month}")
            name, address = _SECRETARIAT if herald is None else _HERALDS[herald]
            if not first <= f"{year}-{month:02d}" <= last:
                continue
            subject = title.format(year=year, next=year + 1)
            mails.append(
                Mail(
                    key=f"bulletin-{year}{month:02d}-{dice.hexadecimal(6)}@forum.example",
                    when=datetime(year, month, day, 8 + dice.below(8), dice.below(60), tzinfo=UTC),
                    name=name,
                    address=address,
                    subject=subject,
                    body=f"Dear coalitions,\n\n{subject}.\nPlease see https://forum.example/news\n",
                    kind="bulletin",
                    zone=60,
                )
            )
    return mails


def advertisements(months: Iterable[tuple[int, int]], *, dice: Dice) -> list[Mail]:
    """Send offers nobody asked for, each from another address, none of them answered."""
    mails = []
    for year, month in months:
        for _ in range(1 + dice.count(1.0)):
            seller = f"{dice.pick(_SELLERS)}{dice.below(9000) + 1000}"
            when = datetime(
                year, month, 1 + dice.below(28), dice.below(24), dice.below(60), tzinfo=UTC
            )
            mails.append(
                Mail(
                    key=f"{dice.hexadecimal(16)}@{seller}.example",
                    when=when,
                    name=seller.capitalize(),
                    address=f"{seller}@{seller}.example",
                    subject=dice.pick(_OFFERS),
                    body="Only this week. Do not miss it.\nhttps://offers.example/now",
                    kind="advertisement",
                )
            )
    return mails


def reminders(list_address: str, months: Iterable[tuple[int, int]]) -> list[Mail]:
    """Send the monthly membership reminder of the list software, on the first at five."""
    name, _, host = list_address.partition("@")
    return [
        Mail(
            key=f"mailman.{year}{month:02d}.{name}@{host}",
            when=datetime(year, month, 1, 5, 0, 3, tzinfo=UTC),
            name="",
            address=f"mailman-owner@{host}",
            subject=f"{list_address} mailing list memberships reminder",
            body=f"This is a reminder, sent out once a month,\nof your place on {list_address}.",
            kind="reminder",
        )
        for year, month in months
    ]


def echoes(said: Sequence[Mail], people: Sequence[Person], *, dice: Dice) -> list[Mail]:
    """Answer some messages automatically: somebody is away, or an address is gone."""
    mails = []
    for mail in said:
        if not dice.chance(0.04):
            continue
        person, gone = dice.pick(people), dice.chance(0.4)
        host = person.addresses[0].partition("@")[2]
        mails.append(
            Mail(
                key=f"auto.{dice.hexadecimal(12)}@{host}",
                when=mail.when + timedelta(minutes=1 + dice.below(9)),
                name="Mail Delivery System" if gone else person.name,
                address=f"MAILER-DAEMON@{host}" if gone else person.addresses[0],
                subject="Undelivered Mail Returned to Sender"
                if gone
                else f"Automatic reply: {mail.subject}",
                body="The address is not known here." if gone else "I am away until Monday.",
                kind="bounce" if gone else "auto-reply",
                charset=person.charset,
                references=(mail.key,),
            )
        )
    return mails
