"""Measure how well automated mail and unmarked spam are told, on messages labelled by reading.

::

    python benchmarks/automated.py [--corpus ../shared/corpus] [--million]

``automated_labels.csv`` holds, for messages of real archives, the list, a digest of the
Message-ID, and what a reader of headers and body called it before the program's verdict was
known: ``human``, ``spam``, or the kind of software. They were drawn by a seed in three strata:
``random`` (so many of each list), ``likely`` (of the messages in whose sender or subject a word
like build, bug, digest, notice or test stands, so that software and the traps of its rules are
well represented) and ``late`` (all messages of the last years of lists that died, and of the
first ones of the list that spam then kept busy). Neither texts nor names are stored.

Prints precision and recall as Markdown tables, what each list loses, and what the judgement
costs. Exit status 1 where a message labelled human is called anything else.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from pathlib import Path

import numpy as np
import pandas as pd

import dcactivity as dca
from dcactivity.archives import marks
from dcactivity.archives.columns import Decoder
from dcactivity.archives.find import find_archives
from dcactivity.archives.headers import HeaderBatch, HeaderTable
from dcactivity.archives.opening import open_archive
from dcactivity.archives.reader import read_batches
from dcactivity.archives.records import Part
from dcactivity.automated import SUSPECTED, suspect_spam

LABELS = Path(__file__).with_name("automated_labels.csv")
NO_LIST = "torture"  # single messages of all kinds: nothing surrounds them


def main() -> int:
    """Parse the arguments, measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    parser.add_argument("--million", action="store_true", help="time a million messages, too")
    options = parser.parse_args()
    messages = read(options.corpus)
    labelled = label(messages)
    print(f"{len(labelled)} messages labelled by reading\n")
    print(markdown(quality(labelled)))
    print(markdown(per_list(messages, labelled)))
    print(markdown(cost(options.corpus)))
    if options.million:
        made = million()
        start = time.perf_counter()
        suspect_spam(made)
        print(f"a million messages weighed in {time.perf_counter() - start:.1f} s")
    human = labelled["label"] == "human"
    return int((human & (labelled["verdict"] != "human")).any())


