"""Small mailboxes to try the store and the command line on."""

from __future__ import annotations

import datetime as dt
import io
import tarfile
import zipfile
from pathlib import Path

__all__ = ["as_tar", "as_zip", "mbox", "message", "write_box"]


def message(number: int, *, slug: str = "tides", body: str = "Hello\n", subject: str = "") -> str:
    """Make message `number`, sent at noon of the so-many-th day of 2021."""
    day = dt.datetime(2021, 1, 1, 12, tzinfo=dt.UTC) + dt.timedelta(days=number)
    return (
        f"From p{number % 5}@example.org {day:%a %b %d %H:%M:%S %Y}\n"
        f"Message-ID: <{slug}.{number}@example.org>\n"
        f"From: Person {number % 5} <p{number % 5}@example.org>\n"
        f"Date: {day:%a, %d %b %Y %H:%M:%S} +0000\n"
        f"Subject: {subject or f'Matter {number}'}\n"
        f"\n{body}\n"
    )


def mbox(numbers: range, *, slug: str = "tides") -> str:
    """Make a mailbox of these messages."""
    return "".join(message(number, slug=slug) for number in numbers)


def write_box(path: Path, numbers: range, *, slug: str = "tides") -> Path:
    """Write such a mailbox, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(mbox(numbers, slug=slug))
    return path


def as_zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make a zip of members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as box:
        for name, data in members.items():
            box.writestr(name, data)
    return out.getvalue()


def as_tar(members: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """Make a tar of members."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()
