"""Persons: every signal and every trap, on invented people."""

from __future__ import annotations

import itertools
import random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcactivity.errors import InputError
from dcactivity.people import resolve, resolve_people
from dcactivity.people.evidence import JOIN
from dcactivity.people.likeness import likeness
from dcactivity.people.names import parse_name
from dcactivity.people.tables import (
    doubts_table,
    joins_table,
    persons_if_doubts_join,
    persons_table,
)

LIST = "dc-reeds@lists.example"


def frame(*senders: str, coalitions: list[str] | None = None) -> pd.DataFrame:
    """Make senders of "Name <address>"."""
    parts = [text.rpartition("<") for text in senders]
    names = [before.strip() or None for before, _, _ in parts]
    addresses = [after.rstrip(">") or None for _, _, after in parts]
    made = pd.DataFrame({"from_name": names, "from_address": addresses})
    return made if coalitions is None else made.assign(coalition=coalitions)


def are_one(
    *senders: str, coalitions: list[str] | None = None, lists: tuple[str, ...] = ()
) -> bool:
    people = resolve_people(frame(*senders, coalitions=coalitions), list_addresses=lists)
    assert people["person"].notna().all()
    return len(set(people["person"])) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # the same address
        ("Ottoline Brackwater <ob@uni.example>", "<OB@Uni.Example>"),
        ("Ottoline Brackwater <ob+lists@uni.example>", "O. Brackwater <ob@uni.example>"),
        ("Ottoline Brackwater <ob.rack@gmail.com>", "<obrack+x@googlemail.com>"),
        ("Ottoline Brackwater <ob at uni.example>", "<ob@uni.example>"),
        ("Ottoline Brackwater <ottoline (at) uni (dot) example>", "<ottoline@uni.example>"),
        ("moss77 <ob@uni.example>", "Ottoline Brackwater <ob@uni.example>"),
        ("Ottoline Brackwater <ob@uni.example>", "Ottoline Fernhollow <ob@uni.example>"),
        ("Ottoline Brackwater <ob@uni.example>", "Ottolin Brackwater <ob@uni.example>"),
        ("Ottoline Brackwater <ob@uni.example>", "Otto Brackwater <ob@uni.example>"),
        # a forge's address, with a number in place of the plus-tag
        ("Ottoline <1234567+moss77@users.noreply.github.com>", "moss77 <ob@uni.example>"),
        # the same name
        ("Ottoline Brackwater <ob@a.example>", "Ottoline Brackwater <ottoline@b.example>"),
        ("Ottoline Brackwater <ob@a.example>", "BRACKWATER, Ottoline <ottoline@b.example>"),
        ("Ottoline Brackwater <ob@a.example>", "Brackwater Ottoline <ottoline@b.example>"),
        ("Óttoline Bräckwater <ob@a.example>", "Ottoline Brackwater <ottoline@b.example>"),
        ("Jörn Brückwasser <jb@a.example>", "Joern Brueckwasser <jorn@b.example>"),
        ("Søfren Ålegård <s@a.example>", "Sofren Alegard <sofren@b.example>"),
        ("Łucjan Wąsosz <lw@a.example>", "Lucjan Wasosz <l@b.example>"),
        ("Dr. Ottoline Brackwater, PhD <ob@a.example>", "Ottoline Brackwater <o@b.example>"),
        ("Ottoline Brackwater (Reeds Ltd) <ob@a.example>", "Ottoline Brackwater <o@b.example>"),
        ("Ottoline Brackwater, Reeds Trust <ob@a.example>", "Ottoline Brackwater <o@b.example>"),
        ("Ottoline O'Brackwater <ob@a.example>", "Ottoline OBrackwater <o@b.example>"),
        ("Ottoline van der Brackwater <ob@a.example>", "Ottoline Brackwater <o@b.example>"),
        ("Ottoline-Maud Brackwater <ob@a.example>", "Ottoline Maud Brackwater <o@b.example>"),
        ("Ottoline Q. Brackwater <ob@a.example>", "Ottoline Brackwater <o@b.example>"),
        ("Ottoline Maud Brackwater <ob@a.example>", "Ottoline Brackwater <o@b.example>"),
        ("Bob Brackwater <ob@a.example>", "Robert Brackwater <o@b.example>"),
        ("蘆葦子 <a@a.example>", "蘆葦子 <b@b.example>"),
        # initials
        ("O. Brackwater <x@a.example>", "Ottoline Brackwater <y@b.example>"),
        ("Brackwater, O.M. <x@a.example>", "Ottoline Maud Brackwater <y@b.example>"),
        ("OM Brackwater <x@a.example>".replace("OM", "TM"), "Tim Brackwater <y@b.example>"),
        # name against local part
        ("Ottoline Brackwater <x@a.example>", "<ottoline.brackwater@b.example>"),
        ("Ottoline Brackwater <x@a.example>", "<brackwater_ottoline@b.example>"),
        ("Ottoline Brackwater <x@a.example>", "ottolinebrackwater <y@b.example>"),
        ("Ottoline Brackwater <x@a.example>", "OttolineBrackwater <y@b.example>"),
        ("Ottoline Brackwater <x@a.example>", "<ottolinebrackwater84@b.example>"),
        ("Ottoline Brackwater <x@a.example>", "<obrackwater@b.example>"),
        # what somebody calls himself on the net
        ("Ottoline Brackwater <mossgreen77@a.example>", "<mossgreen77@b.example>"),
        ("Ottoline Brackwater <mossgreen77@a.example>", "mossgreen77 <x@b.example>"),
        ("moss-green-77 <x@a.example>", "moss-green-77 <y@b.example>"),
        ("Ottoline Brackwater <mossgreen77@a.example>", "<moss.green77-lists@b.example>"),
    ],
)  # fmt: skip
def test_one_person(one: str, other: str) -> None:
    assert are_one(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # unlike names
        ("Ottoline Brackwater <x@a.example>", "Barnaby Brackwater <y@a.example>"),
        ("Ottoline Brackwater <x@a.example>", "Barnaby Brackwater <x@a.example>"),
        ("Ottoline Brackwater <x@a.example>", "Barnaby Fernhollow <x@a.example>"),
        ("Ottoline A. Brackwater <x@a.example>", "Ottoline B. Brackwater <y@b.example>"),
        ("Ottoline Brackwater <x@a.example>", "Ottoline Fernhollow <y@b.example>"),
        ("Ottoline Brackwater 1 <x@a.example>", "Ottoline Brackwater 2 <y@b.example>"),
        ("O. Brackwater <x@a.example>", "Barnaby Brackwater <y@b.example>"),
        # one word
        ("Ottoline <x@a.example>", "Ottoline <y@b.example>"),
        ("Maria <maria@a.example>", "Maria <maria@b.example>"),
        ("Maria <x@a.example>", "Maria Brackwater <y@b.example>"),
        ("<maria@a.example>", "<maria@b.example>"),
        # generic names and local parts
        ("admin <x@a.example>", "admin <y@b.example>"),
        ("Reeds Secretariat <x@a.example>", "Reeds Secretariat <y@b.example>"),
        ("No Reply <x@a.example>", "No Reply <y@b.example>"),
        ("unknown <x@a.example>", "unknown <y@b.example>"),
        ("<info@a.example>", "<info@b.example>"),
        ("<mail@a.example>", "<mail@b.example>"),
        ("Ottoline Brackwater <git@a.example>", "<git@b.example>"),
        # role addresses
        ("Ottoline Brackwater <info@a.example>", "Barnaby Fernhollow <info@a.example>"),
        ("Ottoline Brackwater <secretariat@a.example>", "<secretariat@a.example>"),
        ("Ottoline <noreply@a.example>", "Barnaby <noreply@a.example>"),
        ("Ottoline Brackwater <dc-owner@a.example>", "moss77 <dc-owner@a.example>"),
        # a list's rewriting
        ("Ottoline Fen via Reeds <reeds@a.example>", "Barnaby Moor via Reeds <reeds@a.example>"),
        # common names at different organisations
        ("John Smith <jsmith@alpha.example>", "John Smith <john.smith@beta.example>"),
        ("Maria Garcia <maria@alpha.example>", "Maria Garcia <mgarcia@beta.example>"),
        ("Wei Zhang <wei@alpha.example>", "Zhang Wei <zhang.wei@beta.example>"),
        ("J. Smith <jsmith@alpha.example>", "John Smith <john@beta.example>"),
        ("John Smith <john@alpha.example>", "<jsmith@beta.example>"),
    ],
)  # fmt: skip
def test_two_persons(one: str, other: str) -> None:
    assert not are_one(one, other)