def markdown(rows: list[dict[str, object]]) -> str:
    """Write rows as a Markdown table."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(map(str, row.values()) for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def read(corpus: Path) -> pd.DataFrame:
    """Read all lists, and let both judgements be made."""
    messages = dca.read_messages(corpus)
    no_list = (messages["coalition"] == NO_LIST) & (messages["automated"] == SUSPECTED)
    return messages.assign(verdict=messages["automated"].mask(no_list).fillna("human"))


def label(messages: pd.DataFrame) -> pd.DataFrame:
    """Join the labels with the verdicts."""
    labels = pd.read_csv(LABELS, dtype="str")
    digests = [hashlib.sha256(name.encode()).hexdigest()[:16] for name in messages["message_id"]]
    known = pd.DataFrame(
        {
            "corpus": messages["coalition"].astype("str"),
            "message": digests,
            "verdict": messages["verdict"],
        }
    ).drop_duplicates(["corpus", "message"])
    return labels.merge(known, on=["corpus", "message"], how="inner", validate="one_to_one")


def quality(labelled: pd.DataFrame) -> list[dict[str, object]]:
    """Give precision and recall of both judgements, by stratum and in all."""
    rows = []
    truth = {
        "automated": ~labelled["label"].isin(["human", "spam"]),
        "spam (suspected or marked)": labelled["label"] == "spam",
    }
    is_spam = labelled["verdict"].isin(["spam", "spam-suspected"])
    told = {
        "automated": ~is_spam & (labelled["verdict"] != "human"),
        "spam (suspected or marked)": is_spam,
    }
    for stratum in [*sorted(labelled["stratum"].unique()), "all"]:
        here = (labelled["stratum"] == stratum) | (stratum == "all")
        for kind in truth:
            positive, said = truth[kind] & here, told[kind] & here
            hits = int((positive & said).sum())
            rows.append(
                {
                    "stratum": stratum,
                    "what": kind,
                    "messages": int(here.sum()),
                    "labelled": int(positive.sum()),
                    "told": int(said.sum()),
                    "precision": ratio(hits, int(said.sum())),
                    "recall": ratio(hits, int(positive.sum())),
                }
            )
    return rows


def per_list(messages: pd.DataFrame, labelled: pd.DataFrame) -> list[dict[str, object]]:
    """Show what each list loses: all that is suspected, and of those labelled human."""
    rows = []
    for name, part in messages.groupby("coalition", observed=True):
        mine = labelled[(labelled["corpus"] == name) & (labelled["label"] == "human")]
        suspected = part["verdict"] == "spam-suspected"
        rows.append(
            {
                "list": name,
                "messages": len(part),
                "automated": int(part["automated"].notna().sum()),
                "suspected": int(suspected.sum()),
                "suspected %": f"{100 * suspected.mean():.2f}",
                "labelled human": len(mine),
                "of these lost": int((mine["verdict"] != "human").sum()),
            }
        )
    return rows


def cost(corpus: Path) -> list[dict[str, object]]:
    """Time what the rules take while reading, beside the whole of decoding."""
    rows = []
    for folder in sorted(path for path in corpus.iterdir() if path.is_dir()):
        if folder.name == NO_LIST:
            continue
        batch = headers(folder, corpus)
        decoder, table = Decoder(), HeaderTable(batch.blocks)
        records = decoder.decode(batch)
        decoded = {
            "names": records.column("from_name"),
            "addresses": records.column("from_address"),
            "subjects": records.column("subject"),
            "parents": records.column("in_reply_to"),
        }
        rules = best(lambda t=table, d=decoded: marks.automated_column(t, **d))
        whole = best(lambda d=decoder, b=batch: d.decode(b))
        rows.append(
            {
                "list": folder.name,
                "messages": len(batch),
                "rules, ns": round(rules / len(batch) * 1e9),
                "decoding, ns": round(whole / len(batch) * 1e9),
            }
        )
    return rows


def headers(folder: Path, corpus: Path) -> HeaderBatch:
    """Gather the header blocks of a list into one batch."""
    batch = HeaderBatch()
    archives, _ = find_archives(folder, root=corpus)
    for archive in archives:
        for part in open_archive(archive):
            for one in read_batches(part) if isinstance(part, Part) else ():
                for row, block in enumerate(one.blocks):
                    batch.add(block, offset=row, size=1, digest=one.digests.get(row))
    return batch


def best(work: object, repeats: int = 7) -> float:
    """Time some work, and return the shortest of a few runs, seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()  # type: ignore[operator]
        times.append(time.perf_counter() - start)
    return min(times)


def million(count: int = 1_000_000, coalitions: int = 200) -> pd.DataFrame:
    """Make messages of many lists, a quarter of them kept busy by spam."""
    dice = np.random.default_rng(1)
    coalition = dice.integers(0, coalitions, count)
    spammed = coalition % 4 == 0
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = np.array(["".join(dice.choice(letters, 6)) for _ in range(2000)])
    subjects = [" ".join(words[pick]) for pick in dice.integers(0, 2000, (count, 3))]
    sender = np.where(spammed, np.arange(count), dice.integers(0, 40, count) + coalition * 1000)
    parent = np.maximum(0, np.arange(count) - coalitions * dice.integers(1, 5, count))
    answers = ~spammed & (dice.random(count) < 0.6) & (coalition[parent] == coalition)
    parents = [f"m{p}" if a else None for p, a in zip(parent, answers, strict=True)]
    second = 1e9 + np.sort(dice.integers(0, 300_000_000, count))
    return pd.DataFrame(
        {
            "coalition": [f"dc-{number}" for number in coalition],
            "message_id": [f"m{number}" for number in range(count)],
            "date": pd.to_datetime(second, unit="s", utc=True),
            "from_name": pd.Series([None] * count, dtype="str"),
            "from_address": [f"a{number}@x.example" for number in sender],
            "subject": subjects,
            "in_reply_to": pd.Series(parents, dtype="str"),
            "references": [[] if one is None else [one] for one in parents],
            "automated": pd.Series([None] * count, dtype="str"),
        }
    )


def ratio(part: int, whole: int) -> str:
    """Write a share, and nothing where there is none."""
    return f"{part / whole:.3f}" if whole else "-"


if __name__ == "__main__":
    raise SystemExit(main())
