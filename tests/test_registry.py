from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from dcactivity.errors import MissingError, RegistryError
from dcactivity.registry import Body, Coalition, CoordinationList, MailingList, Registry, slugify

FULL = """
[body]
name = "Example Forum"
addresses = ["secretariat@forum.example"]
coordination_lists = [{address = "coord@lists.example", tag = "[DC]", archives = ["coord/*"]}]

[[coalition]]
slug = "dc-example"
name = "Dynamic Coalition on Examples"
aliases = ["Examples Coalition", "DC-EX"]
recognised = 2015-06-01
ended = 2020-01-31
successor = "dc-other"
page = "www.example.org/dc"
[[coalition.list]]
address = "dc-example@lists.example.org"
archives = ["dc-example/*.mbox.gz", "dc-example/old/"]
damaged = ["dc-example/2003-May.txt.gz"]
retrieved = 2022-03-31
archive_url = "https://lists.example.org/archives/"
subscribe_url = "ftp://lists.example.org/join"
[[coalition.list]]
archives = ["elsewhere"]

[[coalition]]
slug = "dc-other"
"""


TWICE = """
[[coalition]]
slug = "a"
[[coalition.list]]
address = "x@y.example"
[[coalition.list]]
address = "X@Y.example"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "coalitions.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> RegistryError:
    with pytest.raises(RegistryError) as caught:
        Registry.load(write(folder, text))
    assert "\n" not in str(caught.value)
    assert caught.value.path == str(folder / "coalitions.toml")
    return caught.value


def test_whole_format_is_read(tmp_path: Path) -> None:
    registry = Registry.load(write(tmp_path, FULL))
    assert registry == Registry(
        body=Body(
            "Example Forum",
            ("secretariat@forum.example",),
            (CoordinationList("coord@lists.example", "[DC]", ("coord/*",)),),
        ),
        coalitions=(
            Coalition(
                slug="dc-example",
                name="Dynamic Coalition on Examples",
                aliases=("Examples Coalition", "DC-EX"),
                recognised=dt.date(2015, 6, 1),
                ended=dt.date(2020, 1, 31),
                successor="dc-other",
                # Addresses that are not http(s) are shown as text later: no error.
                page="www.example.org/dc",
                lists=(
                    MailingList(
                        address="dc-example@lists.example.org",
                        archives=("dc-example/*.mbox.gz", "dc-example/old/"),
                        damaged=("dc-example/2003-May.txt.gz",),
                        retrieved=dt.date(2022, 3, 31),
                        archive_url="https://lists.example.org/archives/",
                        subscribe_url="ftp://lists.example.org/join",
                    ),
                    MailingList(archives=("elsewhere",)),
                ),
            ),
            Coalition(slug="dc-other", name="dc-other"),
        ),
        root=tmp_path,
    )
    assert Registry.load(tmp_path) == registry


def test_dictionary_goes_through_json_and_back(tmp_path: Path) -> None:
    registry = Registry.load(write(tmp_path, FULL))
    kept = json.loads(json.dumps(registry.to_dict()))
    assert Registry.from_dict(kept, path=tmp_path / "coalitions.toml") == registry
    assert kept["coalition"][1] == {"slug": "dc-other", "name": "dc-other"}


def test_coalition_is_found_by_slug(tmp_path: Path) -> None:
    registry = Registry.load(write(tmp_path, FULL))
    assert registry.slugs == ("dc-example", "dc-other")
    assert registry.coalition("dc-other").name == "dc-other"
    with pytest.raises(MissingError, match="did you mean dc-example"):
        registry.coalition("dc-exmaple")


def test_windows_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "coalitions.toml"
    path.write_bytes(b'\xef\xbb\xbf[[coalition]]\r\nslug = "dc-a"\r\n')
    assert Registry.load(path).slugs == ("dc-a",)


@pytest.mark.parametrize(
    ("text", "position", "message", "hint"),
    [
        ('[[coalitions]]\nslug = "a"', "coalitions", "unknown key", "did you mean coalition?"),
        (
            '[[coalition]]\nslug = "a"\nrecognized = 2015-06-01',
            "coalition[0].recognized",
            "unknown key",
            "did you mean recognised?",
        ),
        (
            '[[coalition]]\nslug = "a"\nzzz = 1',
            "coalition[0].zzz",
            "unknown key",
            "known here: slug, name, aliases, recognised, ended, successor, page, list",
        ),
        ('[[coalition]]\nname = "A"', "coalition[0].slug", "is missing", "dc-example"),
        ('[[coalition]]\nslug = "DC A"', "coalition[0].slug", 'the text "DC A"', '"dc-a"'),
        ('[[coalition]]\nslug = ""', "coalition[0].slug", 'the text ""', "not empty"),
        ("[[coalition]]\nslug = 7", "coalition[0].slug", "the number 7", "a text in quotes"),
        (
            '[[coalition]]\nslug = "a"\n[[coalition]]\nslug = "b"\n[[coalition]]\nslug = "a"',
            "coalition[2].slug",
            "which coalition[0].slug has already",
            "its own slug",
        ),
        (
            TWICE,
            "coalition[0].list[1].address",
            "which coalition[0].list[0].address has already",
            "its own address",
        ),
        (
            '[[coalition]]\nslug = "a"\n[[coalition.list]]\nretrieved = "2022-03-31"',
            "coalition[0].list[0].retrieved",
            'the text "2022-03-31"',
            "without quotes, such as retrieved = 2022-03-31",
        ),
        (
            '[[coalition]]\nslug = "a"\nrecognised = 2015-06-01T10:00:00Z',
            "coalition[0].recognised",
            "the instant 2015-06-01",
            "write a date",
        ),
        (
            '[[coalition]]\nslug = "a"\nrecognised = 2015-06-01\nended = 2015-05-31',
            "coalition[0].ended",
            "before it was recognised on 2015-06-01",
            "another",
        ),
        (
            '[[coalition]]\nslug = "dc-a"\nsuccessor = "dc-bb"\n[[coalition]]\nslug = "dc-b"',
            "coalition[0].successor",
            '"dc-bb" is no coalition',
            "did you mean dc-b?",
        ),
        (
            '[[coalition]]\nslug = "a"\nsuccessor = "a"',
            "coalition[0].successor",
            "cannot follow itself",
            "leave it out",
        ),
        ('[[coalition]]\nslug = "a"\naliases = "A"', "coalition[0].aliases", "the text", "list"),
        (
            '[[coalition]]\nslug = "a"\naliases = [1]',
            "coalition[0].aliases[0]",
            "number 1",
            "list",
        ),
        ('[coalition]\nslug = "a"', "coalition", "found a table", "[[coalition]]"),
        (
            '[[coalition]]\nslug = "a"\nlist = "x@y.example"',
            "coalition[0].list",
            "the text",
            "[[coalition.list]]",
        ),
        (
            '[[coalition]]\nslug = "a"\n[[coalition.list]]\naddress = "nobody"',
            "coalition[0].list[0].address",
            'the text "nobody"',
            "dc-example@lists.example.org",
        ),
        ('body = 1\n[[coalition]]\nslug = "a"', "body", "the number 1", "[body]"),
        (
            '[body]\naddresses = ["x"]\n[[coalition]]\nslug = "a"',
            "body.addresses[0]",
            'the text "x"',
            "must be an address",
        ),
        (
            '[body]\ncoordination_lists = [{adress = "x@y"}]\n[[coalition]]\nslug = "a"',
            "body.coordination_lists[0].adress",
            "unknown key",
            "did you mean address?",
        ),
        ("", None, "names no coalition", "[[coalition]]"),
    ],
)
def test_fault_names_place_finding_and_way_out(
    tmp_path: Path, text: str, position: str | None, message: str, hint: str
) -> None:
    error = refusal(tmp_path, text)
    assert error.position == position
    assert message in error.message
    assert hint in str(error.hint)


@pytest.mark.parametrize(
    "glob",
    ["/etc/passwd", "../other/*.mbox", "dc-a/../../x", "C:/archives", "\\\\host\\x", "a\\..\\x"],
)
@pytest.mark.parametrize("key", ["archives", "damaged"])
def test_glob_that_leads_out_of_the_folder_is_refused(tmp_path: Path, glob: str, key: str) -> None:
    toml = f'[[coalition]]\nslug = "a"\n[[coalition.list]]\n{key} = ["fine/..x/*", {glob!r}]'
    error = refusal(tmp_path, toml)
    assert error.position == f"coalition[0].list[0].{key}[1]"
    assert "leads out of the folder" in error.message


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ('[[coalition]]\nslug = "a"\nname = oops\n', "line 3, column 8"),
        ('[[coalition]]\nslug = "a"\nslug = "b"\n', "line 3, column 11"),
        ('[[coalition]]\nslug = "a', "line 2 (the end)"),
    ],
)
def test_syntax_error_is_one_line_with_its_place(tmp_path: Path, text: str, position: str) -> None:
    error = refusal(tmp_path, text)
    assert error.position == position
    assert "not valid TOML" in error.message


def test_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "coalitions.toml"
    path.write_bytes('[[coalition]]\nslug = "a"\nname = "Café"\n'.encode("latin-1"))
    with pytest.raises(RegistryError, match="line 3: is not UTF-8 text; save it as UTF-8"):
        Registry.load(path)


def test_absurd_nesting_is_refused(tmp_path: Path) -> None:
    error = refusal(tmp_path, "x = " + "[" * 100_000)
    assert "nested too deeply" in error.message


def test_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no such file"):
        Registry.load(tmp_path)


def test_dictionary_with_a_bad_date_is_refused() -> None:
    data = {"coalition": [{"slug": "a", "recognised": "2015-02-29"}]}
    with pytest.raises(RegistryError, match=r"coalition\[0\].recognised"):
        Registry.from_dict(data)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("DC-Internet_Rights", "dc-internet-rights"),
        ("  Schools & Libraries (2015) ", "schools-libraries-2015"),
        ("Café", "caf"),
        ("--a--b--", "a-b"),
        ("中文", "unnamed"),
    ],
)
def test_slug_of_a_name(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_a_glob_that_would_be_looked_for_in_vain_for_ever_is_refused(tmp_path: Path) -> None:
    for glob in ("**/" * 10 + "z", "y/**/y/**/y/**/a"):
        (tmp_path / "coalitions.toml").write_text(
            f'[[coalition]]\nslug = "a"\n[[coalition.list]]\narchives = ["{glob}"]\n'
        )
        with pytest.raises(RegistryError, match=r"more than twice; one \*\* stands for any"):
            Registry.load(tmp_path)
