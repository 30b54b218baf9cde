"""``people.toml``: its decisions win in both directions, and its errors name the place."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dcactivity.errors import InputError, MissingError, PeopleError
from dcactivity.people import Overrides, load_overrides, resolve, resolve_people
from dcactivity.people.exporting import overrides_text, write_overrides

SENDERS = pd.DataFrame(
    [
        ("Ottoline Brackwater", "ob@a.example", 9),
        ("Brackwater, Ottoline", "ottoline@b.example", 8),
        ("Barnaby Fernhollow", "bf@a.example", 7),
        ("", "bf@a.example", 6),
        ("moss77", "moss77@c.example", 5),
        ("John Smith", "john@alpha.example", 4),
        ("John Smith", "jsmith@beta.example", 3),
        ("Reed Talk", "talk@a.example", 2),
        ("Reed Talk", "talk@b.example", 1),
    ],
    columns=["from_name", "from_address", "messages"],
)
BY_RULE = [0, 0, 2, 2, 4, 5, 6, 7, 7]


def groups(overrides: Overrides | None) -> list[int]:
    """Give for each sender the first row of its person."""
    person = resolve_people(SENDERS, overrides=overrides)["person"]
    first = {value: row for row, value in reversed(list(person.items()))}
    return [first[value] for value in person]


def test_without_overrides_the_rules_decide() -> None:
    assert groups(None) == groups(Overrides()) == BY_RULE


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"same": [["moss77@c.example", "bf@a.example"]]}, [0, 0, 2, 2, 2, 5, 6, 7, 7]),
        ({"same": [["moss77", "Fernhollow, Barnaby"]]}, [0, 0, 2, 2, 2, 5, 6, 7, 7]),
        (
            {"same": [["Ottoline Brackwater <ob@a.example>", "bf@a.example"]]},
            [0, 0, 0, 0, 4, 5, 6, 7, 7],
        ),
        (
            {"same": [["john@alpha.example", "JSmith+x@beta.example"]]},
            [0, 0, 2, 2, 4, 5, 5, 7, 7],
        ),
        ({"different": [["ob@a.example", "ottoline@b.example"]]}, [0, 1, 2, 2, 4, 5, 6, 7, 7]),
        (
            {"different": [["Barnaby Fernhollow <bf@a.example>", "<bf@a.example>"]]},
            [0, 0, 2, 3, 4, 5, 6, 7, 7],
        ),
        ({"role": ["Reed Talk"]}, [0, 0, 2, 2, 4, 5, 6, 7, 8]),
        ({"role": ["bf@a.example"]}, [0, 0, 2, 3, 4, 5, 6, 7, 7]),
    ],
)
def test_overrides_win_in_both_directions(
    overrides: dict[str, object], expected: list[int]
) -> None:
    assert groups(Overrides.from_dict(overrides)) == expected


def test_what_is_different_stays_apart_along_every_chain() -> None:
    senders = pd.DataFrame(
        {
            "from_name": ["Ottoline Brackwater"] * 3,
            "from_address": ["a@a.example", "b@b.example", "c@c.example"],
        }
    )
    overrides = Overrides.from_dict({"different": [["a@a.example", "c@c.example"]]})
    found = resolve(senders, overrides=overrides)
    assert found.person[0] != found.person[2]
    assert found.person.nunique() == 2
    assert not found.joined.doubts  # it is decided


def test_decided_pairs_are_no_longer_doubtful() -> None:
    pair = ["john@alpha.example", "jsmith@beta.example"]
    assert len(resolve(SENDERS).joined.doubts) == 1
    for key in ("same", "different"):
        found = resolve(SENDERS, overrides=Overrides.from_dict({key: [pair]}))
        assert not found.joined.doubts


def test_entries_that_mean_nobody_are_told() -> None:
    overrides = Overrides.from_dict({"same": [["ob@a.example", "nobody@x.example"]]})
    assert resolve(SENDERS, overrides=overrides).unmatched == ("same[0]: nobody@x.example",)


def test_contradictions_are_refused() -> None:
    pair = ["ob@a.example", "bf@a.example"]
    overrides = Overrides.from_dict({"same": [pair], "different": [pair]})
    with pytest.raises(PeopleError, match=r"different\[0\]: .*are one person elsewhere"):
        resolve(SENDERS, overrides=overrides)
    overlapping = Overrides.from_dict({"different": [["ob@a.example", "Ottoline Brackwater"]]})
    with pytest.raises(PeopleError, match="or one sender"):
        resolve(SENDERS, overrides=overlapping)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('sane = [["a@b.example", "c"]]', "sane: unknown key; did you mean same?"),
        ('same = ["a@b.example"]', r'same[0]: found the text "a@b.example"; write same = [["'),
        ('same = "a@b.example"', 'same: found the text "a@b.example"; write same = [["'),
        ('different = [["a@b.example"]]', "different[0]: holds 1 of the 2 that it takes"),
        ('same = [["a@b.example", 3]]', "same[0][1]: found the number 3; it must be an address"),
        ('same = [["a@b.example", " "]]', 'same[0][1]: found the text " "; it must be an address'),
        (
            'same = [["a@b.example", "A@B.example"]]',
            'same[0][1]: found the text "A@B.example", which same[0][0] says already',
        ),
        ("role = true", "role: found true; write a list of texts"),
        (
            'role = ["Jane Roe <a@b.example>"]',
            'role[0]: found the text "Jane Roe <a@b.example>", a name and an address; give the',
        ),
        ('same = [["a@b.example",', "is not valid TOML"),
    ],
)
def test_errors_name_the_place_and_the_way_out(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "people.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PeopleError) as caught:
        load_overrides(tmp_path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(file))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no such file"):
        load_overrides(tmp_path / "people.toml")


AWKWARD = pd.DataFrame(
    [
        ('Roe, "Jane" \\ \x7f\u2028', "jane@a.example"),
        ("Jane Roe (Reeds <Ltd>)", "jane@b.example"),
        ("admin", "x@a.example"),
        ("Jane Roe via Talk on Reeds", "dc-reeds@lists.example"),
        ("Jane Roe\nRoe", "jr@c.example"),
        ("John Smith", "john@alpha.example"),
        ("John Smith", "jsmith@beta.example"),
        ("Ann Moor", "info@a.example"),
    ],
    columns=["from_name", "from_address"],
)


def uncommented(text: str, key: str) -> str:
    """Take the # away from the proposals under one key."""
    lines, inside = [], False
    for line in text.splitlines():
        inside = line == f"{key} = [" or (inside and line != "]")
        proposed = inside and line.startswith(('    # ["', '    # "'))
        lines.append(line.replace("# ", "", 1) if proposed else line)
    return "\n".join(lines)


