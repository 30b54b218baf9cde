from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dcactivity.arrays import text_keys
from dcactivity.coalitions import Body, CoordinationList
from dcactivity.decisions.bulletins import Bulletins, bare_subject, shared_keys

BODY = Body(
    name="Example Forum",
    addresses=("Secretariat@forum.example",),
    coordination_lists=(CoordinationList("coord@lists.example", "[DC]"),),
)


def keys(*ids: str) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return text_keys(pd.Series(ids, dtype="str"))


def messages(*rows: tuple[str, str | None, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=["message_id", "from_address", "subject"])
    return frame.astype("str")


def test_a_message_id_in_three_coalitions_is_shared() -> None:
    each = [keys("a@x", "b@x", "a@x"), keys("a@x", "b@x"), keys("a@x", "c@x")]
    assert set(shared_keys(each)) == set(keys("a@x"))
    assert len(shared_keys([])) == 0


def test_bulletins_by_id_by_address_and_by_forward() -> None:
    coordination = messages(
        ("c1@x", "coord@x", "[DC] Call for reports"), ("c2@x", "coord@x", "Re: Venue")
    )
    bulletins = Bulletins.of(keys("all@x"), BODY, coordination)
    told = messages(
        ("all@x", "ann@x", "Hello"),  # in three coalitions
        ("1@x", "secretariat@forum.example", "Your list is silent"),  # from the body
        ("c1@x", "bob@x", "[DC] Call for reports"),  # a copy
        ("2@x", "bob@x", "Fwd: [DC] Something else"),  # forwarded: the tag
        ("3@x", "bob@x", "TR: Re: call for  reports"),  # forwarded: a subject that stands there
        ("4@x", "bob@x", "WG: venue"),
        ("5@x", "bob@x", "Re: [DC] Call for reports"),  # talked about, which is no forward
        ("6@x", "bob@x", "Fwd: holiday pictures"),
        ("7@x", None, None),
    )
    assert bulletins.find(told).tolist() == [True] * 6 + [False] * 3


def test_without_a_body_only_shared_ids_make_bulletins() -> None:
    bulletins = Bulletins.of(keys("all@x"), Body())
    assert bulletins.find(
        messages(("all@x", "a@x", "Fwd: [DC] x"), ("b@x", "a@x", "Fwd: x"))
    ).tolist() == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("subject", "bare"),
    [
        ("Fwd: [DC] Re: Call for  reports", "call for reports"),
        ("[dc-example] AW: [DC] Agenda", "agenda"),
        ("RE[2]: Agenda", "agenda"),
        ("Regarding the agenda", "regarding the agenda"),
        ("Re:", ""),
        ("", ""),
    ],
)
def test_bare_subject(subject: str, bare: str) -> None:
    assert bare_subject(subject) == bare
