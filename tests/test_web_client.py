from __future__ import annotations

import datetime as dt
import ipaddress
import json
import pickle
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import asdict
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dcactivity.web.client import WebClient
from dcactivity.web.download import Validators, download
from dcactivity.web.failures import Failure, FetchError
from dcactivity.web.guard import is_public, public_addresses
from dcactivity.web.limits import Limits
from tests.servers.clock import TurnedClock
from tests.servers.loopback import Reply, Site, serving

QUICK = Limits(connect_seconds=2, read_seconds=2, answer_seconds=4, file_bytes=100_000)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as running:
        yield running


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def client(clock: TurnedClock) -> Iterator[WebClient]:
    with WebClient(allow_private=True, limits=QUICK, clock=clock) as made:
        yield made


def failure(client: WebClient, url: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        client.page(url)
    return caught.value


# Addresses


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.43.8", True),
        ("2606:2800:220:1::1", True),
        ("64:ff9b::c000:2b08", True),  # NAT64 of 192.0.43.8
        ("127.0.0.1", False),
        ("127.9.9.9", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),  # where clouds keep their secrets
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::1", False),  # 6to4 of 127.0.0.1
        ("not an address", False),
    ],
)
def test_only_addresses_of_the_public_internet_are_public(address: str, expected: bool) -> None:
    assert is_public(address) is expected


def test_a_host_with_one_private_address_among_public_ones_is_refused() -> None:
    with pytest.raises(FetchError) as caught:
        public_addresses("x.example", 80, resolver=lambda *_: ["192.0.43.8", "10.0.0.1"])
    assert caught.value.kind is Failure.ADDRESS
    assert "10.0.0.1" in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"])
def test_loopback_is_refused_in_every_spelling(site: Site, clock: TurnedClock, host: str) -> None:
    with WebClient(limits=QUICK, clock=clock) as strict:
        found = failure(strict, f"http://{host}:{site.port}/")
    assert found.kind in {Failure.ADDRESS, Failure.UNREACHABLE}
    assert site.seen == []


def test_a_name_that_changes_its_answer_is_connected_to_at_the_checked_address(
    site: Site, clock: TurnedClock
) -> None:
    answers = iter([["192.0.2.1", "127.0.0.1"], ["127.0.0.1"]])
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    with WebClient(limits=QUICK, clock=clock, resolver=rebinding) as strict:
        assert failure(strict, f"http://x.example:{site.port}/").kind is Failure.ADDRESS
    assert site.seen == []
    assert asked == ["x.example"]  # one look-up, and its answer is what is used


def test_the_name_stays_in_the_request_though_the_address_is_connected_to(
    site: Site, clock: TurnedClock
) -> None:
    site.pages["/"] = Reply(b"here")
    resolver = lambda *_: ["127.0.0.1"]  # noqa: E731
    with WebClient(allow_private=True, limits=QUICK, clock=clock, resolver=resolver) as client:
        assert client.page(f"http://lists.example:{site.port}/").body == b"here"
    assert site.seen[-1].headers["host"] == f"lists.example:{site.port}"


def test_a_redirect_to_a_private_address_is_refused(site: Site, clock: TurnedClock) -> None:
    # The first host is public by name, and stands on loopback for the test alone.
    site.pages["/"] = Reply(status=302, headers={"Location": "http://inner.example/secret"})
    names = {"outer.example": ["127.0.0.1"], "inner.example": ["10.0.0.7"]}

    class Guarded(WebClient):
        pass

    with Guarded(allow_private=True, limits=QUICK, clock=clock) as client:
        client.resolver = lambda host, _: names[host]
        backend = client._http._transport._pool._network_backend
        backend._resolver = client.resolver
        real = backend.connect_tcp

        def connect(host: str, port: int, *rest: object, **more: object) -> object:
            backend._allow_private = host == "outer.example"
            return real(host, port, *rest, **more)

        backend.connect_tcp = connect
        found = failure(client, f"http://outer.example:{site.port}/")
    assert found.kind is Failure.ADDRESS
    assert "inner.example is at 10.0.0.7" in str(found)


