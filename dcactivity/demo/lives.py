"""The fourteen coalitions of the demo: what each one's life is, and what it teaches."""

from __future__ import annotations

from dcactivity.demo import formats
from dcactivity.demo.life import EVER, Coalition, Source
from dcactivity.demo.talk import Line
from dcactivity.demo.wire import MailingList

__all__ = ["COALITIONS"]


def _list(slug: str, *, has_archive: bool = True, has_subscribe: bool = True) -> MailingList:
    return MailingList(f"{slug}@lists.forum.example", has_archive, has_subscribe)


def _exchange(month: str, subject: str) -> tuple[Line, ...]:
    """Four messages by three people: a question, two answers, thanks."""
    return (
        Line(f"{month}-05T09:12", 0, subject),
        Line(f"{month}-05T14:40", 1, answers=0),
        Line(f"{month}-07T08:05", 2, answers=1),
        Line(f"{month}-08T16:21", 0, answers=2),
    )


_YEAR_END = (0.1, 0, 0, 0, 0, 0, 0, 0.25, 0.5, 1.2, 2.2, 1.1)
"""Little but around the yearly meeting at the end of November."""

_DEAD_SINCE_2018 = (("2014-04", 2.6), ("2016-09", 1.3), ("2018-03", 0.0))


COALITIONS = (
    Coalition(
        "dc-lighthouses",
        "Coalition on Lighthouses and Their Keepers",
        "2014-04-01",
        "lively",
        "What an active list looks like; some senders rewritten as “X via the list”, monthly "
        "reminders, automatic replies and bounces between the messages of people.",
        ("lamp oil", "fog signals", "the keepers' log books", "lens cleaning", "harbour lights"),
        (
            Source(
                _list("dc-lighthouses"), formats.mboxrd, "mbox (mboxrd)", ("dc-lighthouses.mbox",)
            ),
        ),
        people=16,
        pace=(("2014-04", 2.0), ("2016-01", 2.8), ("2020-03", 3.6)),
        bulletins=EVER,
        reminders=("2019-04", "2022-03"),
        has_echoes=True,
        aliases=("Lighthouse Coalition", "DC-LIGHT"),
    ),
    Coalition(
        "dc-winter-markets",
        "Coalition on Winter Markets",
        "2014-06-15",
        "seasonal",
        "Busy around the yearly meeting, silent for half of each year: a short window would "
        "call it dormant every summer.",
        ("stall permits", "lantern safety", "mulled cider", "travelling carousels"),
        (
            Source(
                _list("dc-winter-markets"),
                formats.pipermail_months,
                "Mailman 2 pipermail, gzipped months",
                ("*.txt.gz",),
            ),
        ),
        people=12,
        pace=(("2014-08", 5.0),),
        season=_YEAR_END,
        script=_exchange("2021-11", "Who is at the yearly meeting?"),
        has_echoes=True,
    ),
    Coalition(
        "dc-sundials",
        "Coalition on Sundials",
        "2014-04-20",
        "fading",
        "Fewer messages every year, and in the end one question that nobody answers.",
        ("gnomons", "shadow tables", "church walls", "summer time"),
        (
            Source(
                _list("dc-sundials", has_archive=False),
                formats.listserv,
                "LISTSERV notebooks",
                ("DC-SUNDIALS.LOG*",),
            ),
        ),
        pace=(
            ("2014-04", 3.0),
            ("2015-06", 2.0),
            ("2017-01", 1.4),
            ("2018-06", 0.7),
            ("2019-09", 0.4),
            ("2020-09", 0.0),
        ),
        script=(
            *_exchange("2020-10", "Shall we go on?"),
            Line("2021-05-18T10:00", 1, "Is anybody still reading this?"),
            Line("2021-09-02T11:30", 1, "Old shadow tables to give away"),
        ),
        bulletins=("2014-04", "2018-12"),
    ),
    Coalition(
        "dc-cobblestones",
        "Coalition on Cobblestones",
        "2014-05-02",
        "dead",
        "Nobody has written since early 2018, but the list software still sends its reminder on "
        "the first of each month.",
        ("basalt setts", "bicycle lanes", "quarry records"),
        (
            Source(
                _list("dc-cobblestones"),
                formats.mboxcl,
                "mbox with Content-Length (mboxcl)",
                ("dc-cobblestones.mbox",),
            ),
        ),
        pace=_DEAD_SINCE_2018,
        bulletins=("2014-04", "2018-03"),
        reminders=("2017-06", "2022-03"),
    ),
    Coalition(
        "dc-night-trains",
        "Coalition on Night Trains",
        "2014-09-10",
        "dead but spammed",
        "Silent since 2018; since then only offers, each from another address, none answered, "
        "most of them unmarked: traffic is not activity.",
        ("sleeping cars", "border stops", "breakfast trays", "timetables after midnight"),
        (
            Source(
                _list("dc-night-trains"),
                formats.crlf_mbox,
                "mbox, CRLF",
                ("dc-night-trains.mbox",),
            ),
        ),
        pace=_DEAD_SINCE_2018,
        bulletins=("2014-04", "2019-12"),
        advertisements=("2018-10", "2022-03"),
    ),
    Coalition(
        "dc-birdsong",
        "Coalition on Birdsong in Cities",
        "2016-02-01",
        "one voice",
        "The coordinator goes on writing, nobody else does: messages alone are not a group.",
        ("dawn recordings", "nightingales", "noise maps"),
        (
            Source(
                _list("dc-birdsong", has_archive=False, has_subscribe=False),
                formats.eml_folder,
                "folder of .eml",
                ("messages",),
            ),
        ),
        people=6,
        pace=(("2016-02", 0.8), ("2020-08", 0.0)),
        script=(
            *_exchange("2020-09", "Recordings for the autumn"),
            *(
                Line(f"{month}-15T07:30", 0, f"Birdsong letter {month}")
                for month in (
                    "2020-11",
                    "2021-01",
                    "2021-03",
                    "2021-05",
                    "2021-07",
                    "2021-09",
                    "2021-11",
                    "2022-01",
                    "2022-03",
                )
            ),
        ),
    ),
    Coalition(
        "dc-paper-maps",
        "Coalition on Paper Maps",
        "2015-03-01",
        "only bulletins",
        "All it ever receives is what goes to every coalition (the same Message-ID everywhere); "
        "that is no sign of life of this one.",
        ("folding", "contour lines"),
        (
            Source(
                _list("dc-paper-maps"),
                formats.groupsio,
                "groups.io export (zip)",
                ("dc-paper-maps.zip",),
            ),
        ),
        people=2,
        script=(Line("2015-03-02T12:00", 0, "Welcome to the list"),),
        bulletins=("2015-04", "2022-03"),
    ),
    Coalition(
        "dc-rain-gauges",
        "Coalition on Rain Gauges",
        "2014-04-11",
        "moved to a new list",
        "Two lists. The old one's messages were put into the new archive in one night of 2018: "
        "the newest Received field and the envelope name that night, the Date field the truth; "
        "and every old message lies in both archives.",
        ("school gauges", "broken funnels", "the flood of 1954", "open readings"),
        (
            Source(
                _list("raingauges"),
                formats.pipermail_months,
                "Mailman 2 pipermail, gzipped months",
                ("raingauges-old/*.txt.gz",),
                span=("2014-04", "2018-02"),
                retrieved="2018-03-05",
                folder="raingauges-old",
            ),
            Source(
                _list("dc-rain-gauges"),
                formats.mboxrd_bz2,
                "mbox, bzip2",
                ("dc-rain-gauges.mbox.bz2",),
                imported="2018-03-05T02:15",
                origin="raingauges",
            ),
        ),
        people=11,
        pace=(("2014-04", 1.8), ("2018-03", 2.4)),
        script=_exchange("2021-12", "Readings of the year"),
        bulletins=("2018-03", "2022-03"),
    ),
    Coalition(
        "dc-clock-towers",
        "Coalition on Clock Towers",
        "2014-07-07",
        "archive retrieved long ago",
        "Lively as far as the archive goes, but it was last fetched in June 2019: the archive is "
        "silent since, not the coalition, and nothing can be said about it.",
        ("bell permits", "night chimes", "winding days"),
        (
            Source(
                _list("dc-clock-towers"),
                formats.sympa,
                "Sympa archive (zip)",
                ("dc-clock-towers_archive.zip",),
                retrieved="2019-06-30",
            ),
        ),
        pace=(("2014-07", 2.0), ("2019-07", 0.0)),
        script=_exchange("2019-05", "Chimes at night, second reading"),
        bulletins=("2014-07", "2019-06"),
    ),
    Coalition(
        "dc-tea-rooms",
        "Coalition on Railway Tea Rooms",
        "2014-10-01",
        "silent, then reborn",
        "Three years without a word, then new people and new messages: dormant is not dead.",
        ("samovars", "opening hours", "the waiting-room piano"),
        (Source(_list("dc-tea-rooms"), formats.maildir, "Maildir", ("Maildir",)),),
        people=8,
        pace=(("2014-10", 0.8), ("2018-07", 0.0), ("2021-09", 2.6)),
        script=_exchange("2021-10", "Let us begin again"),
    ),
    Coalition(
        "dc-kite-routes",
        "Coalition on Kite Routes",
        "2021-10-15",
        "new",
        "Recognised last autumn, three messages so far: too early to judge.",
        ("wind corridors", "string lengths"),
        (
            Source(
                _list("dc-kite-routes"),
                formats.hyperkitty,
                "Mailman 3 download (mbox, gzip)",
                ("dc-kite-routes@*.mbox.gz",),
                span=("2021-10", "2022-03"),
            ),
        ),
        people=2,
        script=(
            Line("2021-10-18T09:00", 0, "Welcome"),
            Line("2021-11-29T15:45", 1, "Where shall we meet first?"),
            Line("2021-11-30T08:20", 0, answers=1),
        ),
    ),
    Coalition(
        "dc-footbridges",
        "Coalition on Footbridges",
        "2015-01-12",
        "sporadic",
        "Two or three exchanges in a good year, none in others: the verdict depends on where the "
        "window happens to lie.",
        ("rope bridges", "load tests", "lantern rails"),
        (
            Source(
                _list("dc-footbridges"), formats.mboxrd, "mbox (mboxrd)", ("dc-footbridges.mbox",)
            ),
        ),
        people=7,
        script=(
            Line("2015-01-20T10:00", 0, "Hello from the bridge"),
            Line("2015-01-22T11:00", 1, answers=0),
            Line("2016-03-05T09:12", 0, "Rope bridges: a survey"),
            Line("2016-03-05T14:40", 3, answers=2),
            Line("2016-03-19T08:05", 4, answers=3),
            Line("2016-10-08T16:21", 0, "Load tests, first numbers"),
            Line("2018-02-11T12:00", 5, "A bridge was stolen"),
            Line("2018-02-12T07:50", 0, answers=6),
            Line("2019-06-02T09:00", 2, "Rails: which wood?"),
            Line("2020-09-14T09:00", 0, "Minutes of our one call"),
            Line("2020-09-15T10:30", 1, answers=9),
            Line("2020-09-21T18:00", 2, answers=9),
            Line("2020-11-03T13:00", 5, "Session proposal: bridges for all"),
            Line("2021-08-30T09:00", 2, "Lantern rails again"),
        ),
    ),
    Coalition(
        "dc-weather-vanes",
        "Coalition on Weather Vanes",
        "2014-04-28",
        "dead, with bogus dates",
        "Dead since 2017. Some messages say they are from 2038, 1970 or from no time at all: what "
        "the servers wrote puts them back, and the dead list does not wake. One wreck, an "
        "envelope with no message, is set aside.",
        ("rusty cocks", "north arrows", "roof insurance"),
        (
            Source(
                _list("dc-weather-vanes"),
                formats.mboxrd,
                "mbox (mboxrd)",
                ("dc-weather-vanes.mbox",),
                has_wreck=True,
            ),
        ),
        people=7,
        pace=(("2014-05", 2.2), ("2016-10", 0.0)),
        script=(
            Line(
                "2016-11-02T08:00", 0, "Arrow count", date_field="Tue, 19 Jan 2038 03:14:07 +0000"
            ),
            Line("2016-11-04T18:30", 3, answers=0, date_field="Thu, 01 Jan 1970 00:00:00 +0000"),
            Line("2016-12-06T12:00", 1, "Roofs", date_field="yesterday, after supper"),
            Line(
                "2016-12-09T09:00",
                2,
                answers=2,
                date_field="Fri, 01 Jan 2038 00:00:00 +0000",
                received=False,
            ),
            Line("2017-01-17T10:10", 0, "North arrows, last call"),
        ),
    ),
    Coalition(
        "dc-harbour-bells",
        "Coalition on Harbour Bells",
        "2015-05-05",
        "double archives",
        "Monthly files and one full mbox of the same list side by side. Three messages in the "
        "last twelve months; whoever counted them twice would see six, and an active list.",
        ("bell ropes", "bronze prices", "storm signals"),
        (
            Source(
                _list("dc-harbour-bells"),
                formats.double,
                "mbox, gzipped months and one of all",
                ("months/*.mbox.gz", "dc-harbour-bells.mbox"),
            ),
        ),
        people=8,
        pace=(("2017-09", 1.2), ("2020-09", 0.0)),
        script=(
            *_exchange("2020-10", "Storm signals, final text"),
            Line("2021-06-14T09:30", 1, "Bronze prices"),
            Line("2021-06-15T10:00", 0, answers=4),
            Line("2021-11-22T17:15", 3, "A bell for the museum"),
        ),
    ),
)
