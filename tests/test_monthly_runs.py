"""A store that is brought up to date month by month, beside one that is made at the end."""

from __future__ import annotations

import calendar
import datetime as dt
from pathlib import Path

import dcactivity as dca
from dcactivity.report.tables import FORMATS

MONTHS = 14  # over a turn of the year


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
        report = dca.ingest(source, store, workers=1)
        assert report.archives_read == (3 if place == 0 else 2)
        assert len(report.rows) == place + 3
        dca.review(store)
    dca.ingest(source, tmp_path / "fresh", workers=1)
    assert tables(store) == tables(tmp_path / "fresh")
    assert size_of(store) <= 1.3 * size_of(tmp_path / "fresh")
    assert len(list((store / "events").iterdir())) == 1