def test_an_office_is_one_at_its_own_address() -> None:
    assert are_one("Reeds Secretariat <office@a.example>", "<office@a.example>")


def test_a_common_name_needs_more_evidence_and_gets_it() -> None:
    apart = ["John Smith <jsmith@alpha.example>", "John Smith <john@beta.example>"]
    assert not are_one(*apart)
    assert are_one("John Smith <jsmith@mail.alpha.example>", "John Smith <john@alpha.example>")
    assert are_one("John Smith <mossgreen@alpha.example>", "John Smith <mossgreen@beta.example>")
    assert are_one("John Smith <jsmith471@alpha.example>", "John Smith <john471@beta.example>")


def test_a_common_name_is_joined_within_one_of_many_coalitions() -> None:
    crowd = [f"Person{i} Family{i} <p{i}@x{i}.example>" for i in range(40)]
    where = [f"dc-{i % 10}" for i in range(40)]
    smiths = ["John Smith <jsmith@alpha.example>", "John Smith <john@beta.example>"]
    for places, expected in ((["dc-1", "dc-1"], 1), (["dc-1", "dc-2"], 2)):
        people = resolve_people(frame(*smiths, *crowd, coalitions=places + where))
        assert people["person"][:2].nunique() == expected


def test_the_larger_the_crowd_the_more_a_name_must_say() -> None:
    pair = ["Rosa Wendlestone <r@a.example>", "Rosa Wendlestone <rosa@b.example>"]
    assert are_one(*pair)
    words = ["".join(letters) + "ven" for letters in itertools.product("bdfgklmnprstvz", repeat=3)]
    alike = [f"Rosa {word} <p@{word}.example>" for word in words]
    alike += [f"{word} Wendlestone <q@{word}.example>" for word in words]
    people = resolve_people(frame(*pair, *alike))
    assert people["person"][:2].nunique() == 2


