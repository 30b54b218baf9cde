"""A file over the wire: asked for only if it changed, gone on with where it broke off."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from dcactivity.files import open_plain, put_file
from dcactivity.web.answers import status_failure
from dcactivity.web.failures import TRANSIENT, Failure, FetchError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dcactivity.web.answers import Answer
    from dcactivity.web.client import WebClient

__all__ = ["Download", "Validators", "download"]

_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")


@dataclass(frozen=True, slots=True)
class Validators:
    """By what a server recognises a version of a file (RFC 9110, 8.8).

    Parameters
    ----------
    etag, last_modified : str
        As the server wrote them; empty where it did not.
    """

    etag: str = ""
    last_modified: str = ""

    def unless_changed(self) -> dict[str, str]:
        """Return the header fields that ask for another version only."""
        fields = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in fields.items() if value}

    def same_version(self) -> str:
        """Return what If-Range takes: no weak tag; empty where there is nothing."""
        return self.last_modified if self.etag.startswith("W/") or not self.etag else self.etag


@dataclass(frozen=True, slots=True)
class Download:
    """What a download came to.

    Parameters
    ----------
    url : str
        Where it came from in the end.
    moved_to : str or None
        The same, where only permanent redirects led there.
    is_new : bool
        False where the server says that the version known is still the current one.
    validators : Validators
        Of the version that arrived.
    is_packed : bool
        The server packed it for the way (Content-Encoding), though its name does not say so.
    """

    url: str
    moved_to: str | None
    is_new: bool
    validators: Validators = Validators()
    is_packed: bool = False


def download(
    client: WebClient,
    url: str,
    part: Path,
    *,
    known: Validators | None = None,
    progress: Callable[[int], None] | None = None,
) -> Download:
    """Bring a file under a temporary name.

    Parameters
    ----------
    client : WebClient
        Asks for it.
    url : str
        Its address.
    part : Path
        The temporary name. What an earlier download left there is gone on with, where the
        server can say that it is still the same version; the name with ``.json`` behind it
        remembers which.
    known : Validators, optional
        Of the version at hand.
    progress : callable, optional
        Told the bytes at hand now and then.

    Returns
    -------
    Download
        The file lies at `part`, unless the version known is the current one.

    Raises
    ------
    FetchError
        It could not be had. What came of it stays at `part` where it can be gone on with.
    """
    memo = part.with_name(part.name + ".json")

    def once() -> Download:
        begun = _begun(part, memo, url)
        headers = begun or (known.unless_changed() if known else {})
        with client.answer(url, headers) as answer:
            status = answer.response.status_code
            fields = answer.response.headers
            validators = Validators(fields.get("ETag", ""), fields.get("Last-Modified", ""))
            if status == 304 and known is not None:
                return Download(answer.url, answer.moved_to, False, known)
            if status == 416 and begun:
                _drop(part, memo)
                raise FetchError(Failure.CUT, "the part at hand fits no longer", url=url)
            if status not in {200, 206}:
                raise status_failure(status, url)
            offset = part.stat().st_size if status == 206 and begun else 0
            if status == 206 and not _continues(fields.get("Content-Range", ""), offset):
                _drop(part, memo)
                raise FetchError(Failure.CUT, "another range than the one asked for", url=url)
            if validators.same_version():
                put_file(memo, json.dumps({"url": url, **asdict(validators)}).encode())
            _write(answer, part, offset, client.limits.file_bytes, progress)
            coding = fields.get("Content-Encoding", "").lower()
        memo.unlink(missing_ok=True)
        # Some servers call every .gz file an encoding of a text: that is no packing.
        is_packed = "gzip" in coding and not url.partition("?")[0].endswith((".gz", ".tgz"))
        return Download(answer.url, answer.moved_to, True, validators, is_packed)

    try:
        return client.persist(once)
    except FetchError as failed:
        if failed.kind not in TRANSIENT or not memo.exists():
            _drop(part, memo)
        raise


def _begun(part: Path, memo: Path, url: str) -> dict[str, str]:
    """Return the header fields that ask for the rest; empty where there is no beginning."""
    try:
        noted = json.loads(memo.read_text("utf-8"))
        # a link was laid here by somebody else: nothing is added to what it leads to
        size = 0 if part.is_symlink() else part.stat().st_size
        same = Validators(str(noted["etag"]), str(noted["last_modified"])).same_version()
        if size and same and noted["url"] == url:
            return {"Range": f"bytes={size}-", "If-Range": same}
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no beginning, or nobody knows of what
    _drop(part, memo)
    return {}


def _continues(content_range: str, offset: int) -> bool:
    found = _RANGE.fullmatch(content_range.strip())
    return found is not None and int(found[1]) == offset > 0


def _write(
    answer: Answer,
    part: Path,
    offset: int,
    most_bytes: int,
    progress: Callable[[int], None] | None,
) -> None:
    size = offset
    with open(part, "ab" if offset else "wb", opener=open_plain) as file:
        for piece in answer.response.iter_raw():
            size += len(piece)
            if size > most_bytes:
                raise FetchError(
                    Failure.TOO_LARGE, f"more than {most_bytes:,} bytes", url=answer.url
                )
            file.write(piece)
            if progress is not None:
                progress(size)


def _drop(part: Path, memo: Path) -> None:
    part.unlink(missing_ok=True)
    memo.unlink(missing_ok=True)
