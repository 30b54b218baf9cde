"""Letters: what they say, what they never say, and that no text gets into their headers."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import io
import re
import shutil
from email.message import EmailMessage
from pathlib import Path

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcactivity.cases.drafts import copy_templates, fill_document, write_letter
from dcactivity.cases.evidence import rows_of
from dcactivity.cases.letters import KINDS, Letter, letter_facts
from dcactivity.cases.survey import Survey, survey
from dcactivity.errors import InputError, MissingError, StepError, TemplateError
from dcactivity.messages.read import opened
from dcactivity.policy import Policy
from tests.command_line import run

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo"
REGISTRY = (DEMO / "coalitions.toml").read_text()
RECORDS = {
    "observations": "id,coalition,list,principle,finding,seen,source,detail,url,digest\n"
    "o1,dc-lighthouses,,membership,closed,2022-02-01,person,by invitation alone,"
    "https://forum.example/join,\n"
    "o2,dc-kite-routes,,archive,unreachable,2022-02-02,probe,404,https://gone.example/a,\n",
    "reports": "coalition,year,submitted\ndc-tea-rooms,2019,\ndc-winter-markets,2019,2020-03-01\n"
    "dc-winter-markets,2020,2021-02-01\n",
    "statements": "coalition,date,expires,text,url\n"
    "dc-cobblestones,2022-03-01,2022-12-31,We moved to another channel,https://chat.example\n",
    "exemptions": "coalition,from,until,reason,decided_by\n"
    "dc-sundials,2022-01-01,2022-12-31,between two phases,coordination group\n",
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source") / "demo"
    shutil.copytree(DEMO, folder)
    for name, text in RECORDS.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


@pytest.fixture(scope="module")
def found(source: Path) -> Survey:
    policy = Policy.load("draft-2022")
    with opened(source) as at_hand:
        return survey(at_hand, policy=policy, as_of="2022-03-31")


def mail_of(paths: list[Path]) -> EmailMessage:
    raw = paths[0].read_bytes()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def words_of(path: Path) -> str:
    return "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)


SUBJECTS = {
    "first-notice": "dc-cobblestones",
    "repeat": "dc-cobblestones",
    "reminder": "dc-cobblestones",
    "small-fault": "dc-kite-routes",
    "breach": "dc-lighthouses",
    "silence": "dc-cobblestones",
    "missing-report": "dc-tea-rooms",
    "recommendation": "dc-cobblestones",
    "reinstatement": "dc-cobblestones",
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_makes_a_draft_and_a_document_of_the_same_words(
    found: Survey, tmp_path: Path, kind: str
) -> None:
    letter = letter_facts(found, SUBJECTS[kind], kind)
    paths = write_letter(letter, tmp_path)
    assert [path.name for path in paths] == [
        f"{SUBJECTS[kind]}-{kind}.eml",
        f"{SUBJECTS[kind]}-{kind}.docx",
    ]
    mail = mail_of(paths)
    assert mail["X-Unsent"] == "1"
    assert mail["From"] == "Forum of Small Wonders <secretariat@forum.example>"
    assert mail["To"] is None
    assert str(letter.facts["coalition"]) in mail["Subject"]
    body = " ".join(mail.get_content().split())
    document = " ".join(words_of(paths[1]).split())
    assert mail["Subject"] in document
    assert body in document
    for part in ("please object to", "secretariat@forum.example", "31 March 2022"):
        assert part in body
    if kind != "reinstatement":
        assert str(letter.facts["deadline"]) in body or kind == "recommendation"
        assert "What counts as mended" in body
        for finding in letter.facts["findings"]:
            assert " ".join(finding.split()) in body


def test_letter_says_what_when_where_and_what_mends_it(found: Survey, tmp_path: Path) -> None:
    body = mail_of(write_letter(letter_facts(found, "dc-lighthouses", "breach"), tmp_path))
    text = " ".join(body.get_content().split())
    assert "Membership was found closed on 1 February 2022 by a person who looked" in text
    assert "membership: https://forum.example/join" in text
    assert "Whoever wants to join the coalition can do so." in text
    assert "answer by 29 June 2022" in text  # 90 days after 31 March
    report = letter_facts(found, "dc-tea-rooms", "missing-report").facts
    assert report["findings"] == [
        "2 annual reports overdue (2019, 2020); the newest was due by 31 March 2021."
    ]
    assert report["mended"] == ["The annual report on 2019, 2020 is submitted."]
    small = letter_facts(found, "dc-kite-routes", "small-fault").facts
    assert "archive: https://gone.example/a" in small["places"]


def test_the_coalitions_own_word_stands_beside_the_figures(found: Survey) -> None:
    facts = letter_facts(found, "dc-cobblestones", "first-notice").facts
    assert facts["beside"] == [
        (
            "statement of 1 March 2022, valid until 31 December 2022: We moved to "
            "another channel (https://chat.example)"
        )
    ]


def test_every_figure_in_a_letter_is_one_of_the_reviews(found: Survey, tmp_path: Path) -> None:
    letter = letter_facts(found, "dc-cobblestones", "first-notice")
    text = mail_of(write_letter(letter, tmp_path)).get_content()
    (status,) = rows_of(found.review.status, "dc-cobblestones")
    days = [value for value in status.values() if isinstance(value, dt.date)]
    days += [found.as_of, found.as_of + dt.timedelta(days=90)]
    known = [str(value) for value in status.values()]
    known += [found.review.policy.to_toml(), *letter.facts["places"], *RECORDS.values()]
    known += [f"{one.day} {one.year}" for one in days]
    figures = set(re.findall(r"\d+", " ".join(known)))
    assert set(re.findall(r"\d+", text)) <= figures
    assert str(status["messages"]) in text


def test_kind_without_a_finding_is_refused(found: Survey) -> None:
    for coalition, kind in (
        ("dc-cobblestones", "breach"),
        ("dc-winter-markets", "missing-report"),
        ("dc-lighthouses", "silence"),
        ("dc-winter-markets", "reminder"),
        ("dc-clock-towers", "silence"),  # the archive is silent, not the coalition
    ):
        with pytest.raises(StepError, match="nothing for a letter"):
            letter_facts(found, coalition, kind)
    with pytest.raises(StepError, match=r"between two phases.*not pursued"):
        letter_facts(found, "dc-sundials", "first-notice")
    with pytest.raises(MissingError, match="no coalition"):
        letter_facts(found, "dc-nobody", "first-notice")


def hostile(text: str, *, note: str = "x", kind: str = "first-notice") -> Letter:
    facts = {
        "coalition": text,
        "slug": "dc-a",
        "body": text,
        "contact": text,
        "date": "1 April 2022",
        "as_of": "31 March 2022",
        "policy": text,
        "policy_sentences": [text],
        "status": "AT_RISK",
        "why": note,
        "findings": [note],
        "places": [note],
        "beside": [note],
        "mended": [note],
        "deadline": "30 June 2022",
        "days": 90,
        "notice": "1 April 2022",
        "notice_end": "30 June 2022",
        "appeal_until": "30 July 2022",
        "repeat": 1,
        "stage": "notified",
    }
    return Letter(kind, "dc-a", "body@forum.example", facts)


HEADERS = {
    "Subject", "From", "X-Unsent", "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
}  # fmt: skip
NASTY = [
    "A\r\nBcc: all@lists.example",
    "A\nBcc: all@lists.example\n\nbody",
    "A\rBcc: all@lists.example",
    "A\u2028Bcc: all@lists.example",
    "A\x85Bcc: all@lists.example",
    "A\x00\x0b\x0c\x1cBcc: x",
    "=?utf-8?q?A=0ABcc:_all@lists.example?=",
    '"A" <evil@x.example>, ',
    "{{ 7 * 7 }}{% include 'letter.docx' %}",
    "\ud800 lone",
    "<w:p/> & ]]>",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", NASTY)
def test_no_text_gets_into_the_headers(tmp_path: Path, text: str, kind: str) -> None:
    paths = write_letter(hostile(text, note=text, kind=kind), tmp_path)
    mail = mail_of(paths)
    assert set(mail.keys()) == HEADERS
    assert mail["From"].addresses[0].addr_spec == "body@forum.example"
    assert len(mail["From"].addresses) == 1
    head = paths[0].read_bytes().split(b"\r\n\r\n")[0]
    assert b"\nBcc" not in head.replace(b"\r", b"\n")
    assert "49" not in mail["Subject"] + mail.get_content()  # texts are no templates
    words_of(paths[1])  # the document opens


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_whatever_gets_into_the_headers(tmp_path: Path, text: str, note: str) -> None:
    paths = write_letter(hostile(text, note=note), tmp_path)
    assert set(mail_of(paths).keys()) == HEADERS


@pytest.mark.parametrize(
    "address",
    ["a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "no address", "a@b c", "",
     "a@b.example\x00"],
)  # fmt: skip
def test_address_that_is_none_is_refused(tmp_path: Path, address: str) -> None:
    if not address:
        assert mail_of(write_letter(hostile("A"), tmp_path, to=address))["To"] is None
        return
    with pytest.raises(InputError, match="is no address"):
        write_letter(hostile("A"), tmp_path, to=address)
    assert not list(tmp_path.iterdir())


def test_draft_can_name_whom_to_write_to(tmp_path: Path) -> None:
    mail = mail_of(write_letter(hostile("A"), tmp_path, to="chair@dc-a.example"))
    assert mail["To"] == "chair@dc-a.example"


def test_letters_are_the_same_bytes_each_time(found: Survey, tmp_path: Path) -> None:
    letter = letter_facts(found, "dc-cobblestones", "first-notice")
    one = [path.read_bytes() for path in write_letter(letter, tmp_path / "a")]
    two = [path.read_bytes() for path in write_letter(letter, tmp_path / "b")]
    assert one == two


def test_own_words_and_own_document_replace_the_programs(tmp_path: Path) -> None:
    own = tmp_path / "own"
    copied = {path.name for path in copy_templates(own)}
    assert copied >= {f"{kind}.txt" for kind in KINDS} | {"letter.docx"}
    (own / "first-notice.txt").write_text("Subject: Hello {{ coalition }}\n\nBy {{ deadline }}.\n")
    (own / "_object.txt").write_text("Write to us.\n")
    assert copy_templates(own) == []  # what is there is left alone
    frame = docx.Document()
    frame.add_paragraph("Own frame of {{ coalition }}, {{ deadline }}")
    frame.save(str(own / "repeat.docx"))
    first = write_letter(hostile("A & <B>"), tmp_path, templates=own)
    assert mail_of(first)["Subject"] == "Hello A & <B>"
    assert mail_of(first).get_content().strip() == "By 30 June 2022."
    again = write_letter(hostile("A & <B>", kind="repeat"), tmp_path, templates=own)
    assert words_of(again[1]) == "Own frame of A & <B>, 30 June 2022"
    assert "Write to us." in mail_of(again).get_content()
    with pytest.raises(MissingError, match="no such folder"):
        write_letter(hostile("A"), tmp_path, templates=tmp_path / "none")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Subject: A\n\n{{ nobody }}\n", "'nobody' is undefined"),
        ("Subject: A\n\n{{ coalition \n", "first-notice.txt: line 3"),
        ("Hello\n", "begin its first line with Subject:"),
        ("Subject: A\n\n{{ ''.__class__.__mro__[1].__subclasses__() }}\n", "unsafe"),
        ("Subject: A\n\n{{ findings.append('x') }}\n", "unsafe"),
        ("Subject: A\n\n{% include '../../secret.txt' %}\n", "secret"),
        ("Subject: A\n\n{% include '/etc/hostname' %}\n", "hostname"),
    ],
)
def test_template_that_cannot_be_filled_in_is_refused(
    tmp_path: Path, words: str, said: str
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (own / "first-notice.txt").write_text(words)
    with pytest.raises(TemplateError) as caught:
        write_letter(hostile("A"), tmp_path / "out", templates=own)
    assert said in str(caught.value)


def test_document_template_is_filled_in_a_sandbox() -> None:
    for text in ("{{ ''.__class__.__mro__ }}", "{{ nobody }}", "{{ open"):
        frame, buffer = docx.Document(), io.BytesIO()
        frame.add_paragraph(text)
        frame.save(buffer)
        with pytest.raises(TemplateError):
            fill_document(buffer.getvalue(), {}, name="own.docx")
    with pytest.raises(TemplateError):
        fill_document(b"no document", {}, name="own.docx")


def test_command_refuses_another_kind(source: Path, tmp_path: Path) -> None:
    args = ("cases", "letter", source, "dc-cobblestones", "--out", tmp_path)
    assert "none of first-notice" in run(*args, "--kind", "threat", code=2).err
    assert "nothing for a letter" in run(*args, "--kind", "breach", code=1).err


def test_hostile_registry_makes_a_harmless_letter(tmp_path: Path) -> None:
    folder = tmp_path / "source"
    shutil.copytree(DEMO / "dc-cobblestones", folder / "dc-cobblestones")
    (folder / "coalitions.toml").write_text(
        '[body]\nname = "Forum\\r\\nBcc: all@lists.example"\naddresses = ["s@forum.example"]\n'
        '[[coalition]]\nslug = "dc-cobblestones"\nname = "C\\r\\nBcc: all@lists.example\\r\\n"\n'
        '[[coalition.list]]\naddress = "c@lists.example"\nretrieved = 2022-03-31\n'
        'archives = ["dc-cobblestones/*.mbox"]\n'
    )
    ledger = tmp_path / "cases.sqlite"
    at = ("--ledger", ledger, "--quiet")
    run("cases", "open", folder, "dc-cobblestones", "--note", "x\r\nBcc: y@z.example", *at)
    run("cases", "record", "dc-cobblestones", "notice_sent", "--on", "2022-04-04",
        "--note", "x\r\nBcc: y@z.example", *at)  # fmt: skip
    out = tmp_path / "letters"
    run("cases", "letter", folder, "dc-cobblestones", "--kind", "reminder", "--out", out, *at)
    mail = mail_of([out / "dc-cobblestones-reminder.eml"])
    assert set(mail.keys()) == HEADERS
    assert mail["Subject"] == ("C Bcc: all@lists.example: reminder, please answer by 3 July 2022")
