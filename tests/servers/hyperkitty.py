"""A HyperKitty after the real one's structure, where a test needs one that can be turned."""

from __future__ import annotations

import datetime as dt
import gzip

from dcactivity.web.plans import month_after
from tests.servers.loopback import Reply, Site
from tests.servers.pages import html


def publish(
    site: Site,
    address: str,
    messages: list[tuple[dt.datetime, str]],
    today: dt.date,
    base: str = "/archives",
) -> str:
    """Put a list's overview and exports on a site; return the overview's path.

    As with the real one, an export has no version and no length, and an empty month is an
    empty gzip.
    """
    root = f"{base}/list/{address}/"
    day = min((when.date() for when, _ in messages), default=today).replace(day=1)
    links = []
    while day <= today:
        end = month_after(day)
        links.append(f'<a class="dropdown-item" href="{root}{day.year}/{day.month}/">month</a>')
        mine = [text for when, text in messages if day <= when.date() < end]
        body = gzip.compress("\n\n".join(mine).encode(), mtime=0)
        path = f"{root}export/{address}-{day:%Y-%m}.mbox.gz?start={day}&end={end}"
        site.pages[path] = Reply(body, kind="application/gzip", versioned=False)
        day = end
    links.append(f'<a href="{root}export/{address}.mbox.gz">Entire archive</a>')
    page = f"<h1>{address}</h1>{''.join(links)}<footer>Powered by HyperKitty</footer>"
    site.pages[root] = html(page, title=address)
    return root


def raw(text: str) -> str:
    """A message of a pipermail text as it was sent: with addresses whole."""
    return text.replace(" at people.example", "@people.example")
