"""What to do where a program cannot fetch: for this very list, step by step.

References
----------
Google Takeout, "Groups" (owners: one mbox for each group); groups.io help centre, "Exporting
or downloading your group's data"; Sympa, "Archive Management" (``arc_manage``, a ZIP of
months); Mailman 2.1, ``archives/private/NAME.mbox/NAME.mbox``; Mailman 3, HyperKitty's export.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from dcactivity.archives.find import expand_globs
from dcactivity.errors import DcactivityError
from dcactivity.web.hosts import Host

if TYPE_CHECKING:
    from pathlib import Path

    from dcactivity.registry import Coalition, MailingList
    from dcactivity.web.plans import Plan

__all__ = ["guide", "what_arrived"]

_GOOGLE = (
    (
        "An owner of the group {group} opens https://takeout.google.com, chooses 'Deselect all', "
        "then 'Groups' alone, and under 'All groups included' this group alone."
    ),
    "They ask for one export as .zip and wait for Google's mail.",
    "Put the file takeout-….zip as it is into {folder}/ (the mbox in it is read from there).",
    "Where no owner is found: 'Contact owners and managers' on {url} reaches them.",
)
_GROUPS_IO = (
    (
        "An owner of the group {group} opens Admin > Settings > 'Export Group Data' and ticks "
        "Messages; where 'Allow Members to Download Archive' is on, members may, too."
    ),
    "groups.io sends a mail when the .zip is ready.",
    "Put the .zip as it is into {folder}/ (the mbox in it is read from there).",
    "Where no owner is found: write to {group}+owner@groups.io.",
)
_SYMPA = (
    (
        "An owner of the list {group} logs in and opens Admin > 'Manage archives' "
        "({root}/arc_manage/{group})."
    ),
    "They select all months and choose 'DownLoad ZipFile'.",
    "Put the .zip as it is into {folder}/.",
    "Where no owner is found: write to {request}.",
)
_MAILMAN2 = (
    (
        "Ask the owner of the list at {request} to make the archive public (Archiving Options > "
        "'Is archive file source for public or private archival?'), or to send a copy."
    ),
    (
        "The server's administrator finds it at archives/private/{group}.mbox/{group}.mbox in the "
        "folder of Mailman."
    ),
    "Put {group}.mbox, or {group}.mbox.gz, into {folder}/.",
)
_MAILMAN3 = (
    (
        "A member of the list signs in at {url} and chooses Download > 'Entire archive'; where "
        "that button is missing, the server's administrator has switched it off "
        "(HYPERKITTY_MBOX_EXPORT)."
    ),
    (
        "Or ask the owner at {owner} to make the archive public (Settings > Archiving > 'Public "
        "archives')."
    ),
    "Put the file, such as {address}.mbox.gz, into {folder}/.",
)
_REQUEST = (
    (
        "Ask whoever keeps the list {address} for its archive as mbox: one file with all "
        "messages, or one for each month; every mail program can export a folder as mbox, too."
    ),
    (
        "Put what arrives into {folder}/: .mbox, .mbox.gz, .zip, .eml files and Maildir folders "
        "are read as they are."
    ),
)
_STEPS = {
    Host.GOOGLE: _GOOGLE,
    Host.GROUPS_IO: _GROUPS_IO,
    Host.SYMPA: _SYMPA,
    Host.PIPERMAIL: _MAILMAN2,
    Host.HYPERKITTY: _MAILMAN3,
}


def guide(plan: Plan, coalition: Coalition, entry: MailingList, folder: Path) -> str:
    """Write what is to be done for a list that cannot be fetched.

    Parameters
    ----------
    plan : Plan
        What its host said.
    coalition : Coalition
        Whose list it is.
    entry : MailingList
        The list.
    folder : Path
        Where its files go, relative to the registry.

    Returns
    -------
    str
        A headline and numbered steps, one a line.
    """
    url = entry.archive_url or entry.subscribe_url or ""
    address = entry.address or url or coalition.slug
    group = _group(url, entry.address) or coalition.slug
    domain = (entry.address or "@" + (urlsplit(url).hostname or "its host")).partition("@")[2]
    values = {
        "address": address,
        "folder": folder.as_posix(),
        "group": group,
        "owner": f"{group}-owner@{domain}",
        "request": f"{group}-request@{domain}",
        "root": re.split(r"/(?:arc|info|arcsearch)/", url)[0],
        "url": url or "the page of the list",
    }
    steps = [one.format(**values) for one in _STEPS.get(plan.host, _REQUEST)]
    if not entry.archives:
        steps.append(f'Write into coalitions.toml, to this list: archives = ["{folder}/*"]')
    steps.append(
        "Write into coalitions.toml, to this list, the day on which the export was made: "
        "retrieved = YYYY-MM-DD"
    )
    steps.append(
        f"Run 'dcactivity fetch . --coalition {coalition.slug}' again: it says what arrived."
    )
    head = f"{coalition.slug}, {address}: {plan.closed}"
    return "\n".join([head, *(f"  {n}. {step}" for n, step in enumerate(steps, 1))])


def _group(url: str, address: str | None) -> str:
    """Return a list's short name, out of its address on the web, else for mail."""
    text = url.replace("/forum/#!forum/", "/g/").replace("%40", "@")
    found = re.search(r"/(?:g|group|arc|info|listinfo|pipermail|private|list)/([^/?#\s]+)", text)
    name = unquote(found[1]) if found else (address or "")
    return name.partition("@")[0]


def what_arrived(root: Path, entry: MailingList) -> str:
    """Check what lies there for a list that is brought by hand.

    Parameters
    ----------
    root : Path
        The registry's folder.
    entry : MailingList
        The list.

    Returns
    -------
    str
        One line: how many archives and messages, from when to when, or why nothing is read.
    """
    from dcactivity.archives.reader import scan_mbox

    try:
        archives, passed_over, _ = expand_globs(root, entry.archives)
    except DcactivityError as error:
        return str(error)
    if not archives:
        reasons = "; ".join(f"{one.name}: {one.reason}" for one in passed_over[:3])
        return f"nothing has arrived yet{f' ({reasons})' if reasons else ''}"
    count, days, faults = 0, [], []
    for archive in archives:
        try:
            frame = scan_mbox(archive.path)
        except DcactivityError as error:
            faults.append(f"{archive.name}: {error.message}")
            continue
        count += len(frame)
        days += [str(day) for day in frame["date_header"].dropna().dt.date]
    span = f" from {min(days)} to {max(days)}" if days else ""
    said = f"arrived: {_counted(len(archives), 'archive')}, {_counted(count, 'message')}{span}"
    if not entry.retrieved:
        faults.append("retrieved is not stated")
    return "; ".join([said, *faults])


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
