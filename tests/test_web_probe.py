from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from dcactivity.records.adding import add_observations
from dcactivity.registry import Registry
from dcactivity.web.answers import Page
from dcactivity.web.client import WebClient
from dcactivity.web.findings import Seen, archive_finding, subscription_finding
from dcactivity.web.freshness import newest_in_feed, newest_on_page
from dcactivity.web.hosts import Host, host_of_page, host_of_url
from dcactivity.web.pages import read_html
from dcactivity.web.probing import COLUMNS, probe_lists
from tests.command_line import run
from tests.servers import pages
from tests.servers.clock import TurnedClock
from tests.servers.loopback import Reply, Site, serving
from tests.servers.pipermail import Archive

DAY = dt.date(2022, 3, 20)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as running:
        yield running


def page(reply: Reply, url: str = "https://lists.example/x") -> Page:
    return Page(url, None, reply.status, reply.body)


def joining(reply: Reply, url: str = "https://lists.example/x") -> Seen:
    given = page(reply, url)
    found = read_html(given)
    return subscription_finding(given, found, host_of_page(given, found))


def reading(reply: Reply, url: str = "https://lists.example/x") -> Seen:
    given = page(reply, url)
    found = read_html(given)
    host = host_of_page(given, found)
    return archive_finding(given, found, host, DAY, newest_on_page(found, DAY))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://x.example/pipermail/dc/", Host.PIPERMAIL),
        ("http://x.example/mailman/listinfo/dc_x.example", Host.PIPERMAIL),
        ("https://x.example/mailman/private/dc/", Host.PIPERMAIL),
        ("https://x.example/archives/list/dc@x.example/", Host.HYPERKITTY),
        ("https://x.example/hyperkitty/list/dc@x.example/2022/3/", Host.HYPERKITTY),
        ("https://x.example/postorius/lists/dc.x.example/", Host.HYPERKITTY),
        ("https://groups.google.com/g/dc", Host.GOOGLE),
        ("https://groups.google.com/forum/#!forum/dc", Host.GOOGLE),
        ("https://groups.io/g/dc", Host.GROUPS_IO),
        ("https://org.groups.io/g/dc", Host.GROUPS_IO),
        ("http://x.example/wws/info/dc", Host.SYMPA),
        ("https://lists.x.example/sympa/arc/dc", Host.SYMPA),
        ("https://notgroups.io.example/g/dc", Host.STATIC),
        ("https://x.example/about", Host.STATIC),
        (None, Host.NONE),
        ("http://[", Host.STATIC),
    ],
)
def test_hosts_are_told_by_their_addresses(url: str | None, host: Host) -> None:
    assert host_of_url(url) is host


# Mailman 2


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("open", Seen("open", "a form to subscribe")),
        ("confirm", Seen("open", "a form to subscribe, confirmed by mail")),
        ("approval", Seen("conditional", "a moderator must approve each subscription")),
        ("both", Seen("conditional", "a moderator must approve each subscription")),
    ],
)
def test_mailman_2_says_how_one_subscribes(policy: str, expected: Seen) -> None:
    assert joining(pages.listinfo(policy)) == expected


def test_mailman_2_archives_are_told_apart() -> None:
    assert reading(pages.private_archive()).finding == "closed"
    assert "login form" in reading(pages.private_archive()).detail
    site, archive = Site(), Archive()
    archive.add("2022-03-07", 1)
    root = archive.publish(site)
    reply = site.pages[root]
    assert isinstance(reply, Reply)
    seen = reading(reply, f"https://lists.example{root}")
    assert (seen.finding, seen.detail[:7]) == ("open", "current")


def test_an_archive_that_stopped_is_told_from_a_current_one() -> None:
    site, archive = Site(), Archive()
    archive.add("2019-05-07", 1)
    root = archive.publish(site)
    reply = site.pages[root]
    assert isinstance(reply, Reply)
    seen = reading(reply, f"https://lists.example{root}")
    # From 31 May 2019 to 20 March 2022: 214 days of 2019, 366, 365, and 79 of 2022.
    assert seen == Seen("open", "stopped: the newest message is of 2019-05-31, 1024 days ago")


# groups.io, Google Groups, Sympa


@pytest.mark.parametrize(
    ("button", "finding"),
    [
        ("Join This Group", "open"),
        ("Apply For Membership In This Group", "conditional"),
        ("", "closed"),
    ],
)
def test_groups_io_shows_it_by_its_button(button: str, finding: str) -> None:
    url = "https://groups.io/g/dc-example"
    assert joining(pages.groups_io(button), url).finding == finding


def test_groups_io_archives_are_told_apart() -> None:
    url = "https://groups.io/g/dc-example"
    assert reading(pages.groups_io("Join This Group"), url).finding == "open"
    private = pages.groups_io("Join This Group", messages=False)
    assert reading(private, url).finding == "closed"


