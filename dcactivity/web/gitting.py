"""public-inbox: its repositories, mirrored by git under the same guard as everything else.

git resolves names and follows redirects by itself. So the name is resolved and checked here,
git is told to use that address (``http.curloptResolve``), to follow no redirect, to speak
http(s) only and to read no settings of the user's.

References
----------
public-inbox-v2-format(5); git-config(1).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dcactivity.web.answers import check_url
from dcactivity.web.failures import Failure, FetchError
from dcactivity.web.guard import public_addresses
from dcactivity.web.hosts import Host
from dcactivity.web.plans import Plan, Wanted

if TYPE_CHECKING:
    from pathlib import Path

    from dcactivity.web.answers import Page
    from dcactivity.web.client import WebClient
    from dcactivity.web.pages import Html

__all__ = ["has_git", "mirror", "mirror_page", "plan_public_inbox"]

_CLONE = re.compile(r"git clone --mirror (\S+)")
_LOOK_SECONDS = 0.2


def mirror_page(html: Html) -> str | None:
    """Return the address of the page on which an inbox says how to mirror it."""
    return next((x.url for x in html.links if x.url.endswith("/_/text/mirror/")), None)


def plan_public_inbox(index: Page, mirror: Html | None) -> Plan:
    """Read how an inbox may be mirrored.

    Parameters
    ----------
    index : Page
        The inbox's first page.
    mirror : Html or None
        Its mirroring instructions, if it has any.

    Returns
    -------
    Plan
        Repositories on the same host where git is installed; else all messages in one mbox.
    """
    base = index.url.rstrip("/") + "/"
    urls = _CLONE.findall(mirror.words) if mirror else []
    same = tuple(url for url in urls if urlsplit(url).netloc == urlsplit(base).netloc)
    if same and has_git():
        return Plan(Host.PUBLIC_INBOX, git=same)
    wanted = Wanted(f"{base}all.mbox.gz", "all.mbox.gz")
    return Plan(Host.PUBLIC_INBOX, (wanted,))


def has_git() -> bool:
    """Tell whether git is installed."""
    return shutil.which("git") is not None


def mirror(client: WebClient, url: str, folder: Path) -> tuple[bool, int]:
    """Clone a repository, or bring what is new in it.

    Parameters
    ----------
    client : WebClient
        Its limits, manners and rules hold for git, too.
    url : str
        The repository.
    folder : Path
        Where the mirror lies or is to lie.

    Returns
    -------
    tuple of bool and int
        Whether something is new, and how many messages were deleted from the inbox since.

    Raises
    ------
    FetchError
        It could not be had, or its history was rewritten; the mirror is as it was.
    """
    client.robots.require(url)
    client.pace.wait(urlsplit(url).hostname or "", url)
    client.requests += 1
    pinned = _pinned(client, url)
    if not folder.is_dir():
        fresh = folder.with_name(f".{folder.name}.part")
        if fresh.is_symlink():  # laid by somebody else; git would fill what it leads to
            fresh.unlink()
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.parent.mkdir(parents=True, exist_ok=True)
        try:
            _git(client, url, pinned, fresh, "clone", "--quiet", "--mirror", url, str(fresh))
            fresh.replace(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return True, 0
    before = _heads(client, url, folder)
    # Without a plus sign: what is no continuation of the history at hand is refused.
    refs = "refs/heads/*:refs/heads/*"
    where = ("--git-dir", str(folder))
    _git(client, url, (*pinned, *where), folder, "fetch", "--no-tags", url, refs)
    after = _heads(client, url, folder)
    if before == after:
        return False, 0
    deleted = 0
    for ref, head in after.items():
        span = f"{before[ref]}..{head}" if ref in before else head
        counted = _git(client, url, where, folder, "rev-list", "--count", span, "--", "d")
        deleted += int(counted.strip() or 0)
    return True, deleted


def _heads(client: WebClient, url: str, folder: Path) -> dict[str, str]:
    form = "--format=%(refname) %(objectname)"
    where = ("--git-dir", str(folder))
    lines = _git(client, url, where, folder, "for-each-ref", form, "refs/heads").splitlines()
    return dict(line.split(" ", 1) for line in lines)


def _pinned(client: WebClient, url: str) -> tuple[str, ...]:
    """Return the settings by which git goes to a checked address and nowhere else."""
    parts = urlsplit(check_url(url))
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = public_addresses(
        host, port, allow_private=client.allow_private, resolver=client.resolver
    )
    address = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    return (
        *("-c", f"http.curloptResolve={host}:{port}:{address}"),
        *("-c", "http.followRedirects=false"),
        *("-c", "http.sslVerify=true"),
        *("-c", "http.proxy="),
        *("-c", f"http.userAgent={client.agent}"),
        *("-c", "http.lowSpeedLimit=1000"),
        *("-c", f"http.lowSpeedTime={max(1, round(client.limits.read_seconds))}"),
        *("-c", "core.hooksPath=/dev/null"),
        *("-c", "gc.auto=0"),
    )


def _git(
    client: WebClient, url: str, before: tuple[str, ...], folder: Path, *arguments: str
) -> str:
    """Run git within the limits of time and size."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {
        "GIT_ALLOW_PROTOCOL": "http:https",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
    process = subprocess.Popen(  # noqa: S603 - a fixed program, no shell, checked arguments
        ["git", *before, *arguments],  # noqa: S607 - whichever git the user has
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    end = time.monotonic() + client.limits.answer_seconds
    while True:
        try:
            out, problem = process.communicate(timeout=_LOOK_SECONDS)
            break
        except subprocess.TimeoutExpired:
            is_late = time.monotonic() > end
            if is_late or _size(folder) > client.limits.file_bytes:
                process.kill()
                process.communicate()
                kind = Failure.SLOW if is_late else Failure.TOO_LARGE
                raise FetchError(kind, "git was stopped", url=url) from None
    if process.returncode:
        lines = problem.decode("utf-8", "replace").strip().splitlines()
        if any("non-fast-forward" in line or "[rejected]" in line for line in lines):
            raise FetchError(
                Failure.GIT,
                "the history was rewritten; the older one is kept",
                url=url,
                hint="move the folder away to fetch the new one",
            )
        raise FetchError(Failure.GIT, lines[-1] if lines else "no reason given", url=url)
    return out.decode("utf-8", "replace")


def _size(folder: Path) -> int:
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(base, name)).st_size  # noqa: PTH118 - many files
            except OSError:  # gone meanwhile: git renames what it wrote
                continue
    return total