def test_a_well_known_surname_says_more_than_one_of_the_commonest() -> None:
    for surname, expected in (("Smith", False), ("Schmidt", False), ("Turner", True)):
        pair = [f"Rosa {surname} <rs@alpha.example>", f"Rosa {surname} <rosa@beta.example>"]
        assert are_one(*pair) is expected


def test_an_initial_is_no_given_name_where_more_initials_follow() -> None:
    assert are_one("Carl Turner <x@gmail.com>", "Carl Turner <y@gmx.net>")
    assert not are_one("C. B. Turner <x@gmail.com>", "Carl Turner <y@gmx.net>")
    assert not are_one("C. Turner <x@gmail.com>", "Carl Turner <y@gmx.net>")


@pytest.mark.parametrize(
    ("one", "other", "local_part", "expected"),
    [
        ("Ottoline Moor", "Mei Lan Moor", "ottolineml", False),  # two initials of three
        ("Ottoline Moor", "Mei Lan Moor", "ottolinemlm", True),
        ("Ottoline Moor", "Mei Lan Moor", "lmm.ottoline77", True),  # in whatever order
        ("Moor, Ottoline", "Moor Mei Lan", "mlmottoline", True),
        ("Ottoline Moor", "Mei Lan Fen", "ottolinemlf", False),  # another surname
        ("Ottoline Moor", "Mei Lan Moor", "ottolinemlmx", False),
        ("Ottoline Moor", "Bea Moor", "ottolinebm", False),  # two initials may be chance
        ("Ottoline Moor", "Mei Lan Moor", "moor", False),
    ],
)
def test_a_local_part_may_tell_two_names_of_one_person(
    one: str, other: str, local_part: str, *, expected: bool
) -> None:
    senders = [f"{one} <{local_part}@a.example>", f"{other} <{local_part}@a.example>"]
    assert are_one(*senders) is expected
    assert are_one(*reversed(senders), f"<{local_part}@a.example>") is expected