@pytest.mark.parametrize(
    ("state", "finding"),
    [("join", "open"), ("ask", "conditional"), ("none", "unknown"), ("members", "closed")],
)
def test_google_shows_it_by_its_button_and_not_by_its_scripts(state: str, finding: str) -> None:
    url = "https://groups.google.com/g/dc-example"
    assert joining(pages.google(state), url).finding == finding


def test_google_archives_are_told_apart() -> None:
    url = "https://groups.google.com/g/dc-example"
    assert reading(pages.google("join"), url) == Seen(
        "open", "current: the newest message is of 2022-03-07"
    )
    assert reading(pages.google("members"), url).finding == "closed"
    signin = pages.html("Sign in to continue", title="Sign in - Google Accounts")
    assert reading(signin, "https://accounts.google.com/ServiceLogin").finding == "closed"


def test_sympa_shows_it_by_its_menu() -> None:
    url = "https://lists.example/wws/info/dc-example"
    assert joining(pages.sympa(subscribe=False, archive=True), url).finding == "closed"
    seen = joining(pages.sympa(subscribe=True, archive=True), url)
    assert seen.finding == "unknown"
    assert "does not show whether an owner must approve" in seen.detail


def test_sympa_archives_are_told_apart() -> None:
    url = "https://lists.example/wws/arc/dc-example"
    assert reading(pages.sympa_archive("2022-01", "2022-03"), url).detail.startswith("current")
    assert reading(pages.sympa_archive("2020-01"), url).detail.startswith("stopped")
    assert reading(pages.sympa_archive(), url).finding == "open"
    login = pages.html(
        '<form action="/wws"><input name=email><input type=password name=passwd></form>'
        "Powered by Sympa",
        title="Login",
    )
    assert reading(login, url).finding == "closed"


# Static pages


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        ('<a href="mailto:dc-join@x.example">write here</a>', "open"),
        ('<a href="mailto:dc@x.example?subject=subscribe">write here</a>', "open"),
        ('<form action="/s"><input name=mail></form>Subscribe here.', "open"),
        ("Membership is by invitation only.", "closed"),
        ("Participation is by invitation.", "closed"),
        ("Requests to join are approved by the chair.", "conditional"),
        ("Members are admitted on request.", "conditional"),
        ("Subscription requires approval. Subscribe here.", "conditional"),
        ("We love birds.", "unknown"),
    ],
)
def test_static_pages_are_read_by_their_sentences(body: str, finding: str) -> None:
    assert joining(pages.html(body)).finding == finding


def test_a_static_archive_is_read_by_its_links() -> None:
    index = pages.html('<a href="msg00012.html">Hello</a> 7 March 2022')
    assert reading(index) == Seen("open", "current: the newest message is of 2022-03-07")
    assert reading(pages.html("We love birds.")).finding == "unknown"


@pytest.mark.parametrize(
    ("status", "finding"),
    [(404, "unreachable"), (410, "unreachable"), (401, "closed"), (403, "closed"),
     (418, "unknown")],
)  # fmt: skip
def test_a_status_is_a_finding(status: int, finding: str) -> None:
    assert joining(pages.html("", status=status)).finding == finding
    assert reading(pages.html("", status=status)).finding == finding


# Days


def test_days_are_found_in_feeds_and_later_ones_not_believed() -> None:
    rss = (
        "<rss><channel><pubDate>Sat, 19 Mar 2022 10:00:00 +0000</pubDate>"
        "<item><pubDate>Mon, 07 Mar 2022 10:00:00 +0000</pubDate></item>"
        "<item><pubDate>Thu, 19 Jan 2038 10:00:00 +0000</pubDate></item>"
        "<item><pubDate>no date</pubDate></item></channel></rss>"
    )
    assert newest_in_feed(rss, DAY) == dt.date(2022, 3, 7)
    atom = "<feed><updated>2022-03-19</updated><entry><updated>2022-02-01T10:00:00Z</updated></entry></feed>"  # noqa: E501
    assert newest_in_feed(atom, DAY) == dt.date(2022, 2, 1)
    assert newest_in_feed("<feed></feed>", DAY) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("7 March 2022", dt.date(2022, 3, 7)),
        ("March 7, 2022", dt.date(2022, 3, 7)),
        ("Mar 7, 2022", dt.date(2022, 3, 7)),
        ("2022-03-07", dt.date(2022, 3, 7)),
        ("February 2022", dt.date(2022, 2, 28)),
        ("March 2022", DAY),  # the month is not over
        ("April 2022", None),
        ("30 February 2022", None),
        ("", None),
    ],
)
def test_days_are_found_in_words(body: str, expected: dt.date | None) -> None:
    assert newest_on_page(read_html(page(pages.html(body))), DAY) == expected


# The whole


def registry(folder: Path, *lists: str) -> Registry:
    text = '[[coalition]]\nslug = "dc-example"\n'
    for number, one in enumerate(lists):
        text += f'[[coalition.list]]\naddress = "l{number}@lists.example"\n{one}\n'
    (folder / "coalitions.toml").write_text(text, encoding="utf-8")
    return Registry.load(folder)