@pytest.mark.parametrize("senders", [SENDERS, AWKWARD])
def test_an_export_reads_back_as_what_was_decided(senders: pd.DataFrame, tmp_path: Path) -> None:
    first, second = senders["from_address"][0], senders["from_address"][2]
    decided = Overrides.from_dict(
        {
            "same": [[first, second]],
            "different": [["x@z.example", 'Odd "Name" <y@z.example>']],
            "role": ["info@z.example", "Reed Office Desk"],
        }
    )
    lists = ["dc-reeds@lists.example"]
    found = resolve(senders, overrides=decided, list_addresses=lists)
    file = tmp_path / "people.toml"
    write_overrides(file, decided, found)
    again = load_overrides(file)
    assert (again.same, again.different, again.role) == (
        decided.same,
        decided.different,
        decided.role,
    )
    with pytest.raises(InputError, match="is there already"):
        write_overrides(file, decided, found)


@pytest.mark.parametrize("senders", [SENDERS, AWKWARD])
@pytest.mark.parametrize("key", ["same", "different", "role"])
def test_every_proposal_can_be_taken_up(senders: pd.DataFrame, key: str, tmp_path: Path) -> None:
    lists = ["dc-reeds@lists.example"]
    found = resolve(senders, list_addresses=lists)
    file = tmp_path / "people.toml"
    file.write_text(uncommented(overrides_text(Overrides(), found), key), encoding="utf-8")
    taken = load_overrides(file)
    after = resolve(senders, overrides=taken, list_addresses=lists)
    assert after.unmatched == ()
    if key == "same":
        assert taken.same
        assert not after.joined.doubts
        assert after.person.nunique() < found.person.nunique()
    elif key == "different":
        assert len(taken.different) == sum(
            pair.evidence.rule != "same address" for pair in found.joined.joins
        )
        assert after.person.nunique() > found.person.nunique()
    else:
        assert set(taken.role) == found.shared