def test_who_has_two_names_bears_no_third() -> None:
    senders = frame(
        "Ottoline Moor <ottolinemlm@a.example>", "Mei Lan Moor <ottolinemlm@a.example>",
        "Ottoline Moor <om@b.example>", "Barnaby Moor <om@b.example>",
    )  # fmt: skip
    person = resolve_people(senders)["person"]
    assert person[0] == person[1] == person[2] != person[3]


def test_an_address_with_three_unlike_names_is_nobodys() -> None:
    senders = ["Ottoline Brackwater", "Barnaby Fernhollow", "mossgreen", "Ottoline Brackwater"]
    addresses = ["x@a.example", "x@a.example", "x@a.example", "o@b.example"]
    found = resolve(pd.DataFrame({"from_name": senders, "from_address": addresses}))
    assert found.shared == {"x@a.example"}
    person = found.person
    assert person[0] == person[3]  # by name, not through the address
    assert person[:3].nunique() == 3


def test_a_nameless_sender_at_an_address_of_two_people_is_neither() -> None:
    people = resolve_people(
        frame(
            "Ottoline Brackwater <x@a.example>",
            "Barnaby Fernhollow <x@a.example>",
            "<x@a.example>",
        )
    )
    assert people["person"].nunique() == 3


def test_an_abbreviation_that_fits_two_people_is_neither() -> None:
    senders = [
        "O. Brackwater <x@a.example>",
        "Ottoline Brackwater <y@a.example>",
        "Oswin Brackwater <z@a.example>",
    ]
    found = resolve(frame(*senders))
    assert found.person.nunique() == 3
    assert set(doubts_table(found)["rule"]) == {"surname and initials"}


def test_chains_are_cut_at_clearly_different_names() -> None:
    senders = [
        "Ottoline Brackwater <mossgreen77@a.example>",
        "mossgreen77 <fernbrown88@b.example>",
        "Barnaby Fernhollow <fernbrown88@d.example>",
    ]
    found = resolve(frame(*senders))
    assert found.person[0] != found.person[2]
    assert found.person.nunique() == 2
    refused = doubts_table(found).query("rule == 'unlike names'")
    assert "clearly different names" in refused["evidence"].iloc[0]


@pytest.mark.parametrize(
    "name",
    [
        "Ottoline Brackwater via Reeds",
        "Ottoline Brackwater via dc-reeds@lists.example",
        "Ottoline Brackwater (via Reeds)",
        "Ottoline Brackwater über Reeds",
        "Ottoline Brackwater par Reeds",
        "Ottoline Brackwater por medio de Reeds",
        "Ottoline Brackwater a través de Reeds",
        "Brackwater, Ottoline",
    ],
)
def test_a_hidden_author_is_known_by_name_within_the_coalition(name: str) -> None:
    senders = [f"{name} <{LIST}>", "Ottoline Brackwater <o@b.example>"]
    assert are_one(*senders, coalitions=["dc-reeds"] * 2, lists=(LIST,))
    assert not are_one(*senders, coalitions=["dc-reeds", "dc-else"], lists=(LIST,))


def test_hidden_authors_of_two_coalitions_stay_apart_unless_an_address_joins_them() -> None:
    hidden = f"Ottoline Brackwater via Reeds <{LIST}>"
    assert not are_one(hidden, hidden, coalitions=["dc-a", "dc-b"], lists=(LIST,))
    known = "Ottoline Brackwater <o@b.example>"
    where = ["dc-a", "dc-b", "dc-a", "dc-b"]
    assert are_one(hidden, hidden, known, known, coalitions=where, lists=(LIST,))