def probe(registry: Registry) -> pd.DataFrame:
    with WebClient(allow_private=True, clock=TurnedClock()) as client:
        return probe_lists(registry, client, DAY)


def test_a_probe_writes_observations(site: Site, tmp_path: Path) -> None:
    archive = Archive()
    archive.add("2022-03-07", 1)
    root = archive.publish(site)
    site.pages["/mailman/listinfo/dc-example"] = pages.listinfo("approval")
    table = probe(registry(tmp_path, f'archive_url = "{site.url}{root}"'))
    assert tuple(table.columns) == COLUMNS
    assert table[
        ["coalition", "list", "principle", "finding", "seen", "source"]
    ].to_numpy().tolist() == [
        ["dc-example", "l0@lists.example", "archive", "open", "2022-03-20", "probe"],
        ["dc-example", "l0@lists.example", "mailing_list", "conditional", "2022-03-20", "probe"],
    ]
    # The index names the list's page, which is asked for in English.
    assert table["url"].tolist() == [
        site.url + root, f"{site.url}/mailman/listinfo/dc-example?language=en",
    ]  # fmt: skip
    assert table["digest"].str.fullmatch("sha256:[0-9a-f]{64}").all()
    assert table["id"].is_unique


def test_the_page_of_a_list_leads_to_its_archive(site: Site, tmp_path: Path) -> None:
    site.pages["/mailman/listinfo/dc-example"] = pages.listinfo("open", private=True)
    site.pages["/mailman/private/dc-example/"] = pages.private_archive()
    table = probe(registry(tmp_path, f'subscribe_url = "{site.url}/mailman/listinfo/dc-example"'))
    assert table[["principle", "finding"]].to_numpy().tolist() == [
        ["archive", "closed"],
        ["mailing_list", "open"],
    ]


def test_what_cannot_be_reached_is_a_finding_and_others_go_on(site: Site, tmp_path: Path) -> None:
    site.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /secret\n")
    site.pages["/fine"] = pages.html('<a href="mailto:dc-join@x.example">join</a>')
    table = probe(
        registry(
            tmp_path,
            f'archive_url = "{site.url}/gone"',
            f'archive_url = "{site.url}/secret"',
            'archive_url = "ftp://x.example/dc"',
            f'subscribe_url = "{site.url}/fine"',
            "",
        )
    )
    assert table[["list", "principle", "finding"]].to_numpy().tolist() == [
        ["l0@lists.example", "archive", "unreachable"],
        ["l1@lists.example", "archive", "unknown"],
        ["l2@lists.example", "archive", "unknown"],
        ["l3@lists.example", "mailing_list", "open"],
    ]
    assert table["digest"].tolist()[1] == ""


def test_an_empty_registry_gives_an_empty_table_with_its_columns(tmp_path: Path) -> None:
    table = probe(registry(tmp_path))
    assert table.empty
    assert tuple(table.columns) == COLUMNS
    assert all(dtype == "str" for dtype in table.dtypes)


def test_the_command_writes_what_it_saw_beside_the_registry(site: Site, tmp_path: Path) -> None:
    site.pages["/mailman/listinfo/dc-example"] = pages.listinfo("open")
    registry(tmp_path, f'subscribe_url = "{site.url}/mailman/listinfo/dc-example"')
    asked = ("principles", tmp_path, "--as-of", "2030-01-01", "--json")
    done = run("principles", tmp_path, "--probe", "--allow-private", "--as-of", "2099-12-31")
    assert "observations added to" in done.err
    file = tmp_path / "observations.csv"
    rows = pd.read_csv(file)
    subscribing = rows[rows["principle"] == "mailing_list"].iloc[0]
    assert (subscribing["source"], subscribing["finding"]) == ("probe", "open")
    assert str(subscribing["url"]).startswith(site.url)
    # Looked at once more on the same day, the same page adds nothing.
    before = file.read_text()
    run("principles", tmp_path, "--probe", "--allow-private", "--as-of", "2099-12-31")
    assert file.read_text() == before
    # Without --probe nothing is asked of the web.
    count = len(site.seen)
    run(*asked)
    assert len(site.seen) == count


def test_observations_are_added_below_those_of_people(tmp_path: Path) -> None:
    file = tmp_path / "observations.csv"
    head = "id,coalition,list,principle,finding,seen,source"
    mine = f"{head}\nhand-1,dc-a,,archive,open,2022-01-01,person"
    file.write_text(mine)
    found = pd.DataFrame(
        {
            "id": ["hand-1", "new-1"],
            "coalition": "dc-a",
            "list": None,
            "principle": "archive",
            "finding": "closed",
            "seen": "2022-03-01",
            "source": "probe",
            "detail": "=cmd()",
        }
    )
    assert add_observations(tmp_path, found) == 1
    assert file.read_text() == f"{mine}\nnew-1,dc-a,,archive,closed,2022-03-01,probe\n"
    (tmp_path / "other").mkdir()
    assert add_observations(tmp_path / "other", found) == 2
    assert "'=cmd()" in (tmp_path / "other/observations.csv").read_text()
