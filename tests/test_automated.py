"""Automated mail by its header fields: every rule, every trap, and what a judgement costs."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dcactivity as dca
from dcactivity.archives.columns import RECORD_SCHEMA, Decoder
from dcactivity.archives.headers import HeaderBatch
from dcactivity.archives.marks import HUMAN, judge, rules, topic_of
from dcactivity.archives.text import TEXT_LIMIT
from dcactivity.messages.layout import SCHEMA_VERSION
from dcactivity.messages.read import opened
from dcactivity.messages.schema import MESSAGE_SCHEMA

SHARED = Path(__file__).resolve().parents[2] / "shared"
LABELS = Path(__file__).resolve().parents[1] / "benchmarks" / "automated_labels.csv"

JANE = "Jane Roe <jane@example.org>"


def reasons(*messages: dict[str, str]) -> list[str | None]:
    """Read messages as an archive gives them, and return their column `automated`."""
    batch = HeaderBatch()
    for number, fields in enumerate(messages):
        given_fields = {"From": JANE, "Date": "Thu, 31 Mar 2022 10:00:00 +0000", **fields}
        given_fields["Message-ID"] = f"<{number}@example.org>"
        text = "".join(f"{name}: {value}\n" for name, value in given_fields.items())
        batch.add(text.encode(), offset=0, size=1)
    found: list[str | None] = Decoder().decode(batch).column("automated").to_pylist()
    return found


# One message for each rule, by the order of the rules' file.
CASES: list[tuple[str | None, dict[str, str]]] = [
    # persons who write through software
    (None, {"X-GitLab-Note-ID": "7", "X-GitLab-Project": "p", "Auto-Submitted": "auto-generated"}),
    (None, {"X-Discourse-Post-Id": "9", "Auto-Submitted": "auto-generated"}),
    (None, {"X-Gerrit-MessageType": "comment", "From": '"Jane Roe (Code Review)" <g@x.example>'}),
    (
        None,
        {"From": '"Jane Roe (JIRA)" <jira@x.example>', "Subject": "[jira] [Commented] (X-1) a"},
    ),
    (None, {"From": "Jane Roe <notifications@github.com>", "Subject": "Re: [o/p] a (#1)"}),
    (
        None,
        {
            "X-Phabricator-Sent-This-Message": "Yes",
            "Subject": "[Maniphest] [Commented On] T1: a",
        },
    ),
    # flagged spam
    ("spam", {"X-Spam-Flag": "YES"}),
    ("spam", {"X-Spam-Status": "Yes, score=14.2 required=5.0 tests=A,\n\tB autolearn=no"}),
    ("spam", {"X-Bogosity": "Spam, tests=bogofilter, spamicity=1.000000"}),
    ("spam", {"X-DSPAM-Result": "Spam"}),
    ("spam", {"X-CRM114-Status": "SPAM ( pR: -21.3 )"}),
    ("spam", {"X-Spamd-Result": "default: True [17.40 / 15.00];"}),
    ("spam", {"X-Barracuda-Spam-Flag": "YES"}),
    ("spam", {"Subject": "[dc-x] ***SPAM*** Cheap ink"}),
    # list administration
    ("moderation", {"Subject": "3 Dc-x moderator request(s) waiting"}),
    ("moderation", {"Subject": "Dc-x post from a@b.example requires approval"}),
    ("moderation", {"Subject": "Your message to Dc-x awaits moderator approval"}),
    ("moderation", {"Subject": "Request to mailing list Dc-x rejected"}),
    ("moderation", {"Subject": "New subscription request to list Dc-x from a@b.example"}),
    ("moderation", {"Subject": "MODERATE for dc-x@lists.example"}),
    ("list-admin", {"Subject": "lists.example mailing list memberships reminder"}),
    ("list-admin", {"Subject": "Dc-x subscription notification"}),
    ("list-admin", {"Subject": "Bounce action notification"}),
    ("list-admin", {"Subject": "You have been unsubscribed from the Dc-x mailing list"}),
    ("list-admin", {"Subject": "confirm 0123456789abcdef0123456789abcdef01234567"}),
    ("list-admin", {"Subject": "Mailing list removal confirmation notice for mailing list Dc-x"}),
    (
        "list-admin",
        {"From": "dc-x-request@l.example", "Subject": 'Welcome to the "Dc-x" mailing list'},
    ),
    ("list-admin", {"X-List-Administrivia": "yes"}),
    ("digest", {"From": "dc-x-request@l.example", "Subject": "Dc-x Digest, Vol 119, Issue 33"}),
    ("digest", {"Subject": "Dc-x digest, Vol 1 #345 - 4 msgs"}),
    ("digest", {"Subject": "dc-x-digest V1 #12"}),
    ("digest", {"Subject": "DC-X Digest - 3 Apr 2001 to 4 Apr 2001 (#2001-30)"}),
    ("digest", {"Subject": "dc-x Digest 12 Mar 2001 10:00:00 -0000 Issue 12"}),
    ("digest", {"Subject": "[dc-x] Digest Number 123"}),
    ("digest", {"Subject": "dc-x@groups.example Digest [#12]"}),
    ("list-admin", {"From": "dc-x-bounces@lists.example", "Subject": "Dc-x news"}),
    ("list-admin", {"From": "LISTSERV@lists.example", "Subject": "Output of your job"}),
    ("list-admin", {"From": "dc-x-help@lists.example", "Subject": "ezmlm warning"}),
    ("list-admin", {"From": "noreply@groups.io", "Subject": "New member"}),
    ("list-admin", {"From": "dc-x Group Notification <dc-x@g.example>", "Subject": "New member"}),
    # reports of mail servers
    ("receipt", {"Content-Type": 'multipart/report;\n report-type="disposition-notification"'}),
    ("bounce", {"Content-Type": "multipart/report; report-type=delivery-status; boundary=b"}),
    ("bounce", {"X-Failed-Recipients": "gone@example.org"}),
    ("bounce", {"From": "Mail Delivery System <MAILER-DAEMON@mail.example>", "Subject": "x"}),
    ("bounce", {"Subject": "Undelivered Mail Returned to Sender"}),
    ("bounce", {"Subject": "Warning: message 1aBc-000 delayed 24 hours"}),
    ("bounce", {"Subject": "Unzustellbar: Tagesordnung"}),
    ("bounce", {"From": "postmaster@mail.example", "Subject": "failure notice"}),
    # vacation notices
    ("auto-reply", {"Auto-Submitted": "auto-replied (vacation)"}),
    ("auto-reply", {"X-Autoreply": "yes"}),
    ("auto-reply", {"X-Autorespond": "Agenda"}),
    ("auto-reply", {"X-AutoReply-From": "jane@example.org"}),
    ("auto-reply", {"Subject": "Automatic reply: Agenda", "In-Reply-To": "<a@b.example>"}),
    ("auto-reply", {"Subject": "AUTO: Jane Roe is out of the office (returning 04/01/2022)"}),
    ("auto-reply", {"Subject": "Jane Roe is out of the office until 01/04/2022."}),
    ("auto-reply", {"Subject": "Out of Office AutoReply"}),
    ("auto-reply", {"Subject": "Automatische Antwort: Agenda"}),
    ("auto-reply", {"Subject": "Réponse automatique : Agenda"}),
    ("auto-reply", {"Subject": "Автоматический ответ: Agenda"}),
    ("auto-reply", {"Subject": "自动答复：Agenda"}),
    # trackers
    ("tracker", {"From": "bugzilla-daemon@bugs.example", "Subject": "[Bug 7] a"}),
    ("tracker", {"From": "bugs@x.example", "X-Bugzilla-Type": "changed"}),
    ("tracker", {"X-JIRA-FingerPrint": "0a1b2c"}),
    (
        "tracker",
        {"From": '"Jane Roe (JIRA)" <jira@x.example>', "Subject": "[jira] [Resolved] (X-1) a"},
    ),
    ("tracker", {"X-Trac-Project": "X"}),
    ("tracker", {"From": "X <trac@x.example>", "Subject": "Re: [X] #12: a"}),
    ("tracker", {"X-Redmine-Host": "x.example"}),
    ("tracker", {"From": "SourceForge.net <noreply@sourceforge.net>", "Subject": "a"}),
    ("tracker", {"From": "Debian Bug Tracking System <owner@b.example>", "Subject": "a"}),
    ("tracker", {"X-Phabricator-Sent-This-Message": "Yes", "Subject": "[Maniphest] [Closed] T1"}),
    ("tracker", {"From": "GitBox <git@x.example>", "Subject": "[GitHub] [p] jane opened #1"}),
    ("tracker", {"X-GitLab-Project": "p"}),
    # repositories
    ("repository", {"X-Git-Refname": "refs/heads/main"}),
    ("repository", {"Subject": "[SCM] X branch, master, updated. v1.0-3-g0a1b2c"}),
    ("repository", {"Subject": "[x] branch main updated (0a1b2c3 -> 4d5e6f7)"}),
    ("repository", {"Subject": "svn commit: r1234 - /x/trunk/a.c"}),
    ("repository", {"Subject": "r1234 - trunk/src"}),
    ("repository", {"X-SVN-Commit-Author": "jane"}),
    ("repository", {"X-Gerrit-MessageType": "merged", "From": "Jane <g@x.example>"}),
    ("repository", {"From": "GitHub <noreply@github.com>", "Subject": "[o/p] 0a1b2c: a"}),
    ("repository", {"From": "renovate[bot] <x@y.example>", "Subject": "a"}),
    ("repository", {"Subject": '[X Wiki] Update of "FrontPage" by JaneRoe'}),
    # builds
    ("ci", {"X-Jenkins-Job": "x"}),
    (
        "ci",
        {
            "From": "jenkins@x.example",
            "Subject": "[x] Build failed in Jenkins: x #12",
            "In-Reply-To": "<11@x.example>",
        },
    ),
    ("ci", {"Subject": "x - Build # 12 - Still Failing!"}),
    ("ci", {"Subject": "buildbot failure in X on linux"}),
    ("ci", {"Subject": "Still Failing: o/p#12 (main - 0a1b2c3)"}),
    ("ci", {"Subject": "[GUMP@vm]: Project x (in module y) failed"}),
    ("ci", {"From": "syzbot <syzbot+1a@x.example>", "Subject": "KASAN: a"}),
    ("ci", {"From": "kernel test robot <a@x.example>", "Subject": "Re: [PATCH] a"}),
    ("ci", {"From": "Jenkins CI <builds@x.example>", "Subject": "Nightly"}),
    ("ci", {"X-Cron-Env": "<SHELL=/bin/sh>"}),
    ("ci", {"From": "(Cron Daemon) <root@x.example>", "Subject": "Cron <root@x> backup"}),
    # calendars
    ("calendar", {"Content-Type": "text/calendar; method=REQUEST"}),
    ("calendar", {"Subject": "Invitation: Call @ Thu 31 Mar 2022 3pm - 4pm (UTC) (a@b.example)"}),
    ("calendar", {"From": "Google Calendar <calendar-notification@google.com>", "Subject": "a"}),
    ("calendar", {"Subject": "[dc-x] Monthly call - Thu, 03/31/2022 #cal-reminder"}),
    # services
    ("notification", {"From": "Jane <drive-shares-noreply@google.com>", "Subject": "Minutes"}),
    ("notification", {"From": "Facebook <update+x@facebookmail.com>", "Subject": "a"}),
    ("notification", {"From": "internet-drafts@ietf.org", "Subject": "I-D Action: draft-x-00"}),
    ("notification", {"From": "no-reply@x.example", "Subject": "a"}),
    # all else
    ("auto-generated", {"Auto-Submitted": "auto-generated"}),
]


def as_values(fields: dict[str, str]) -> dict[str, str]:
    """Put header fields the way `judge` takes them."""
    found = {name.lower(): " ".join(value.split()) for name, value in fields.items()}
    name, _, address = found.get("from", JANE).rpartition(" ")
    found["from"] = address.strip("<>").lower() + " " + name.strip('"')
    return found


def test_each_rule_tells_its_case() -> None:
    assert reasons(*(fields for _, fields in CASES)) == [reason for reason, _ in CASES]


def test_each_rule_has_a_case() -> None:
    known = [as_values(fields) for _, fields in CASES]
    for values in known:
        topic = topic_of(values.get("subject", ""))
        values.update({"topic": topic} if topic is not None else {})
    without = [rule for rule in rules() if not any(map(rule.applies, known))]
    assert without == []


def test_the_column_and_the_judgement_of_one_message_agree() -> None:
    for reason, fields in CASES:
        assert judge(as_values(fields)) == reason, fields


TRAPS = {
    "what every message of a list has": {
        "Precedence": "list",
        "List-Id": "<dc-x.lists.example>",
        "List-Unsubscribe": "<https://lists.example>",
        "Auto-Submitted": "no",
        "X-Auto-Response-Suppress": "All",
        "X-Mailman-Version": "2.1.29",
        "Sender": "dc-x-bounces@lists.example",
        "Errors-To": "dc-x-bounces@lists.example",
        "X-Spam-Flag": "NO",
        "X-Spam-Status": "No, score=-1.9 required=5.0 tests=YES_PLEASE",
        "Content-Type": "multipart/mixed; boundary=report",
    },
    "precedence of a busy list": {"Precedence": "junk"},
    "precedence of another": {"Precedence": "bulk"},
    "an answer to a vacation notice": {"Subject": "Re: Automatic reply: Agenda"},
    "the same with the list's tag": {"Subject": "[dc-x] Re: Automatic reply: Agenda"},
    "the same in German": {"Subject": "AW: Automatische Antwort: Agenda"},
    "the same with a count": {"Subject": "Re[2]: Automatic reply: Agenda"},
    "a bounce that somebody forwards": {
        "Subject": "Fwd: Undelivered Mail Returned to Sender",
        "Content-Type": "multipart/mixed; boundary=b",
    },
    "a question about a bounce": {"Subject": "Undelivered Mail Returned to Sender - why?"},
    "talk of the office": {"Subject": "Out of office next week"},
    "talk of vacation": {"Subject": "Vacation"},
    "a build failure that somebody asks about": {"Subject": "Fwd: Build failed in Jenkins: x #1"},
    "an answer to a build server, where pipermail dropped Re:": {
        "Subject": "[x] Build failed in Jenkins: x #1390",
        "In-Reply-To": "<1@jenkins.example>",
    },
    "an answer to a bug's mail": {"Subject": "[x] [Bug 258] Opening files fails"},
    "an answer to a Jira mail": {"Subject": "Re: [jira] [Created] (X-1) a"},
    "a person who writes on Jira's subject": {"Subject": "[jira] Created: (X-1) a"},
    "an answer to a digest": {"Subject": "Re: Dc-x Digest, Vol 119, Issue 33"},
    "an answer to a digest without Re:": {"Subject": "Dc-x Digest, Vol 119, Issue 33"},
    "an answer to an old digest": {"Subject": "Re: Dc-x digest, Vol 1 #345 - 4 msgs"},
    "a chair who welcomes": {"Subject": "Welcome to the DC-X mailing list"},
    "a list's owner": {"From": "Jane Roe <dc-x-owner@lists.example>", "Subject": "House rules"},
    "an address that the list rewrote": {
        "From": "Jane Roe <0000012a-dmarc-request@lists.example>",
        "Subject": "Agenda",
    },
    "a message whose From the list's software lost": {
        "From": "dc-x-bounces@lists.example",
        "Subject": "Re: [PATCH 05/12] a",
        "In-Reply-To": "<4@example.org>",
    },
    "patches": {"Subject": "[PATCH 3/7] a", "X-Mailer": "git-send-email 2.26.0"},
    "a subject that a filter at somebody's marked": {
        "Subject": "Re: *** GMX Spamverdacht *** Build failure"
    },
    "a marked subject, in an answer": {"Subject": "***SPAM*** Re: Agenda"},
    "the same, where pipermail dropped Re:": {
        "Subject": "[SPAM] Agenda",
        "In-Reply-To": "<4@example.org>",
    },
    "a postmaster": {"From": "Post Master <postmaster@example.org>", "Subject": "New server"},
    "a name that is a robot's elsewhere": {"From": "Tom Jenkins <tj@x.example>", "Subject": "CI"},
    "a person with no-reply address": {"From": "Jane Roe <noreply@x.example>", "Subject": "Call"},
    "an invitation in words": {"Subject": "Invitation: workshop on examples"},
    "an acceptance in words": {"Subject": "Accepted: our session at the yearly meeting"},
    "a redirect by a rule of Exchange": {
        "Auto-Submitted": "auto-generated",
        "X-MS-Exchange-Generated-Message-Source": "Mailbox Rules Agent",
    },
    "a mail that was forwarded by a program": {"Auto-Submitted": "auto-forwarded"},
    "a revision that somebody names": {"Subject": "r2000 - what next?"},
    "nothing at all": {"From": "", "Subject": ""},
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_human_message_stays_human(trap: str) -> None:
    assert reasons(TRAPS[trap]) == [None]


def test_a_mail_gateway_s_robots_are_no_persons() -> None:
    gitlab_bot = {"X-GitLab-Note-ID": "7", "From": "Security Bot <gitlab@x.example>"}
    assert reasons(
        {**gitlab_bot, "X-GitLab-Project": "p"},
        {"From": "dependabot[bot] <notifications@github.com>", "Subject": "Bump x"},
        {
            "From": '"Jenkins Builder (Code Review)" <g@x.example>',
            "X-Gerrit-MessageType": "comment",
        },
        {
            "From": '"ASF GitHub Bot (JIRA)" <jira@x.example>',
            "Subject": "[jira] [Work logged] (X-1)",
        },
    ) == ["tracker", "repository", "repository", "tracker"]


def test_every_vacation_phrase_is_known_in_any_case_and_behind_tags() -> None:
    phrases = [
        p for r in rules() if r.reason == "auto-reply" and r.key == "topic" for p in r.phrases
    ]
    colon = [p for p in phrases if not p.startswith(("is out", "auto: "))]
    assert len(colon) > 100
    found = reasons(
        *({"Subject": f"[dc-x] {phrase.capitalize()}: Agenda"} for phrase in colon),
        *({"Subject": f"{phrase.upper()}: Agenda"} for phrase in colon),
    )
    odd = [p for p, reason in zip(colon * 2, found, strict=True) if reason != "auto-reply"]
    # Their only use is without anything behind them.
    assert set(odd) <= {"vacation autoreply"}


def test_encoded_subjects_are_judged_decoded() -> None:
    assert reasons({"Subject": "=?utf-8?q?R=C3=A9ponse_automatique_=3A_Ordre_du_jour?="}) == [
        "auto-reply"
    ]


def test_field_names_may_be_written_anyhow() -> None:
    assert reasons({"x-SPAM-flag": "yes"}, {"AUTO-SUBMITTED": "Auto-Replied"}) == [
        "spam",
        "auto-reply",
    ]


def test_the_first_rule_that_holds_decides() -> None:
    assert reasons({"X-Spam-Flag": "YES", "Auto-Submitted": "auto-replied"}) == ["spam"]


@pytest.mark.parametrize(
    ("subject", "topic"),
    [
        ("Agenda", "Agenda"),
        ("[dc-x] Agenda", "Agenda"),
        ("[dc-x] [ext] Agenda", "Agenda"),
        ("[dc-x Agenda", "[dc-x Agenda"),
        ("Re: Agenda", None),
        ("[dc-x] WG: Agenda", None),
        ("RE：Agenda", None),
        ("Reply: Agenda", "Reply: Agenda"),
        ("", ""),
    ],
)
def test_topic(subject: str, topic: str | None) -> None:
    assert topic_of(subject) == topic


def test_the_rules_file_keeps_its_own_rules() -> None:
    fields = {"from", "subject", "topic", "in-reply-to"}
    for rule in rules():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.reason), rule
        assert rule.source, rule
        assert set(rule.phrases) == {phrase.lower() for phrase in rule.phrases}, rule
        assert rule.phrases or rule.key not in fields, rule
        for name, pattern in [*rule.match.items(), *rule.unless.items()]:
            assert name in fields or len(name) >= 7, rule
            assert not re.search(r"\(\?[=!<]|\\[1-9]|\{phrases\}", pattern), rule
    assert HUMAN in {rule.reason for rule in rules()}
    assert [k.name for k in MESSAGE_SCHEMA][12:15] == ["references", "automated", "list_fields"]
    assert "automated" in RECORD_SCHEMA.names


PIECES = [phrase for rule in rules() for phrase in rule.phrases]
PIECES += ["[dc-x] ", "Re: ", ": ", " ", "a", "Dc-x ", "-", "#1", " - failure", '"']
FIELDS = ["Subject", "X-Spam-Flag", "X-Spam-Status", "Content-Type", "Auto-Submitted"]


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(FIELDS),
            st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join),
        ),
        max_size=6,
    )
)
def test_the_quick_way_misses_nothing(messages: list[dict[str, str]]) -> None:
    assert reasons(*messages) == [judge(as_values(fields)) for fields in messages]


def test_hostile_values_take_no_time() -> None:
    pieces = ["[", "[]", "[a] ", "a ", "a@", '"', "- ", "(", " x post from ", "r1 - ", "/", "#1: "]
    pieces += [phrase + " " for rule in rules() for phrase in rule.phrases][::5]
    slowest = 0.0
    for piece in pieces:
        value = (piece * TEXT_LIMIT)[:TEXT_LIMIT]
        names = {name for rule in rules() for name in (*rule.match, *rule.unless)}
        values = dict.fromkeys(names, value)
        for rule in rules():
            times = []
            for _ in range(3):  # the first run compiles, and the machine has other work as well
                start = time.perf_counter()
                rule.applies({**values, "topic": value})
                times.append(time.perf_counter() - start)
            slowest = max(slowest, min(times))
    # A pattern that backtracks without bound takes hours at this length.
    assert slowest < 0.1


def test_a_store_and_the_scanner_hold_the_reason(tmp_path: Path) -> None:
    box = tmp_path / "dc-x.mbox"
    head = "From jane@example.org Thu Mar 31 10:00:00 2022\nFrom: jane@example.org (Jane Roe)\n"
    head += "Date: Thu, 31 Mar 2022 10:00:00 +0000\n"
    box.write_text(
        f"{head}Subject: Automatic reply: Agenda\nMessage-ID: <1@a.example>\n\nAway.\n\n"
        f"{head}Subject: Agenda\nMessage-ID: <2@a.example>\n\nHere it is.\n"
    )
    expected = {"1@a.example": "auto-reply", "2@a.example": None}
    for frame in (dca.scan_mbox(box), dca.read_messages(box)):
        found = frame.set_index("message_id")["automated"]
        assert {name: None if pd.isna(text) else text for name, text in found.items()} == expected


@pytest.mark.skipif(not (SHARED / "tools").is_dir(), reason="the simulator is not at hand")
@pytest.mark.parametrize("seed", [5, 6])
def test_the_truth_of_simulated_archives(tmp_path: Path, seed: int) -> None:
    tool = SHARED / "tools" / "simulate.py"
    source, truth = tmp_path / "source", tmp_path / "truth"
    subprocess.run(
        [sys.executable, tool, source, "--truth", truth, "--seed", str(seed), "--years", "4"],
        check=True,
    )
    messages = dca.read_messages(source)
    marked = messages[messages["automated"].notna()]
    months = marked["date"].dt.strftime("%Y-%m")
    found = Counter(zip(marked["coalition"], months, strict=True))
    with (truth / "monthly.csv").open() as file:
        expected = {
            (r["coalition"], r["month"]): int(r["automated"]) for r in csv.DictReader(file)
        }
    off = sum(abs(expected.get(key, 0) - found[key]) for key in expected.keys() | found.keys())
    assert off < 0.03 * sum(expected.values())
    with (truth / "messages.csv").open() as file:
        human = {r["message_id"] for r in csv.DictReader(file) if not r["automated"]}
    assert set(marked["message_id"]) & human == set()


@pytest.mark.skipif(not (SHARED / "corpus").is_dir(), reason="the real archives are not at hand")
def test_what_was_labelled_by_reading() -> None:
    with opened(SHARED / "corpus") as found:  # by header fields alone, as it is stored
        messages = found.messages(columns=["message_id", "automated"])
    digests = [hashlib.sha256(name.encode()).hexdigest()[:16] for name in messages["message_id"]]
    keys = zip(messages["coalition"], digests, strict=True)
    verdicts = dict(zip(keys, messages["automated"], strict=True))
    with LABELS.open() as file:
        labels = {(r["corpus"], r["message"]): r["label"] for r in csv.DictReader(file)}
    assert sum(key in verdicts for key in labels) > 600
    for key in labels.keys() & verdicts.keys():
        if labels[key] == "spam":
            continue  # real spam without a filter's mark: see test_spam.py
        assert pd.isna(verdicts[key]) == (labels[key] == "human"), key


def test_the_rows_order_in_a_batch_does_not_matter() -> None:
    cases = [fields for _, fields in CASES]
    shuffled = random.Random(7).sample(range(len(cases)), len(cases))
    found = dict(zip(shuffled, reasons(*(cases[i] for i in shuffled)), strict=True))
    assert [found[i] for i in range(len(cases))] == [reason for reason, _ in CASES]


def test_a_store_from_before_the_column_is_built_anew(tmp_path: Path) -> None:
    box, store = tmp_path / "dc-x.mbox", tmp_path / "store"
    box.write_text(
        "From jane@example.org Thu Mar 31 10:00:00 2022\nFrom: jane@example.org\n"
        "Date: Thu, 31 Mar 2022 10:00:00 +0000\nSubject: Autoreply: Agenda\n\nAway.\n"
    )
    dca.ingest(box, store)
    mark = store / "store.json"
    description = json.loads(mark.read_text())
    description["schema"] = 1
    mark.write_text(json.dumps(description))
    dca.ingest(box, store)
    assert json.loads(mark.read_text())["schema"] == SCHEMA_VERSION
    assert list(dca.read_messages(store)["automated"]) == ["auto-reply"]
