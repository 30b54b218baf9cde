"""Months of mail with odd dates, copies and vanishing archives: as if read in one go at the end."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pandas as pd
import pytest

import dcactivity as dca

START = dt.datetime(2015, 1, 1, 10, tzinfo=dt.UTC)
STEPS = 8


def mail(dice: random.Random, ident: int, month: int) -> str:
    """Write a message whose Date, Received and envelope may each be missing, early or late."""

    def some(kinds: dict[int | None, int]) -> dt.datetime | None:
        off = dice.choices(list(kinds), list(kinds.values()))[0]
        return None if off is None else START + dt.timedelta(days=30 * month + off + ident % 25)

    header = some({None: 1, 0: 12, 450: 1, 2000: 1, -9000: 1})
    received = some({None: 9, 0: 3, 60: 1})
    envelope = some({None: 2, 0: 8, 3: 4, 90: 1})
    lines = [f"From w@x.example {envelope:%a %b %d %H:%M:%S %Y}" if envelope else "From w@x.example"]
    if received:
        lines.append(f"Received: from a by b; {received:%a, %d %b %Y %H:%M:%S} +0000")
    if header:
        lines.append(f"Date: {header:%a, %d %b %Y %H:%M:%S} +0000")
    lines += [f"From: W{ident % 7} <w{ident % 7}@x.example>", f"Subject: Plan {ident // 3}"]
    return "\n".join([*lines, f"Message-ID: <{ident}@x.example>", "", "Words.", "", ""])


class Body:
    """Archives of one coalition with two lists, one of them stated to be complete."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.dice = random.Random(seed)
        self.written: list[str] = []
        self.is_stated = self.dice.random() < 0.6

    def step(self, month: int) -> None:
        dice = self.dice
        for place in (self.folder / "a" / "all.mbox", self.folder / "b" / f"{month:02d}.mbox"):
            place.parent.mkdir(parents=True, exist_ok=True)
            mails = [mail(dice, 1000 * month + n + len(self.written), month) for n in range(3)]
            if self.written and dice.random() < 0.4:
                mails.append(dice.choice(self.written))
            self.written += mails
            if dice.random() < 0.9:
                with place.open("a", encoding="ascii") as file:
                    file.writelines(mails)
        old = sorted(self.folder.glob("b/*.mbox"))
        if old and dice.random() < 0.15:
            dice.choice(old).unlink()
        if dice.random() < 0.1:
            (self.folder / "b" / "00.mbox").write_text(dice.choice(self.written), "ascii")
        self.state(month)

    def state(self, month: int) -> None:
        day = (START + dt.timedelta(days=30 * month + self.dice.choice([28, 28, 40]))).date()
        stated = f"retrieved = {day}\n" if self.is_stated else ""
        (self.folder / "coalitions.toml").write_text(
            '[[coalition]]\nslug = "dc-odd"\n'
            f'[[coalition.list]]\naddress = "a@x.example"\narchives = ["a/*"]\n{stated}'
            '[[coalition.list]]\naddress = "b@x.example"\narchives = ["b/*"]\n',
            encoding="ascii",
        )


@pytest.mark.parametrize("seed", range(12))
def test_each_month_leaves_what_a_fresh_reading_gives(tmp_path: Path, seed: int) -> None:
    body = Body(tmp_path / "source", seed)
    for month in range(STEPS):
        body.step(month)
        grown = dca.ingest(body.folder, tmp_path / "store")
        fresh = dca.ingest(body.folder, tmp_path / f"fresh-{month}")
        pd.testing.assert_frame_equal(grown.archives, fresh.archives)
        pd.testing.assert_frame_equal(
            dca.read_messages(tmp_path / "store"),
            dca.read_messages(tmp_path / f"fresh-{month}"),
            check_categorical=False,
        )
