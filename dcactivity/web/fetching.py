"""From a registry's addresses to whole files beside it, and the record of when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dcactivity.errors import DcactivityError, RegistryError
from dcactivity.fetched import (
    FetchedList,
    Finding,
    list_name,
    read_fetched,
    write_fetched,
)
from dcactivity.web.asking import GUIDED, ask_host
from dcactivity.web.failures import TRANSIENT, Failure, FetchError
from dcactivity.web.guides import guide, what_arrived
from dcactivity.web.hosts import Host, host_of_url
from dcactivity.web.placing import literal_folder
from dcactivity.web.plans import Plan, Wanted
from dcactivity.web.taking import Taker, is_settled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from dcactivity.registry import Coalition, MailingList, Registry
    from dcactivity.web.client import WebClient

__all__ = ["FetchReport", "fetch"]


@dataclass(slots=True)
class FetchReport:
    """What a fetch did, or would do.

    Parameters
    ----------
    rows : list of dict
        One for each list; see `lists`.
    steps : list of dict
        What is asked for, after the indexes were read; see `plan`.
    guides : list of str
        For each list that cannot be fetched: what to do, step by step.
    requests : int
        How many were made.
    """

    rows: list[dict[str, object]] = field(default_factory=list)
    steps: list[dict[str, object]] = field(default_factory=list)
    guides: list[str] = field(default_factory=list)
    requests: int = 0

    @property
    def lists(self) -> pd.DataFrame:
        """One row for each list.

        Columns ``coalition, list, host, url`` (str), ``new, unchanged, failed, requests``
        (Int64; files, and requests of any kind), ``retrieved`` (str, the day up to whose end
        the archive is complete; missing where unknown), ``note`` (str).
        """
        import pandas as pd

        counts = ["new", "unchanged", "failed", "requests"]
        names = ["coalition", "list", "host", "url", *counts, "retrieved", "note"]
        frame = pd.DataFrame(self.rows, columns=names)
        return frame.astype({name: "Int64" if name in counts else "str" for name in names})

    @property
    def plan(self) -> pd.DataFrame:
        """One row for each request: ``coalition, list, file, url`` (str)."""
        import pandas as pd

        return pd.DataFrame(self.steps, columns=["coalition", "list", "file", "url"], dtype="str")

    @property
    def failures(self) -> int:
        """How many lists are not complete though they should be."""
        return sum(bool(row["failed"]) for row in self.rows)

    def outlook(self, client: WebClient) -> str:
        """Say in one line what is still to be asked for, and how long that takes.

        Parameters
        ----------
        client : WebClient
            Knows the pace of each host.

        Returns
        -------
        str
            The time is that of the pauses; the way of the bytes comes on top.
        """
        hosts = [urlsplit(str(step["url"])).hostname or "" for step in self.steps]
        seconds = round(sum(client.pace.interval(host) for host in hosts))
        count = len(self.steps)
        took = f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"
        return (
            f"plan: {count} {'request' if count == 1 else 'requests'} to "
            f"{len(set(hosts))} {'host' if len(set(hosts)) == 1 else 'hosts'}, {took} at least, "
            f"after {client.requests} for robots.txt and indexes"
        )


def fetch(
    registry: Registry,
    client: WebClient,
    *,
    coalition: str | None = None,
    dry_run: bool = False,
    recheck: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
    notice: Callable[[str], None] | None = None,
) -> FetchReport:
    """Bring the archives that a registry's addresses name into its folder.

    Parameters
    ----------
    registry : Registry
        Which lists, where their archives are, and where the files go.
    client : WebClient
        Speaks to the hosts.
    coalition : str, optional
        This one alone, by its slug.
    dry_run : bool
        Ask the indexes only, and tell what would be asked for.
    recheck : bool
        Ask for months that are closed and whole, too: archives get edited.
    progress : callable, optional
        Told the files done, all files, and the one under way.
    notice : callable, optional
        Told the plan in one line, before anything of it is asked for.

    Returns
    -------
    FetchReport
        One row for each list.

    Raises
    ------
    MissingError
        There is no such coalition.
    RegistryError
        A list has an address and no place for its files.
    InputError
        ``fetched.json`` is damaged.

    Notes
    -----
    A fetch that began on a day cannot hold what is written later on that day: where everything
    came, the archive is complete up to the end of the day before.
    """
    chosen = [registry.coalition(coalition)] if coalition else list(registry.coalitions)
    run = _Run(registry, client, dry_run=dry_run, recheck=recheck, progress=progress)
    wanted = [(one, entry) for one in chosen for entry in one.lists if _is_wanted(one, entry)]
    plans = [run.ask(one, entry) for one, entry in wanted]
    run.total = sum(len(plan.steps) for plan in plans)
    if notice is not None:
        notice(run.report.outlook(client))
    for plan in plans:
        run.take(plan)
    run.report.requests = client.requests
    return run.report


def _is_wanted(coalition: Coalition, entry: MailingList) -> bool:
    """Leave out a list that ended with its coalition and of which no address is known."""
    return coalition.ended is None or entry.archive_url is not None


@dataclass(slots=True)
class _Asked:
    """A list, and what its host said."""

    coalition: Coalition
    entry: MailingList
    key: tuple[str, str]
    plan: Plan | None
    error: DcactivityError | None
    steps: tuple[Wanted, ...]
    whole: int
    requests: int
    begun: dt.datetime


class _Run:
    """One fetch: the record it reads and writes, and the report that grows."""

    def __init__(
        self,
        registry: Registry,
        client: WebClient,
        *,
        dry_run: bool,
        recheck: bool,
        progress: Callable[[int, int, str], None] | None,
    ) -> None:
        self.registry = registry
        self.client = client
        self.dry_run = dry_run
        self.recheck = recheck
        self.progress = progress
        self.report = FetchReport()
        self.known = read_fetched(registry.root)
        self.places: dict[Path, tuple[str, str]] = {}
        self.total = 0
        self.done = 0

    def ask(self, coalition: Coalition, entry: MailingList) -> _Asked:
        """Ask one list's host what it offers."""
        key = (coalition.slug, list_name(coalition, entry))
        begun, before = self.client.clock.now(), self.client.requests
        plan: Plan | None = None
        error: DcactivityError | None = None
        steps: tuple[Wanted, ...] = ()
        whole = 0
        known = self.known.get(key, FetchedList(*key))
        if known.url != (entry.archive_url or ""):
            known = replace(known, url=entry.archive_url or "", moved_to="")
        try:
            if host_of_url(known.url) not in GUIDED:
                folder = literal_folder(self.registry.root, entry.archives)
            plan, moved = self._ask(entry.archive_url, known.moved_to, begun.date())
            known = self._said(known, plan, moved, begun.date())
            every = (*plan.wanted, *(Wanted(url, _epoch_name(url)) for url in plan.git))
            self._claim(key, [folder / one.name for one in every])
            months = any(one.end for one in every)
            steps = tuple(
                one
                for one in every
                if self.recheck or not is_settled(one, folder, known, full_once=months)
            )
            whole = len(every) - len(steps)
        except (FetchError, RegistryError) as failed:
            error = failed
        self.known[key] = known
        asked = self.client.requests - before
        self.report.steps += [
            {"coalition": key[0], "list": key[1], "file": one.name, "url": one.url}
            for one in steps
        ]
        return _Asked(coalition, entry, key, plan, error, steps, whole, asked, begun)

    def _ask(self, url: str | None, moved: str, day: dt.date) -> tuple[Plan, str | None]:
        try:
            return ask_host(self.client, url, day)
        except FetchError as failed:
            # The old address may be given up one day, once everybody has been sent on.
            gone = failed.kind in {Failure.MISSING, Failure.UNREACHABLE}
            if not moved or not gone:
                raise
            return ask_host(self.client, moved, day)[0], moved

    def _claim(self, key: tuple[str, str], places: list[Path]) -> None:
        """Refuse to write one list's files over another's."""
        for place in places:
            owner = self.places.setdefault(place, key)
            if owner != key:
                raise RegistryError(
                    f"{place.name} of {key[1]} would take the place of that of {owner[1]}",
                    path=self.registry.root / "coalitions.toml",
                    hint="give each list a folder of its own in archives",
                )

    def _said(
        self, known: FetchedList, plan: Plan, moved: str | None, day: dt.date
    ) -> FetchedList:
        """Take over what the host said of itself; what was wrong with the list is over."""
        findings = tuple(one for one in known.findings if one.file or one.kind == "moved")
        known = replace(known, host=str(plan.host), findings=findings)
        if not moved or known.moved_to == moved:
            return known
        detail = f"archive_url leads for good to {moved}: write that into coalitions.toml"
        finding = Finding(str(day), "moved", "", detail)
        return replace(known, moved_to=moved, findings=(*findings, finding))

    def take(self, asked: _Asked) -> None:
        """Bring one list's files."""
        row: dict[str, object] = {
            "coalition": asked.key[0],
            "list": asked.key[1],
            "host": str(asked.plan.host if asked.plan else host_of_url(asked.entry.archive_url)),
            "url": asked.entry.archive_url or "",
            "new": 0,
            "unchanged": asked.whole,
            "failed": 0,
            "note": "",
        }
        before = self.client.requests
        if asked.error is not None:
            row |= {"failed": 1, "note": str(asked.error)}
            self._record_failure(asked, asked.error)
        elif asked.plan is not None and asked.plan.closed:
            row["note"] = asked.plan.closed
            self._guide(asked, asked.plan, row)
        elif not self.dry_run and asked.plan is not None:
            self._take(asked, asked.plan, row)
        if not self.dry_run:
            write_fetched(self.registry.root, self.known)
        row["requests"] = asked.requests + self.client.requests - before
        row["retrieved"] = self.known[asked.key].retrieved or None
        self.report.rows.append(row)

    def _take(self, asked: _Asked, plan: Plan, row: dict[str, object]) -> None:
        taker = Taker(self.client, self.registry.root, asked.entry, self.known[asked.key])
        notes = []
        counts = {"new": 0, "unchanged": asked.whole, "failed": 0}
        for wanted in asked.steps:
            if self.progress is not None:
                self.progress(self.done, self.total, wanted.name)
            try:
                is_new = taker.take_git(wanted) if plan.git else taker.take(wanted)
                counts["new" if is_new else "unchanged"] += 1
            except FetchError as failed:
                counts["failed"] += 1
                notes.append(str(failed))
                if failed.kind not in TRANSIENT:
                    taker.note(str(failed.kind), wanted.name, str(failed))
            # After each file: an interrupted fetch goes on where it was.
            self.known[asked.key] = taker.known
            write_fetched(self.registry.root, self.known)
            self.done += 1
        if plan.missing:
            months = ", ".join(plan.missing)
            taker.note("missing-month", "", f"the index has nothing of {months}")
            notes.append(f"the index has nothing of {months}")
        gone = _gone(plan, taker.known)
        if gone:
            taker.note("vanished", "", f"the index no longer lists {gone}; the files are kept")
            notes.append(f"the index no longer lists {gone}; the files are kept")
        notes += taker.remarks
        known = taker.known
        if not counts["failed"] and not taker.is_unmatched:
            day = asked.begun.date() - dt.timedelta(days=1)
            known = replace(
                known,
                fetched=f"{asked.begun:%Y-%m-%dT%H:%M:%SZ}",
                retrieved=max(known.retrieved, str(day)),
            )
        self.known[asked.key] = known
        row |= {**counts, "note": "; ".join(notes)}

    def _record_failure(self, asked: _Asked, error: DcactivityError) -> None:
        """Write down what will not be gone tomorrow; today's report tells the rest."""
        if not isinstance(error, FetchError) or error.kind in TRANSIENT:
            return
        known = self.known[asked.key]
        others = tuple(x for x in known.findings if x.file or x.kind != str(error.kind))
        finding = Finding(str(asked.begun.date()), str(error.kind), "", str(error))
        self.known[asked.key] = replace(known, findings=(*others, finding))

    def _guide(self, asked: _Asked, plan: Plan, row: dict[str, object]) -> None:
        try:
            folder = literal_folder(self.registry.root, asked.entry.archives)
        except RegistryError:
            folder = self.registry.root / asked.coalition.slug
        self.report.guides.append(
            guide(plan, asked.coalition, asked.entry, folder.relative_to(self.registry.root))
        )
        arrived = what_arrived(self.registry.root, asked.entry)
        row["note"] = f"{plan.closed}; {arrived}"
        if plan.host is not Host.NONE and self.known[asked.key].retrieved:
            row["failed"] = 1  # it was to be had before


def _gone(plan: Plan, known: FetchedList) -> str:
    """Name the files that came from this very index and that it does not list any more."""
    if not plan.wanted:
        return ""
    folders = {one.url.rsplit("/", 1)[0] for one in plan.wanted}
    listed = {one.name for one in plan.wanted}
    listed |= {name.removesuffix(".gz") for name in listed}
    names = (
        name
        for name, file in known.files.items()
        if file.bytes and name not in listed and file.url.rsplit("/", 1)[0] in folders
    )
    return ", ".join(sorted(names))


def _epoch_name(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[-1]