def test_a_hidden_given_name_is_a_person_and_joins_nobody() -> None:
    senders = [f"Maria via Reeds <{LIST}>", "Maria Brackwater <maria@b.example>"]
    assert not are_one(*senders, coalitions=["dc-reeds"] * 2, lists=(LIST,))
    assert are_one(senders[0], senders[0], coalitions=["dc-reeds"] * 2, lists=(LIST,))


def test_nothing_at_all_is_no_person() -> None:
    senders = frame(
        f"<{LIST}>", "<>", "admin <>", f"DC-Reeds <{LIST}>", f"Talk on reeds <{LIST}>",
        f"Talk on reeds <{LIST.replace('@', '@mail.')}>", "Ottoline Brackwater <>",
    )  # fmt: skip
    people = resolve_people(senders, list_addresses=[f"Talk on reeds <{LIST}>"])
    assert people["person"].isna().tolist() == [True] * 6 + [False]


def test_via_belongs_to_the_name_where_the_address_is_the_writers() -> None:
    senders = frame(
        "Ottoline Brackwater via Calendar <ottoline@b.example>", "<ottoline@b.example>"
    )
    assert len(set(resolve_people(senders)["person"])) == 1


def test_an_address_in_the_name_counts_where_the_other_is_nobodys() -> None:
    assert are_one(
        "Ottoline (mossgreen [at] a [dot] example) <devnull@b.example>", "<mossgreen@a.example>"
    )


def test_masked_domains_are_equal_or_not_like_any_other() -> None:
    assert are_one("<mx@daa95fe65.example>", "Ottoline Brackwater <mx@daa95fe65.example>")
    assert not are_one("<mx@daa95fe65.example>", "Ottoline Brackwater <mx@d1b2.example>")


def test_the_frame_keeps_its_rows_columns_and_index() -> None:
    senders = frame("Ottoline Brackwater <x@a.example>", "<>").assign(note=["a", "b"])
    senders.index = pd.Index(["r", "s"])
    people = resolve_people(senders)
    assert list(people.columns) == ["from_name", "from_address", "note", "person"]
    pd.testing.assert_frame_equal(people.drop(columns="person"), senders)
    assert people["person"].isna().tolist() == [False, True]
    assert people["person"].str.fullmatch("p:[0-9a-f]{16}")["r"]
    assert "person" not in senders.columns


def test_either_column_may_be_missing_but_not_both() -> None:
    senders = frame("Ottoline Brackwater <x@a.example>")
    for column in ("from_name", "from_address"):
        assert resolve_people(senders[[column]])["person"].notna().all()
    with pytest.raises(InputError, match="neither from_name nor from_address"):
        resolve_people(senders[[]])


def test_no_senders_give_no_persons() -> None:
    people = resolve_people(frame().astype("str"))
    assert list(people.columns) == ["from_name", "from_address", "person"]
    assert people["person"].dtype == "str"


def test_a_person_keeps_the_key_from_frame_to_frame() -> None:
    alone = resolve_people(frame("Ottoline Brackwater <x@a.example>"))["person"][0]
    more = resolve_people(frame("Barnaby Moor <b@a.example>", "Ottoline Brackwater <X@a.example>"))
    assert more["person"][1] == alone


def test_every_join_has_its_reason() -> None:
    senders = frame(
        "Ottoline Brackwater <x@a.example>", "<x@a.example>", "Brackwater, O. <y@b.example>",
        "Barnaby Moor <b@c.example>",
    ).assign(messages=[5, 1, 2, 9])  # fmt: skip
    found = resolve(senders)
    joins = joins_table(found)
    assert list(joins["rule"]) == ["same address", "surname and initials"]
    assert len(set(joins["person"])) == 1
    assert joins["score"].between(1 / (1 + 2**-JOIN), 1).all()
    table = persons_table(found)
    assert list(table["address"]) == ["x@a.example", "y@b.example", "x@a.example"]
    assert list(table["messages"]) == [5, 2, 1]