@pytest.mark.parametrize(
    "url",
    ["ftp://x.example/", "file:///etc/passwd", "//x.example/", "http:///x", "x.example/list",
     "http://user:word@x.example/", "http://x.example:99999/", "javascript:alert(1)", ""],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused_before_any_request(
    client: WebClient, url: str
) -> None:
    assert failure(client, url).kind is Failure.SCHEME
    assert client.requests == 0


# Manners


def test_each_request_names_program_version_and_contact(site: Site, clock: TurnedClock) -> None:
    site.pages["/"] = Reply(b"x")
    contact = "secretariat@forum.example"
    with WebClient(contact=contact, allow_private=True, clock=clock) as client:
        client.page(site.url + "/")
    for seen in site.seen:
        assert seen.headers["user-agent"].startswith("dcactivity/")
        assert contact in seen.headers["user-agent"]
        assert seen.headers["from"] == contact


def test_a_contact_cannot_smuggle_header_fields(site: Site, clock: TurnedClock) -> None:
    site.pages["/"] = Reply(b"x")
    contact = "a@b.example\r\nX-Evil: 1"
    with WebClient(contact=contact, allow_private=True, clock=clock) as client:
        client.page(site.url + "/")
    assert "x-evil" not in site.seen[-1].headers


def test_one_host_is_asked_once_a_second(
    client: WebClient, site: Site, clock: TurnedClock
) -> None:
    site.pages["/"] = Reply(b"x")
    for _ in range(3):
        client.page(site.url + "/")
    assert client.requests == len(site.seen) == 4  # robots.txt first
    assert clock.waits == pytest.approx([1.0, 1.0, 1.0], abs=1e-4)


def test_robots_txt_is_asked_once_and_obeyed(client: WebClient, site: Site) -> None:
    rules = b"User-agent: *\nDisallow: /private/\nUser-agent: dcactivity\nDisallow: /ours/\n"
    site.pages["/robots.txt"] = Reply(rules)
    site.pages["/private/x"] = site.pages["/ours/x"] = Reply(b"x")
    assert client.page(site.url + "/private/x").body == b"x"
    assert failure(client, site.url + "/ours/x").kind is Failure.ROBOTS
    assert [seen.path for seen in site.seen] == ["/robots.txt", "/private/x"]


def test_crawl_delay_makes_the_waits_longer(
    client: WebClient, site: Site, clock: TurnedClock
) -> None:
    site.pages["/robots.txt"] = Reply(b"User-agent: *\nCrawl-delay: 7\n")
    site.pages["/"] = Reply(b"x")
    client.page(site.url + "/")
    client.page(site.url + "/")
    assert clock.waits[-1] == pytest.approx(7.0, abs=1e-4)


def test_a_host_whose_robots_txt_cannot_be_had_is_left_alone(
    client: WebClient, site: Site
) -> None:
    site.pages["/robots.txt"] = Reply(status=500)
    site.pages["/"] = Reply(b"x")
    assert failure(client, site.url + "/").kind is Failure.SERVER
    assert site.paths == []


def test_after_503_the_time_of_retry_after_is_waited(
    client: WebClient, site: Site, clock: TurnedClock
) -> None:
    site.pages["/"] = Reply(b"x")
    site.once["/"] = [Reply(status=503, headers={"Retry-After": "40"})]
    assert client.page(site.url + "/").body == b"x"
    assert max(clock.waits) == pytest.approx(40.0, abs=1e-4)


def test_retry_after_may_be_an_instant(client: WebClient, site: Site, clock: TurnedClock) -> None:
    site.pages["/"] = Reply(b"x")
    later = format_datetime(clock.at.astimezone(dt.UTC) + dt.timedelta(seconds=91), usegmt=True)
    site.once["/"] = [Reply(status=429, headers={"Retry-After": later})]
    client.page(site.url + "/")
    assert sum(clock.waits) == pytest.approx(91.0, abs=1.0)


def test_a_host_that_asks_to_wait_for_an_hour_is_left_alone_for_the_rest_of_the_run(
    client: WebClient, site: Site, clock: TurnedClock
) -> None:
    site.pages["/"] = Reply(status=429, headers={"Retry-After": "3600"})
    assert failure(client, site.url + "/").kind is Failure.BUSY
    assert failure(client, site.url + "/other").kind is Failure.BUSY
    assert site.paths == ["/"]
    assert sum(clock.waits) < 10


def test_waits_double_and_attempts_end(client: WebClient, site: Site, clock: TurnedClock) -> None:
    site.pages["/"] = Reply(status=502)
    assert failure(client, site.url + "/").kind is Failure.SERVER
    assert site.paths == ["/"] * 4
    assert clock.waits[1:] == pytest.approx([2.0, 4.0, 8.0], abs=1e-4)


def test_not_found_is_not_asked_twice(client: WebClient, site: Site) -> None:
    assert client.page(site.url + "/gone").status == 404
    assert site.paths == ["/gone"]


# Redirects


def test_where_permanent_redirects_lead_is_told(client: WebClient, site: Site) -> None:
    site.pages["/old"] = Reply(status=301, headers={"Location": "/new"})
    site.pages["/temporary"] = Reply(status=302, headers={"Location": "/new"})
    site.pages["/new"] = Reply(b"x")
    assert client.page(site.url + "/old").moved_to == site.url + "/new"
    assert client.page(site.url + "/temporary").moved_to is None
    assert client.page(site.url + "/temporary").url == site.url + "/new"
    assert client.page(site.url + "/new").moved_to is None


def test_a_redirect_in_circles_ends(client: WebClient, site: Site) -> None:
    site.pages["/a"] = Reply(status=302, headers={"Location": "/b"})
    site.pages["/b"] = Reply(status=302, headers={"Location": "/a"})
    assert failure(client, site.url + "/a").kind is Failure.REDIRECT
    assert site.paths == ["/a", "/b"]


def test_a_redirect_without_end_ends(client: WebClient, site: Site) -> None:
    for n in range(20):
        site.pages[f"/{n}"] = Reply(status=302, headers={"Location": f"/{n + 1}"})
    assert failure(client, site.url + "/0").kind is Failure.REDIRECT
    assert len(site.paths) == 6  # the first and five redirects


def test_a_redirect_to_a_file_is_refused(client: WebClient, site: Site) -> None:
    site.pages["/"] = Reply(status=302, headers={"Location": "file:///etc/passwd"})
    assert failure(client, site.url + "/").kind is Failure.SCHEME


# Limits


def test_a_page_beyond_the_limit_is_too_large(clock: TurnedClock, site: Site) -> None:
    site.pages["/"] = Reply(b"x" * 5000)
    limits = Limits(page_bytes=4999)
    with WebClient(allow_private=True, limits=limits, clock=clock) as client:
        assert failure(client, site.url + "/").kind is Failure.TOO_LARGE


def test_a_page_that_unpacks_to_a_bomb_is_too_large(clock: TurnedClock, site: Site) -> None:
    import gzip

    bomb = gzip.compress(b"\x00" * 1_000_000)
    site.pages["/"] = Reply(bomb, headers={"Content-Encoding": "gzip"})
    with WebClient(allow_private=True, limits=Limits(page_bytes=100_000), clock=clock) as client:
        assert failure(client, site.url + "/").kind is Failure.TOO_LARGE


def test_a_server_that_drips_bytes_is_given_up(clock: TurnedClock, site: Site) -> None:
    # Each byte comes within the time-out of a read; only the whole takes too long.
    site.pages["/"] = Reply(b"0123456789", pause=0.15)
    limits = Limits(read_seconds=1, answer_seconds=0.4, attempts=1)
    with WebClient(allow_private=True, limits=limits, clock=clock) as client:
        assert failure(client, site.url + "/").kind is Failure.SLOW


def test_a_server_that_drips_header_fields_is_given_up(clock: TurnedClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        limits = Limits(read_seconds=1, answer_seconds=0.4, attempts=1)
        with WebClient(allow_private=True, limits=limits, clock=clock) as client:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            assert failure(client, url).kind is Failure.SLOW
        stop.set()
        thread.join(5)


@pytest.mark.parametrize("field", [b"x" * 4096, b"X: y\r\n" * 512], ids=["line", "fields"])
def test_a_head_without_end_is_given_up(clock: TurnedClock, field: bytes) -> None:
    sent = 0
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def pour() -> None:
            nonlocal sent
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while sent < 1 << 28:
                    try:
                        connection.sendall(field)
                    except OSError:
                        return
                    sent += len(field)

        thread = threading.Thread(target=pour, daemon=True)
        thread.start()
        with WebClient(allow_private=True, limits=Limits(attempts=1), clock=clock) as client:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            assert failure(client, url).kind is Failure.CUT
        thread.join(5)
    assert sent < 1 << 24  # what lies in buffers included


def test_a_server_that_is_not_there_is_not_reached(client: WebClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert failure(client, f"http://127.0.0.1:{port}/").kind is Failure.UNREACHABLE


def test_a_failure_survives_a_process_border() -> None:
    error = FetchError(Failure.BUSY, "status 429", url="http://x.example/", wait_seconds=3.0)
    again = pickle.loads(pickle.dumps(error))
    assert (again.kind, str(again), again.wait_seconds) == (error.kind, str(error), 3.0)


@pytest.mark.parametrize(
    ("charset", "expected"),
    [
        ("iso-8859-1", "caf\xe9"),
        ("KOI8-R", "caf\u0418"),
        ("punycode", "caf\ufffd"),
        ("", "caf\ufffd"),
    ],
)
def test_a_page_is_decoded_by_a_charset_that_pages_use(
    client: WebClient, site: Site, charset: str, expected: str
) -> None:
    site.pages["/"] = Reply(b"caf\xe9", kind=f"text/html; charset={charset}")
    assert client.page(site.url + "/").text == expected


@pytest.mark.parametrize("text", ["soon", "-5", "Mon, 99 Foo 2022", "1e9", "9" * 400, ""])
def test_a_retry_after_that_says_nothing_is_passed_over(
    client: WebClient, site: Site, text: str
) -> None:
    site.pages["/"] = Reply(b"x")
    site.once["/"] = [Reply(status=503, headers={"Retry-After": text})]
    assert client.page(site.url + "/").body == b"x"


# TLS


def certificate(folder: Path, *, name: str, days: int) -> tuple[Path, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    end = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name[0].isdigit():
        names = [x509.IPAddress(ipaddress.ip_address(name))]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - dt.timedelta(days=30))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return file, server


@pytest.mark.parametrize(
    ("name", "days", "trusted", "kind"),
    [
        ("127.0.0.1", 10, True, None),
        ("127.0.0.1", 10, False, Failure.CERTIFICATE),
        ("127.0.0.1", -1, True, Failure.CERTIFICATE),
        ("other.example", 10, True, Failure.CERTIFICATE),
    ],
)
def test_certificates_are_verified(
    tmp_path: Path, clock: TurnedClock, name: str, days: int, trusted: bool, kind: Failure | None
) -> None:
    file, server = certificate(tmp_path, name=name, days=days)
    context = ssl.create_default_context(cafile=str(file) if trusted else None)
    site = Site()
    site.pages["/"] = Reply(b"secret")
    wrap = lambda sock: server.wrap_socket(sock, server_side=True)  # noqa: E731
    with (
        serving(site, wrap=wrap),
        WebClient(allow_private=True, limits=QUICK, clock=clock, ssl_context=context) as client,
    ):
        url = f"https://127.0.0.1:{site.port}/"
        if kind is None:
            assert client.page(url).body == b"secret"
        else:
            assert failure(client, url).kind is kind
            assert site.seen == []


def test_a_redirect_from_https_to_http_is_refused(tmp_path: Path, clock: TurnedClock) -> None:
    file, server = certificate(tmp_path, name="127.0.0.1", days=10)
    context = ssl.create_default_context(cafile=str(file))
    site = Site()
    site.pages["/"] = Reply(status=301, headers={"Location": "http://127.0.0.1/"})
    wrap = lambda sock: server.wrap_socket(sock, server_side=True)  # noqa: E731
    with (
        serving(site, wrap=wrap),
        WebClient(allow_private=True, limits=QUICK, clock=clock, ssl_context=context) as client,
    ):
        assert failure(client, f"https://127.0.0.1:{site.port}/").kind is Failure.DOWNGRADE


# Downloads


def test_a_file_that_did_not_change_is_not_sent_again(
    client: WebClient, site: Site, tmp_path: Path
) -> None:
    site.pages["/f"] = Reply(b"content")
    part = tmp_path / ".f.part"
    first = download(client, site.url + "/f", part)
    assert first.is_new
    assert part.read_bytes() == b"content"
    second = download(client, site.url + "/f", part, known=first.validators)
    assert not second.is_new
    assert second.validators == first.validators


def test_what_broke_off_is_gone_on_with(client: WebClient, site: Site, tmp_path: Path) -> None:
    content = bytes(range(256)) * 100
    site.pages["/f"] = Reply(content)
    site.once["/f"] = [Reply(content, cut=10_000)]
    part = tmp_path / ".f.part"
    assert download(client, site.url + "/f", part).is_new
    assert part.read_bytes() == content
    ranges = [seen.headers.get("range") for seen in site.seen[1:]]
    assert ranges[0] is None
    assert ranges[1] is not None
    assert list(tmp_path.iterdir()) == [part]


def test_the_next_run_goes_on_where_this_one_ended(site: Site, tmp_path: Path) -> None:
    content = bytes(range(256)) * 100
    part = tmp_path / ".f.part"
    site.pages["/f"] = Reply(content)
    site.once["/f"] = [Reply(content, cut=10_000)]
    once = Limits(attempts=1)
    with WebClient(allow_private=True, limits=once, clock=TurnedClock()) as client:
        with pytest.raises(FetchError) as caught:
            download(client, site.url + "/f", part)
        assert caught.value.kind is Failure.CUT
    size = part.stat().st_size
    assert 0 < size <= 10_000
    with WebClient(allow_private=True, limits=once, clock=TurnedClock()) as client:
        download(client, site.url + "/f", part)
    assert site.seen[-1].headers["range"] == f"bytes={size}-"
    assert part.read_bytes() == content


@pytest.mark.parametrize("begun", [False, True])
def test_a_link_laid_in_the_place_of_a_partial_file_is_not_followed(
    client: WebClient, site: Site, tmp_path: Path, begun: bool
) -> None:
    content = b"0123456789" * 100
    site.pages["/f"] = Reply(content)
    victim, part = tmp_path / "victim", tmp_path / ".f.part"
    validators = download(client, site.url + "/f", part).validators
    victim.write_bytes(content[:500])
    part.unlink()
    part.symlink_to(victim)
    memo = tmp_path / ".f.part.json"
    if begun:  # as though an earlier run had left it
        memo.write_text(json.dumps({"url": site.url + "/f", **asdict(validators)}))
    else:
        memo.symlink_to(victim)
    download(client, site.url + "/f", part)
    assert victim.read_bytes() == content[:500]
    assert not part.is_symlink()
    assert part.read_bytes() == content


def test_what_changed_in_between_is_fetched_anew(
    client: WebClient, site: Site, tmp_path: Path
) -> None:
    site.pages["/f"] = Reply(b"the new version")
    site.once["/f"] = [Reply(b"the old version" * 1000, cut=5000)]
    part = tmp_path / ".f.part"
    download(client, site.url + "/f", part)
    assert part.read_bytes() == b"the new version"


def test_without_a_version_nothing_is_gone_on_with(
    client: WebClient, site: Site, tmp_path: Path
) -> None:
    content = b"0123456789" * 100
    site.pages["/f"] = Reply(content, versioned=False)
    site.once["/f"] = [Reply(content, cut=500, versioned=False)]
    part = tmp_path / ".f.part"
    download(client, site.url + "/f", part)
    assert part.read_bytes() == content
    assert all("range" not in seen.headers for seen in site.seen)


def test_a_server_that_sends_another_range_is_not_believed(
    client: WebClient, site: Site, tmp_path: Path
) -> None:
    content = b"0123456789" * 100
    site.pages["/f"] = Reply(content)
    wrong = {"Content-Range": "bytes 0-499/1000", "ETag": '"x"'}
    site.once["/f"] = [Reply(content, cut=500), Reply(content[:500], 206, headers=wrong)]
    part = tmp_path / ".f.part"
    download(client, site.url + "/f", part)
    assert part.read_bytes() == content


def test_more_bytes_announced_than_sent_is_a_broken_answer(
    client: WebClient, site: Site, tmp_path: Path
) -> None:
    site.pages["/f"] = Reply(b"0123456789", length=20, versioned=False)
    with pytest.raises(FetchError) as caught:
        download(client, site.url + "/f", tmp_path / ".f.part")
    assert caught.value.kind is Failure.CUT
    assert list(tmp_path.iterdir()) == []


def test_a_file_beyond_the_limit_is_given_up(
    client: WebClient, site: Site, tmp_path: Path
) -> None:
    site.pages["/f"] = Reply(b"x" * 100_001)
    with pytest.raises(FetchError) as caught:
        download(client, site.url + "/f", tmp_path / ".f.part")
    assert caught.value.kind is Failure.TOO_LARGE
    assert list(tmp_path.iterdir()) == []


def test_a_weak_tag_does_not_name_a_version() -> None:
    assert Validators('W/"x"', "").same_version() == ""
    assert Validators('W/"x"', "some day").same_version() == "some day"
    assert Validators('"x"', "some day").same_version() == '"x"'
