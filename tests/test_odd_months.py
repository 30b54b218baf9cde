"""Months of odd dates, copies and vanishing archives: as if all were read in one go."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dcactivity as dca
from dcactivity.messages.dating import MISSING
from dcactivity.messages.grounds import Grounds, date_rows, still_stand
from dcactivity.messages.index import COLUMNS, Index

START = dt.datetime(2015, 1, 1, 10, tzinfo=dt.UTC)
STEPS = 8


def mail(dice: random.Random, ident: int, month: int) -> str:
    """Write a message whose Date, Received and envelope may each be missing, early or late."""

    def some(kinds: dict[int | None, int]) -> dt.datetime | None:
        off = dice.choices(list(kinds), list(kinds.values()))[0]
        return None if off is None else START + dt.timedelta(days=30 * month + off + ident % 25)

    header = some({None: 1, 0: 12, 450: 1, 2000: 1, -9000: 1})
    received = some({None: 9, 0: 3, 60: 2})
    envelope = some({None: 2, 0: 8, 3: 4, 90: 1})
    lines = [
        f"From w@x.example {envelope:%a %b %d %H:%M:%S %Y}" if envelope else "From w@x.example"
    ]
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
        if old and dice.random() < 0.1:
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


@pytest.mark.parametrize("seed", range(5))
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


DAY = 86_400_000_000
NAMES = ["a1", "a2", "b1"]
LISTS = {"a1": "a", "a2": "a", "b1": "b"}
FORMATS = {"a1": "mbox", "a2": "pipermail", "b1": "mbox"}
days = st.none() | st.sampled_from([6000, 6001, 6003, 6030, 6040, 6300, 6450, 6800, 7000, 9000])
message = st.tuples(st.integers(0, 2), days, st.none() | days, st.none() | days)
stated = st.none() | st.sampled_from([6001, 6035, 6400, 9000])


def index_of(rows: list[tuple[int, int | None, int | None, int | None]]) -> Index:
    def instants(column: int) -> np.ndarray:
        found = [row[column] for row in rows]
        return np.array([MISSING if day is None else day * DAY for day in found], np.int64)

    arrays = {name: np.zeros(len(rows), kind) for name, kind in COLUMNS.items()}
    arrays |= {"header": instants(1), "received": instants(2), "envelope": instants(3)}
    arrays["archive"] = np.array([row[0] for row in rows], np.int32)
    return Index(**arrays, names=NAMES)


def day_of(number: int | None) -> dt.date | None:
    return None if number is None else dt.date(1970, 1, 1) + dt.timedelta(days=number)


@given(st.lists(st.tuples(st.lists(message, max_size=6), stated), min_size=2, max_size=5))
def test_dates_that_are_said_to_stand_are_those_of_all_messages_together(
    months: list[tuple[list[tuple[int, int | None, int | None, int | None]], int | None]],
) -> None:
    grounds: dict[str, Grounds] = {}
    rows: list[tuple[int, int | None, int | None, int | None]] = []
    whole = index_of(rows)
    before = None
    for mails, number in months:
        rows += mails
        day, new = day_of(number), index_of(mails)
        until = {"a": day, "b": day}
        dated = date_rows(new, LISTS, FORMATS, until, grounds)
        stands = all(still_stand(each, before, day) for each in grounds.values())
        anew = index_of(rows)
        found = date_rows(anew, LISTS, FORMATS, until, {})
        assert found is not None
        if dated is not None and stands:
            assert np.concatenate([whole.date, new.date]).tolist() == anew.date.tolist()
            assert np.concatenate([whole.source, new.source]).tolist() == anew.source.tolist()
            grounds = {slug: Grounds.from_dict(g.as_dict()) for slug, g in dated[1].items()}
        else:
            grounds = found[1]
        whole, before = anew, day