def test_review_puts_first_what_matters_most() -> None:
    senders = frame(
        "John Smith <jsmith@alpha.example>", "John Smith <john@beta.example>",
        "Maria Garcia <mg@alpha.example>", "Maria Garcia <maria@beta.example>",
    ).assign(messages=[2, 3, 70, 80])  # fmt: skip
    found = resolve(senders)
    doubts = doubts_table(found)
    assert list(doubts["messages_a"] + doubts["messages_b"]) == [150, 5]
    assert doubts["evidence"].str.contains("at alpha.example and at beta.example|at beta").all()
    assert found.person.nunique() == 4
    assert persons_if_doubts_join(found).nunique() == 2


NAMES = ["", "Ann Moor", "Moor, Ann", "A. Moor", "Ann B. Moor", "Bo Moor", "Bo Fen", "annmoor",
         "ann", "admin", "Ann Moor via Reeds", "Wei Li", "Li Wei", "Anne Moor"]  # fmt: skip
ADDRESSES = ["", "ann@a.example", "ann.moor@b.example", "amoor@b.example", "info@a.example",
             "annmoor7@c.example", "annmoor7@d.example", "wei@a.example", LIST]  # fmt: skip
SENDERS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(ADDRESSES), st.sampled_from(["x", "y"])),
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(SENDERS, st.randoms(use_true_random=False))
def test_the_order_of_rows_says_nothing(
    rows: list[tuple[str, str, str]], chance: random.Random
) -> None:
    columns = ["from_name", "from_address", "coalition"]
    senders = pd.DataFrame(rows, columns=columns, dtype="str")
    order = list(range(len(rows)))
    chance.shuffle(order)
    straight = resolve_people(senders, list_addresses=[LIST])["person"]
    shuffled = resolve_people(senders.iloc[order], list_addresses=[LIST])["person"]
    assert straight.dropna().to_dict() == shuffled.dropna().to_dict()


@settings(max_examples=60, deadline=None)
@given(SENDERS)
def test_persons_hold_together_and_hold_no_two_names_apart(
    rows: list[tuple[str, str, str]],
) -> None:
    columns = ["from_name", "from_address", "coalition"]
    found = resolve(pd.DataFrame(rows, columns=columns, dtype="str"), list_addresses=[LIST])
    joins = joins_table(found)
    persons = pd.Series(found.persons, dtype="str")
    # n aliases of one person are held together by n - 1 joins, and by no other
    assert len(joins) == len(persons) - persons.nunique()
    assert set(joins["person"]) <= set(persons)
    for _, names in pd.Series([a.name for a in found.aliases], dtype=object).groupby(persons):
        full = [name for name in names if name.is_full]
        assert all(likeness(one, other) > 0 for one in full for other in full)
    for pair in found.joined.doubts:
        assert found.persons[pair.one] != found.persons[pair.other]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Roe Doe, Reeds Trust", ("roe", "doe")),
        ("Roe Doe, Jane Ann", ("jane", "ann", "roe", "doe")),
        ("ROE DOE, Jane Ann", ("jane", "ann", "roe", "doe")),
        ("Roe, Jane, MSc", ("jane", "roe")),
        ("J.R. Roe", ("j", "r", "roe")),
        ("JR Roe", ("j", "r", "roe")),
        ("Li Roe", ("li", "roe")),
        ("Prof. Dr. Jane Roe", ("jane", "roe")),
        ("Jane Roe | Reeds Trust", ("jane", "roe")),
        ("jane@example.org", ()),
        ("Jane_Roe", ("janeroe",)),
        ("webmaster", ()),
        ("김갈대", ("갈대", "김")),
        ("=?utf-8?q?J=C3=A4ne_Roe", ("jane", "roe")),
        ("Rene\x1b(B Roe", ("rene", "roe")),
        ("123456", ("123456",)),
        ("2021", ()),
        ("Jane Roe 2", ("jane", "roe", "2")),
    ],
)
def test_names_are_read(text: str, words: tuple[str, ...]) -> None:
    assert parse_name(text).words == words
