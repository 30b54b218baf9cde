"""Threads and answers: rules by hand, any mail against the plainest code, real archives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import dcactivity as dca
from dcactivity.errors import InputError
from dcactivity.threads import thread_messages
from tests.plain_threads import jwz_threads, plain_threads

SHARED = Path(__file__).resolve().parents[2] / "shared"
COLUMNS = ["coalition", "message_id", "date", "subject", "in_reply_to", "references", "person"]
TEXTS = [name for name in COLUMNS if name not in ("date", "references")]
DEFAULTS = dict.fromkeys(COLUMNS) | {"coalition": "dc-a"}


def frame(rows):
    """Make the table of messages given as dicts; what is left out is missing."""
    full = [DEFAULTS | row for row in rows]
    table = pd.DataFrame({name: [row[name] for row in full] for name in COLUMNS}, dtype=object)
    dates = pd.to_datetime(table["date"], utc=True, format="ISO8601")
    texts = {name: table[name].astype("str") for name in TEXTS}
    return table.assign(date=dates.astype("datetime64[us, UTC]"), **texts)


def plainly(table):
    """Make dicts with None for what is missing, as the plain code takes them."""
    names = [name for name in COLUMNS if name in table.columns]
    columns = {}
    for name in names:
        values = table[name].astype(object)
        missing = table[name].isna()
        columns[name] = [None if gone else v for v, gone in zip(values, missing, strict=True)]
    rows = zip(*columns.values(), strict=True)
    found = [DEFAULTS | dict(zip(names, row, strict=True)) for row in rows]
    for row in found:
        row["references"] = None if row["references"] is None else list(row["references"])
    return found


def results(table):
    """Thread a table, and give dicts with None for what is missing."""
    found = thread_messages(table)
    assert found.index.equals(table.index)
    assert found.dtypes.astype(str).to_dict() == {
        "thread": "str", "answers": "Int64", "is_answer": "boolean", "by": "str",
    }  # fmt: skip
    values = {name: found[name].astype(object).where(found[name].notna(), None) for name in found}
    return pd.DataFrame(values).to_dict("records")


def threaded(*rows):
    """Thread messages: for each one (thread, answers, is_answer, by)."""
    return [tuple(row.values()) for row in results(frame(rows))]


def message(number, day, subject="", answers=None, person=None, **more):
    """Make a message on a day of 2021, 1 being the first of January."""
    date = None if day is None else pd.Timestamp("2020-12-31", tz="UTC") + pd.Timedelta(day, "D")
    return {
        "message_id": number, "date": date, "subject": subject, "in_reply_to": answers,
        "person": person, **more,
    }  # fmt: skip


# Headers


def test_in_reply_to_goes_before_references():
    assert threaded(
        message("a", 1, person="ada"),
        message("b", 2, answers="a", person="bela"),
        message("c", 3, answers="a", person="chidi", references=["a", "b"]),
    ) == [
        ("a", None, False, None),
        ("a", 0, True, "header"),
        ("a", 0, True, "header"),
    ]


def test_last_reference_at_hand_is_answered_where_in_reply_to_is_not_at_hand():
    found = threaded(
        message("a", 1, person="ada"),
        message("b", 2, person="bela", references=["a"]),
        message("c", 3, answers="lost", person="chidi", references=["a", "b", "lost"]),
    )
    assert found[2] == ("a", 1, True, "header")


def test_missing_parent_holds_its_answers_together():
    assert threaded(
        message("b", 2, "One", answers="lost", person="bela"),
        message("c", 3, "Two", references=["lost"], person="chidi"),
    ) == [("b", None, False, None), ("b", None, False, None)]


def test_chain_of_missing_parents_joins_its_ends():
    found = threaded(
        message("a", 1, person="ada"),
        message("d", 4, answers="lost 2", person="dara"),
        message("c", 9, person="chidi", references=["a", "lost 1", "lost 2"]),
    )
    assert [row[0] for row in found] == ["a", "a", "a"]
    assert [row[1] for row in found] == [None, None, 0]


def test_loop_is_cut_at_its_earliest_message():
    assert threaded(
        message("c", 3, answers="b", person="chidi"),
        message("a", 1, answers="c", person="ada"),
        message("b", 2, answers="a", person="bela"),
    ) == [
        ("a", 2, True, "header"),
        ("a", None, False, None),
        ("a", 1, True, "header"),
    ]


def test_loop_through_a_subject_is_cut():
    # b answers a by its subject, and a names b, which was not written yet.
    assert threaded(
        message("a", 1, "Tidal networks", answers="b", person="ada"),
        message("b", 2, "Re: Tidal networks", person="bela"),
    ) == [("a", None, False, None), ("a", 0, True, "subject")]


def test_message_does_not_answer_itself():
    assert threaded(message("a", 1, answers="a", references=["a"], person="ada")) == [
        ("a", None, False, None)
    ]


def test_answer_dated_before_its_original_is_an_answer():
    assert threaded(
        message("a", 2, person="ada"), message("b", 1, answers="a", person="bela")
    ) == [("b", None, False, None), ("b", 0, True, "header")]


def test_undated_messages_are_joined_by_headers_alone():
    assert threaded(
        message("a", 1, "Tidal networks", person="ada"),
        message("b", None, "Re: Tidal networks", answers="a", person="bela"),
        message("c", None, "Re: Tidal networks", person="chidi"),
    ) == [
        ("a", None, False, None),
        ("a", 0, True, "header"),
        ("c", None, False, None),
    ]


def test_threads_do_not_cross_coalitions():
    rows = [
        message("a", 1, "Tidal networks", person="ada"),
        message("b", 2, "Re: Tidal networks", answers="a", person="bela", coalition="dc-b"),
        message("a", 1, "Tidal networks", person="ada", coalition="dc-c"),
    ]
    assert threaded(*rows) == [
        ("a", None, False, None), ("b", None, False, None), ("a", None, False, None),
    ]  # fmt: skip


def test_copies_of_an_id_are_one_thread_and_the_first_is_answered():
    assert threaded(
        message("b", 3, answers="a", person="bela"),
        message("a", 2, "Resent: Tides", person="ada"),
        message("a", 1, "Tides and more", person="ada"),
    ) == [
        ("a", 2, True, "header"), ("a", None, False, None), ("a", None, False, None),
    ]  # fmt: skip


def test_made_up_ids_are_ids():
    assert threaded(
        message("sha256:11", 1, "Tides and more", person="ada"),
        message("sha256:22", 2, "Re: Tides and more", person="bela"),
    ) == [("sha256:11", None, False, None), ("sha256:11", 0, True, "subject")]


# Persons


def test_answer_to_oneself_is_none_to_another_person():
    found = threaded(message("a", 1, person="ada"), message("b", 2, answers="a", person="ada"))
    assert found[1] == ("a", 0, False, "header")


@pytest.mark.parametrize(("asks", "answers"), [("ada", None), (None, "bela"), (None, None)])
def test_unknown_author_leaves_the_answer_unknown(asks, answers):
    found = threaded(message("a", 1, person=asks), message("b", 2, answers="a", person=answers))
    assert found[1] == ("a", 0, None, "header")


def test_addresses_stand_in_for_persons():
    rows = [
        message("a", 1), message("b", 2, answers="a"), message("c", 3, answers="a"),
        message("d", 4, answers="a"),
    ]  # fmt: skip
    table = frame(rows).drop(columns="person")
    table["from_address"] = ["Ada@example.org", "ada@example.org ", "bela@example.org", None]
    assert thread_messages(table)["is_answer"].astype(object).tolist() == [
        False, False, True, pd.NA,
    ]  # fmt: skip


# Subjects


def test_re_answers_the_last_original_of_somebody_else():
    found = threaded(
        message("a", 1, "Tidal networks", person="ada"),
        message("b", 2, "Tidal networks", person="bela"),
        message("c", 3, "Tidal networks", person="chidi"),
        message("d", 4, "Re: Tidal networks", person="chidi"),
    )
    assert found[3] == ("a", 1, True, "subject")


def test_re_does_not_answer_another_re_by_its_subject():
    found = threaded(
        message("a", 1, "Re: Tidal networks", person="ada"),
        message("b", 2, "Re: Tidal networks", person="bela"),
    )
    assert found == [("a", None, False, None), ("a", None, False, None)]


def test_re_after_an_original_by_nobody_known_is_unknown():
    found = threaded(
        message("a", 1, "Tidal networks", person="ada"),
        message("b", 2, "Tidal networks"),
        message("c", 3, "Re: Tidal networks", person="chidi"),
        message("d", 4, "Re: Tidal networks"),
    )
    assert found[2] == ("a", 1, None, "subject")
    assert found[3] == ("a", 1, None, "subject")


@pytest.mark.parametrize(("day", "joined"), [(61, True), (62, False)])
def test_original_of_an_answer_stands_at_most_sixty_days_earlier(day, joined):
    found = threaded(
        message("a", 1, "Tidal networks", person="ada"),
        message("b", day, "Re: Tidal networks", person="bela"),
    )
    assert found[1] == (("a", 0, True, "subject") if joined else ("b", None, False, None))


def test_equal_subjects_make_a_thread_and_no_answer():
    assert threaded(
        message("a", 1, "Win a cruise today", person="ada"),
        message("b", 2, "Win a cruise today", person="bela"),
    ) == [("a", None, False, None), ("a", None, False, None)]


def test_topic_ends_sixty_days_after_it_began():
    days = (1, 31, 61, 91, 121)
    found = threaded(*(message(f"m{day}", day, "Agenda of the monthly call") for day in days))
    assert [row[0] for row in found] == ["m1", "m1", "m1", "m91", "m91"]


def test_re_goes_on_from_the_last_message_of_its_subject():
    found = threaded(
        message("a", 1, "Tidal networks", person="ada"),
        message("b", 50, "Re: Tidal networks", person="bela"),
        message("c", 100, "Re: Tidal networks", person="chidi"),
        message("d", 161, "Re: Tidal networks", person="dara"),
    )
    assert [row[0] for row in found] == ["a", "a", "a", "d"]
    assert [row[1] for row in found] == [None, 0, None, None]


def test_subject_is_the_last_resort():
    # The header of b names a: the later original of the same subject does not draw it away.
    found = threaded(
        message("a", 1, "Old topic of the list", person="ada"),
        message("x", 2, "Tidal networks", person="xenia"),
        message("b", 3, "Re: Tidal networks", answers="a", person="bela"),
    )
    assert found[2] == ("a", 0, True, "header")
    assert found[1][0] == "x"


def test_re_whose_parent_is_missing_answers_by_its_subject():
    found = threaded(
        message("a", 1, "Tidal networks", person="ada"),
        message("b", 3, "Re: Tidal networks", answers="lost", person="bela"),
    )
    assert found[1] == ("a", 0, True, "subject")


@pytest.mark.parametrize(
    "subject",
    ["", None, "[dc-a]", "Hello", "hello!!", "(no subject)", "Kein Betreff", "Sans objet", "???",
     "Ola", "件名なし", "Без темы", "test", "2021", "[dc-a] FYI", "Agenda", "无主题", "Re:"],
)  # fmt: skip
def test_empty_and_generic_subjects_join_nothing(subject):
    answer = f"Re: {subject or ''}"
    found = threaded(
        message("a", 1, subject, person="ada"),
        message("b", 2, subject, person="bela"),
        message("c", 3, answer, person="chidi"),
    )
    assert [row[:2] for row in found] == [("a", None), ("b", None), ("c", None)]


@pytest.mark.parametrize(
    "subject",
    ["Re: {}", "RE : {}", "re:{}", "AW: {}", "Antw: {}", "SV: {}", "Re[2]: {}", "Re(3): {}",
     "RE^4: {}", "Re: Re: {}", "Re: [dc-a] {}", "[dc-a] Re: {}", "[dc-a] RE: AW: [dc-a] {}",
     "回复：{}", "Re： {}", "RES: {}", "R: {}", "Odp: {}", "YNT: {}", "Отв: {}", "VS: {}",
     "Re: Fwd: {}", "Re: {} (fwd)", "Re: {} (was: Old topic)", "Re: [Fwd: {}]", "رد: {}",
     "Re: {} [was Re: [dc-a] Old topic]", "Re: {}, was Re: Old topic", "Re:   {}", "ΑΠ: {}"],
)  # fmt: skip
@pytest.mark.parametrize("original", ["{}", "[dc-a] {}", "Fwd: {}", "TR: {}", "WG: {}"])
def test_re_is_known_in_many_forms(subject, original):
    topic = "Tidal Networks in 2021"
    found = threaded(
        message("a", 1, original.format(topic), person="ada"),
        message("b", 2, subject.format(topic), person="bela"),
    )
    assert found[1] == ("a", 0, True, "subject")


@pytest.mark.parametrize(
    "subject", ["Fwd: {}", "FW: Re: {}", "[Fwd: {}]", "WG: {}", "{} (fwd)", "İLT: {}"]
)
def test_forward_joins_and_is_no_answer(subject):
    found = threaded(
        message("a", 1, "Tidal networks", person="ada"),
        message("b", 2, subject.format("Tidal networks"), person="bela"),
    )
    assert found[1] == ("a", None, False, None)


@pytest.mark.parametrize("subject", ["Report: {}", "fs: {}", "Reply {}", "Re {}", "Minutes: {}"])
def test_other_words_before_a_colon_are_part_of_the_subject(subject):
    found = threaded(
        message("a", 1, "Tidal networks", person="ada"),
        message("b", 2, subject.format("Tidal networks"), person="bela"),
    )
    assert found[1] == ("b", None, False, None)


DIGESTS = [
    "DC Digest, Vol 119, Issue 33", "DC Nachrichtensammlung, Band 119, Eintrag 33",
    "Lot DC, Vol 119, Parution 33", "[dc-a] Digest Number 33", "dc-a-digest V1 #33",
    "DC Digest - 3 Mar 2021 to 5 Mar 2021 (#2021-33)", "Digest for dc@lists.example - 3 updates",
]  # fmt: skip


@pytest.mark.parametrize("digest", DIGESTS)
@pytest.mark.parametrize("at_hand", [True, False])
def test_answers_to_a_digest_stay_apart(digest, at_hand):
    rows = [
        message("b", 2, f"Re: {digest}", answers="d", person="bela"),
        message("c", 3, f"Re: {digest}", answers="d", references=["d"], person="chidi"),
        message("e", 4, f"Re: {digest}", answers="b", references=["d", "b"], person="emeka"),
        message("f", 5, "Re: Tidal networks", answers="d", person="fatou"),
    ]
    rows += [message("d", 1, digest)] * at_hand
    assert threaded(*rows)[:4] == [
        ("b", None, False, None),
        ("c", None, False, None),
        ("b", 0, True, "header"),
        ("f", None, False, None),
    ]


def test_mailmans_digest_is_known_by_its_id():
    digest = "mailman.3.1625133601.4711.dc-a@lists.example"
    found = threaded(
        message("b", 2, "Re: Tidal networks", answers=digest, person="bela"),
        message("c", 3, "Re: Lantern standards", answers=digest, person="chidi"),
        message("d", 4, "Re: Tidal networks (was: DC Digest, Vol 1, Issue 2)", person="dara"),
    )
    assert [row[0] for row in found] == ["b", "c", "b"]


def test_journal_that_a_person_announces_is_no_digest():
    found = threaded(
        message("a", 1, "Journal of Tides, Vol 12, Issue 3", person="ada"),
        message("b", 2, "Re: Journal of Tides, Vol 12, Issue 3", answers="a", person="bela"),
    )
    assert found[1] == ("a", 0, True, "header")


# What is given


def test_no_messages_give_no_rows():
    found = thread_messages(frame([]))
    assert found.empty
    assert found.dtypes.astype(str).tolist() == ["str", "Int64", "boolean", "str"]


@pytest.mark.parametrize("column", COLUMNS[:-1])
def test_missing_column_is_named(column):
    with pytest.raises(InputError, match=column):
        thread_messages(frame([message("a", 1)]).drop(columns=column))


@pytest.mark.parametrize("given_id", [None, ""])
def test_message_without_id_is_refused(given_id):
    with pytest.raises(InputError, match="row 1 has no message_id"):
        thread_messages(frame([message("a", 1), message(given_id, 1)]))


def test_columns_may_come_in_other_forms():
    table = frame(
        [message("a", 1, person="ada"), message("b", 2, answers="a", person="bela"),
         message("c", 3, references=["lost", "b"], person="ada")]
    )  # fmt: skip
    expected = thread_messages(table)
    lists = pd.ArrowDtype(pa.list_(pa.string()))
    other = table.assign(
        coalition=table["coalition"].astype("category"),
        person=pd.Series([7, 8, 7], dtype="Int64"),
        references=pd.Series(pd.array(pa.array(table["references"]), dtype=lists)),
        subject=np.nan,
    ).set_index(pd.Index(["x", "x", "y"]))
    found = thread_messages(other)
    pd.testing.assert_frame_equal(found.reset_index(drop=True), expected)
    arrays = [None if refs is None else np.array(refs, object) for refs in table["references"]]
    pd.testing.assert_frame_equal(thread_messages(table.assign(references=arrays)), expected)


def test_first_answer_of_each_message_is_at_hand():
    """The docs say how the hours to the first answer come about."""
    table = frame(
        [message("a", 1, person="ada"), message("b", 2, answers="a", person="ada"),
         message("c", 4, answers="a", person="chidi"), message("d", 3, answers="a", person="dara")]
    )  # fmt: skip
    found = table.join(thread_messages(table))
    by_others = found[found["is_answer"].fillna(False)]
    first = by_others.groupby("answers")["date"].min()
    hours = (first - found["date"].iloc[first.index].to_numpy()).dt.total_seconds() / 3600
    assert hours.to_dict() == {0: 48.0}


# Any mail, against the plainest code

IDS = [*"abcdefgh", "mailman.1.2.3.dc@x", "sha256:1"]
TOPICS = [
    None, "", "Hello", "Re: Hello", "Tides", "Re: Tides", "[dc] AW: Tides", "Fwd: Tides",
    "Fwd: Re: Tides", "Lanterns", "Re: Lanterns", "DC Digest, Vol 1, Issue 2",
    "Re: DC Digest, Vol 1, Issue 2", "Re: Lanterns (was: Tides)",
]  # fmt: skip
INSTANTS = [None, *pd.date_range("2021-01-01", periods=9, freq="20D", tz="UTC")]
one_message = st.fixed_dictionaries(
    {
        "coalition": st.sampled_from(["dc-a", "dc-a", "dc-b"]),
        "message_id": st.sampled_from(IDS),
        "date": st.sampled_from(INSTANTS),
        "subject": st.sampled_from(TOPICS),
        "in_reply_to": st.sampled_from([None, None, *IDS, "lost"]),
        "references": st.none() | st.lists(st.sampled_from([*IDS, "lost", "gone"]), max_size=4),
        "person": st.sampled_from([None, "ada", "ada", "bela"]),
    }
)
any_mail = st.lists(one_message, max_size=12)


@settings(max_examples=200, deadline=None)
@given(any_mail)
@example([message("a", 1, answers="b"), message("b", 1, answers="a")])
def test_any_mail_is_threaded_as_the_plain_code_does(rows):
    table = frame(rows)
    assert results(table) == plain_threads(plainly(table))


@settings(max_examples=60, deadline=None)
@given(any_mail, st.randoms(use_true_random=False))
def test_any_order_gives_the_same_threads_and_answers(rows, random):
    table = frame(rows).drop_duplicates([name for name in COLUMNS if name != "references"])
    table = table.reset_index(drop=True)
    order = random.sample(range(len(table)), len(table))
    found, again = results(table), results(table.iloc[order])
    for place, row in zip(order, again, strict=True):
        if row["answers"] is not None:
            row["answers"] = order[row["answers"]]
        assert row == found[place]


@settings(max_examples=100, deadline=None)
@given(any_mail)
def test_answers_make_no_circle_and_stay_in_their_thread(rows):
    table = frame(rows)
    found = results(table)
    for number, row in enumerate(found):
        seen = {number}
        while (whom := row["answers"]) is not None:
            assert whom not in seen
            assert found[whom]["thread"] == row["thread"]
            assert table["coalition"][whom] == table["coalition"][number]
            seen.add(whom)
            row = found[whom]
    threads = table.assign(thread=[row["thread"] for row in found])
    named = set(zip(table["coalition"], table["message_id"], strict=True))
    assert set(zip(threads["coalition"], threads["thread"], strict=True)) <= named
    assert threads.groupby(["coalition", "message_id"])["thread"].nunique().le(1).all()


@st.composite
def sound_mail(draw):
    """Make mail of sound programs, of which the archive has lost a part."""
    size = draw(st.integers(1, 14))
    chains, rows = [], []
    for number in range(size):
        parent = draw(st.none() | st.integers(0, number - 1)) if number else None
        chains.append([] if parent is None else [*chains[parent], f"m{parent}"])
        if draw(st.booleans()) or number == 0:
            rows.append(message(f"m{number}", number + 1, references=chains[number]))
    return rows


@settings(max_examples=100, deadline=None)
@given(sound_mail())
def test_sound_headers_give_the_trees_of_jwz(rows):
    table = frame(rows)
    ours = [row["thread"] for row in results(table)]
    assert same_parts(ours, jwz_threads(plainly(table)))


def same_parts(one, other):
    """Tell whether two namings cut a list into the same parts."""
    pairs = set(zip(one, other, strict=True))
    return len(pairs) == len(set(one)) == len(set(other))


# Lives that are known, and real archives


def archives(*names):
    return [
        pytest.param(SHARED / name, marks=[] if (SHARED / name).exists() else pytest.mark.skip(
            reason="the archives are not at hand"), id=Path(name).name)
        for name in names
    ]  # fmt: skip


@pytest.mark.parametrize(
    "source",
    archives(
        "corpus/pipermail-imagej-devel", "corpus/pipermail-reality", "corpus/mboxrd-blinux-list",
        "corpus/pipermail-divunal-list", "corpus/publicinbox-oprofile-list", "corpus/maildir-lkml",
        "corpus/pipermail-numpy-2001-11",
    ),
)  # fmt: skip
def test_real_archives_are_threaded_as_the_plain_code_does(source):
    table = dca.read_messages(source)
    table["person"] = table["from_address"]
    assert results(table) == plain_threads(plainly(table))
    by_headers = thread_messages(table.assign(subject=None))["thread"]
    assert same_parts(by_headers, jwz_threads(plainly(table)))


@pytest.mark.parametrize("program", archives("tools/simulate.py"))
@pytest.mark.parametrize("seed", [3])
def test_known_lives_are_found(program, seed, tmp_path):
    command = [sys.executable, program, tmp_path / "src", "--truth", tmp_path / "truth",
               "--seed", str(seed), "--body", "10"]  # fmt: skip
    subprocess.run(list(map(str, command)), check=True)
    truth = pd.read_csv(tmp_path / "truth/messages.csv", dtype="str", keep_default_na=False)
    truth = truth[truth["message_id"] != ""]
    columns = ["message_id", "date", "subject", "in_reply_to", "references"]
    table = dca.read_messages(tmp_path / "src", columns=columns)
    table = table.merge(truth, on=["coalition", "message_id"], suffixes=("", "_known"))
    table["person"] = table["person"].where(table["person"] != "")
    found = table.drop(columns="thread").join(thread_messages(table))

    named = found[found["in_reply_to"].notna() & found["in_reply_to"].isin(found["message_id"])]
    whom = found.iloc[named["answers"].astype(int)]
    assert len(named) > 2_000
    assert whom["message_id"].tolist() == named["parent"].tolist()
    others = whom["person"].to_numpy() != named["person"].to_numpy()
    assert named["is_answer"].tolist() == others.tolist()

    key = found["coalition"].astype("str") + " " + found["thread"]
    known = found["coalition"].astype("str") + " " + table["thread"]
    whole = found[found["automated"] == ""]
    together = key[whole.index].groupby(known[whole.index]).nunique()
    apart = known[whole.index].groupby(key[whole.index]).nunique()
    assert len(together) > 4_000
    assert together.max() == 1
    # Subjects are drawn from few words: now and then two conversations begin with the same.
    assert apart.ne(1).sum() <= 1
