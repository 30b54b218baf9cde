"""A store that is brought up to date month by month, beside one that is made at the end."""

from __future__ import annotations

import calendar
import datetime as dt
import os
import sys
from pathlib import Path
from typing import Any

import dcactivity as dca
from dcactivity.messages.parts import absorbed
from dcactivity.report.tables import FORMATS

MONTHS = 18  # over a turn of the year


class Opened:
    """The archives that this process opens, as long as it is asked."""

    def __init__(self) -> None:
        self.root = ""
        self.names: set[str] = set()
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and self.root and isinstance(arguments[0], str):
            path = os.path.relpath(arguments[0], self.root)
            if path.endswith(".mbox") and not path.startswith(".."):
                self.names.add(path)


OPENED = Opened()  # a hook cannot be taken away again


def mail(slug: str, number: int, day: dt.datetime) -> str:
    writer = f"Writer {'ABCDE'[number % 5]} <w{number % 5}@{slug}.example>"
    answered = f"In-Reply-To: <{number - 1}@{slug}.example>\n" if number % 3 else ""
    subject = f"{'Re: ' if number % 3 else ''}Plan {number - number % 3}"
    return (
        f"From w@{slug}.example {day:%a %b %d %H:%M:%S %Y}\n"
        f"Date: {day:%a, %d %b %Y %H:%M:%S} +0000\nFrom: {writer}\nSubject: {subject}\n"
        f"Message-ID: <{number}@{slug}.example>\n{answered}\nWords.\n\n"
    )


def add_month(folder: Path, place: int) -> None:
    """Let one list grow in one file, one in a file a month, and one be silent."""
    year, month = 2015 + place // 12, place % 12 + 1
    last = calendar.monthrange(year, month)[1]
    registry = ""
    for slug, archive in (
        ("dc-grows", "grows.mbox"),
        ("dc-months", f"months/{year}-{month:02d}.mbox"),
        ("dc-silent", "silent.mbox"),
    ):
        if slug != "dc-silent" or place == 0:
            path = folder / archive
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                for turn in range(9):
                    day = dt.datetime(year, month, 1 + turn * 3, 10, tzinfo=dt.UTC)
                    file.write(mail(slug, place * 9 + turn, day))
        glob = "months/*.mbox" if slug == "dc-months" else archive
        registry += (
            f'[[coalition]]\nslug = "{slug}"\n[[coalition.list]]\naddress = "{slug}@l.example"\n'
            f'archives = ["{glob}"]\nretrieved = {year}-{month:02d}-{last}\n'
        )
    (folder / "coalitions.toml").write_text(registry, encoding="utf-8")


def tables(store: Path) -> list[str]:
    review = dca.review(store)
    monthly = dca.monthly_activity(dca.read_messages(store), as_of=review.as_of)
    frames = (review.status, review.reasons, review.history, review.rhythm, monthly)
    return [FORMATS["csv"](frame) for frame in frames]


def size_of(store: Path) -> int:
    return sum(path.stat().st_size for path in store.rglob("*") if path.is_file())


def test_month_after_month_only_new_mail_is_read_and_nothing_else_comes_of_it(
    tmp_path: Path,
) -> None:
    source, store = tmp_path / "source", tmp_path / "store"
    for place in range(MONTHS):
        add_month(source, place)
        OPENED.root, OPENED.names = str(source), set()
        report = dca.ingest(source, store)  # here and not in a process of its own
        OPENED.root = ""
        month = f"months/{2015 + place // 12}-{place % 12 + 1:02d}.mbox"
        assert OPENED.names == {"grows.mbox", month, *(["silent.mbox"] if place == 0 else [])}
        assert report.archives_read == len(OPENED.names)
        assert len(report.rows) == place + 3
        dca.review(store)
    dca.ingest(source, tmp_path / "fresh", workers=1)
    assert tables(store) == tables(tmp_path / "fresh")
    assert size_of(store) <= 1.3 * size_of(tmp_path / "fresh")
    assert len(list((store / "events").iterdir())) == 1


def test_over_ten_years_a_message_is_written_a_few_times_and_the_parts_stay_few() -> None:
    parts: list[dict[str, int]] = []
    written = most = 0
    for month in range(120):
        merged = absorbed(parts, set(), 25)
        rows = 25 + sum(part["rows"] for part in parts if part["number"] in merged)
        parts = [part for part in parts if part["number"] not in merged]
        parts.append({"number": month, "rows": rows})
        written += rows
        most = max(most, len(parts))
    assert sum(part["rows"] for part in parts) == 120 * 25
    assert most <= 4
    assert written <= 16 * 120 * 25  # in one part, each would be written 60 times


def test_a_large_part_is_never_written_again() -> None:
    parts = [{"number": 1, "rows": 70_000}, {"number": 2, "rows": 60_000}]
    assert absorbed(parts, set(), 50_000) == {2}
