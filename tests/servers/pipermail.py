"""Pipermail trees as Mailman 2.1 writes them, served by the test."""

from __future__ import annotations

import calendar
import datetime as dt
import gzip
from dataclasses import dataclass, field

from tests.servers.loopback import Reply, Site

_ENTRY = """
          <tr>
            <td>{label}:</td>
            <td>
              <A href="{label_dashed}/thread.html">[ Thread ]</a>
              <A href="{label_dashed}/date.html">[ Date ]</a>
            </td>
            <td><A href="{file}">[ {what} {size} ]</a></td>
            </tr>
"""
_INDEX = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2//EN">
<HTML>
  <HEAD>
     <title>The {name} Archives</title>
     <META NAME="robots" CONTENT="noindex,follow">
  </HEAD>
  <BODY BGCOLOR="#ffffff">
     <h1>The {name} Archives </h1>
     <p>
      You can get <a href="/mailman/listinfo/{name}">more information about this list</a>{full}
     </p>
     <table border=3>
          <tr><td>Archive</td><td>View by:</td><td>Downloadable version</td></tr>
{entries}
     </table>
  </BODY>
</HTML>
"""


@dataclass
class Archive:
    """The messages of one list, and how its server shows them.

    Months before the newest are gzipped; the newest is plain text, as pipermail leaves it until
    its nightly job.
    """

    name: str = "dc-example"
    messages: list[tuple[dt.datetime, str]] = field(default_factory=list)
    full: bool = False
    hidden: set[str] = field(default_factory=set)

    def add(self, day: str, number: int | str, *, sender: str = "ann") -> None:
        when = dt.datetime.fromisoformat(f"{day}T12:00:00+00:00")
        self.messages.append((when, message(when, number, sender=sender)))
        self.messages.sort(key=lambda item: item[0])

    def remove(self, number: int | str) -> None:
        mark = f"Message-ID: <m{number}@"
        self.messages = [one for one in self.messages if mark not in one[1]]

    def months(self) -> dict[str, str]:
        texts: dict[str, str] = {}
        for when, text in self.messages:
            label = f"{when.year}-{calendar.month_name[when.month]}"
            texts[label] = texts.get(label, "") + text
        return {label: text for label, text in texts.items() if label not in self.hidden}

    def publish(self, site: Site, base: str = "/pipermail") -> str:
        """Put everything on a site; return the archive's path."""
        root = f"{base}/{self.name}"
        entries = []
        months = self.months()
        for label, text in reversed(months.items()):
            is_newest = label == next(reversed(months))
            file = f"{label}.txt" if is_newest else f"{label}.txt.gz"
            body = text.encode() if is_newest else gzip.compress(text.encode(), mtime=0)
            site.pages[f"{root}/{file}"] = Reply(body, kind="text/plain")
            if is_newest:
                site.pages.pop(f"{root}/{file}.gz", None)
            what = "Text" if is_newest else "Gzip'd Text"
            entries.append(
                _ENTRY.format(
                    label=label.replace("-", " "), label_dashed=label, file=file, what=what,
                    size=f"{len(body)} bytes",
                )
            )  # fmt: skip
        full = ""
        if self.full:
            link = f"{root}.mbox/{self.name}.mbox"
            full = f' or you can <a href="{link}">download the full raw archive</a> (1 KB).'
            body = "".join(text for _, text in self.messages).replace(" at ", "@").encode()
            site.pages[link] = Reply(body)
        if not entries:
            full = (
                "<p>No messages have been posted to this list yet, so the archives are "
                "currently empty.</p>"
            )
        index = _INDEX.format(name=self.name, entries="".join(entries), full=full)
        site.pages[f"{root}/"] = Reply(index.encode(), kind="text/html", versioned=False)
        return f"{root}/"


def message(when: dt.datetime, number: int | str, *, sender: str = "ann") -> str:
    """One message as pipermail's text has it."""
    return (
        f"From {sender} at people.example  {when:%a %b %d %H:%M:%S %Y}\n"
        f"From: {sender} at people.example ({sender.title()})\n"
        f"Date: {when:%a, %d %b %Y %H:%M:%S} +0000\n"
        f"Subject: [Example] Number {number}\n"
        f"Message-ID: <m{number}@people.example>\n"
        "\n"
        f"This is message {number}.\n"
        "\n"
    )
