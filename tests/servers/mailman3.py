"""A whole Mailman 3 on loopback: Core, Postorius and HyperKitty, as their authors ship them.

``python -m tests.servers.mailman3 install DIR`` makes a virtual environment for it; the tests
then find it by the environment variable ``DCACTIVITY_MAILMAN3``.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import smtplib
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import venv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGES = (
    "mailman>=3.3.10,<3.4",
    "postorius>=1.3.13,<1.4",
    "hyperkitty>=1.3.12,<1.4",
    "mailman-hyperkitty>=1.2.1",
    "mailman-web>=0.0.9",
    "sqlalchemy<2.1",  # Core 3.3.10 answers 500 for rosters with 2.1
    "whoosh",
)
DOMAIN = "lists.example"
_CORE = """
[mailman]
layout: here
default_language: en
site_owner: owner@{domain}
[paths.here]
var_dir: {var}
bin_dir: {bin}
log_dir: {var}/logs
lock_dir: {var}/locks
data_dir: {var}/data
cache_dir: {var}/cache
messages_dir: {var}/messages
archive_dir: {var}/archives
template_dir: {var}/templates
pid_file: {var}/master.pid
lock_file: {var}/locks/master.lck
[mta]
incoming: mailman.mta.null.NullMTA
outgoing: mailman.mta.deliver.deliver
lmtp_host: 127.0.0.1
lmtp_port: {lmtp}
smtp_host: 127.0.0.1
smtp_port: {smtp}
[webservice]
hostname: 127.0.0.1
port: {rest}
admin_user: restadmin
admin_pass: restpass
workers: 1
[archiver.hyperkitty]
class: mailman_hyperkitty.Archiver
enable: yes
clobber_date: never
configuration: {var}/hyperkitty.cfg
[runner.digest]
start: no
[runner.nntp]
start: no
[runner.retry]
start: no
[runner.bounces]
start: no
"""
_HYPERKITTY = "[general]\nbase_url: http://127.0.0.1:{web}/archives/\napi_key: key\n"
_SETTINGS = """
from mailman_web.settings.base import *
from mailman_web.settings.mailman import *
BASE_DIR = {var!r}
SECRET_KEY = "for tests alone"
DEBUG = False
ALLOWED_HOSTS = ["*"]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": {var!r} + "/web.db",
                          "OPTIONS": {{"timeout": 30}}}}}}
MAILMAN_REST_API_URL = "http://127.0.0.1:{rest}"
MAILMAN_ARCHIVER_KEY = "key"
MAILMAN_ARCHIVER_FROM = ("127.0.0.1",)
POSTORIUS_TEMPLATE_BASE_URL = "http://127.0.0.1:{web}"
HYPERKITTY_ENABLE_GRAVATAR = False
COMPRESS_ENABLED = False
COMPRESS_OFFLINE = False
COMPRESS_PRECOMPILERS = ()
STATIC_ROOT = {var!r} + "/static"
HAYSTACK_CONNECTIONS = {{"default": {{"ENGINE": "haystack.backends.whoosh_backend.WhooshEngine",
                                     "PATH": {var!r} + "/index"}}}}
Q_CLUSTER = {{"sync": True, "orm": "default", "timeout": 60, "retry": 120}}
LOGGING = {{"version": 1, "disable_existing_loggers": False}}
ROOT_URLCONF = "mailman_urls"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
"""
_URLS = """
from django.urls import include, path
urlpatterns = [
    path("mailman3/", include("postorius.urls")),
    path("archives/", include("hyperkitty.urls")),
    path("", include("django_mailman3.urls")),
    path("accounts/", include("allauth.urls")),
]
"""


def install(folder: Path) -> None:
    """Make a virtual environment with Mailman 3 in it."""
    venv.create(folder, with_pip=True, clear=True)
    command = [str(folder / "bin" / "pip"), "install", "-q", *PACKAGES]
    subprocess.run(command, check=True, timeout=900)


@dataclass
class Mailman3:
    """A running Mailman 3."""

    web: int
    rest: int
    lmtp: int
    folder: Path
    tool: Callable[..., object]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web}"

    def call(self, path: str, method: str = "GET", **data: object) -> dict[str, object]:
        """Ask Core's REST interface."""
        pairs = [
            (key, one)
            for key, value in data.items()
            for one in (value if isinstance(value, list) else [value])
        ]
        body = urllib.parse.urlencode(pairs).encode() if data else None
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.rest}/3.1/{path}", data=body, method=method
        )
        secret = base64.b64encode(b"restadmin:restpass").decode()
        request.add_header("Authorization", f"Basic {secret}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else {}

    def add_list(self, name: str, **settings: object) -> str:
        """Create a list; return its address."""
        address = f"{name}@{DOMAIN}"
        self.call("lists", "POST", fqdn_listname=address)
        defaults = {"default_nonmember_action": "accept", "max_message_size": "0"}
        self.call(f"lists/{address}/config", "PATCH", **(defaults | settings))
        return address

    def post(self, address: str, text: str) -> None:
        """Hand a message in by LMTP, as a mail server does."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as server:
            server.sendmail("ann@people.example", [address], text.encode())

    def synchronise(self) -> None:
        """Let HyperKitty take over the lists' settings, as its hourly job does."""
        self.tool("mailman_sync")


def free_ports(count: int) -> list[int]:
    """Find ports that nobody listens at."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextlib.contextmanager
def running(environment: Path, folder: Path) -> Iterator[Mailman3]:
    """Start everything, and stop it when the context ends."""
    web, rest, lmtp, smtp = free_ports(4)
    var = folder / "var"
    for one in ("logs", "locks", "data", "static"):
        (var / one).mkdir(parents=True, exist_ok=True)
    values = {"web": web, "rest": rest, "lmtp": lmtp, "smtp": smtp, "domain": DOMAIN}
    values |= {"var": str(var), "bin": str(environment / "bin")}
    (folder / "mailman.cfg").write_text(_CORE.format(**values))
    (var / "hyperkitty.cfg").write_text(_HYPERKITTY.format(**values))
    (folder / "mailman_settings.py").write_text(_SETTINGS.format(**values))
    (folder / "mailman_urls.py").write_text(_URLS)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST"))} | {
        "DJANGO_SETTINGS_MODULE": "mailman_settings",
        "PYTHONPATH": str(folder),
        "PYTHONWARNINGS": "ignore",
        "PATH": f"{environment / 'bin'}:{os.environ['PATH']}",
    }
    log = (folder / "log.txt").open("ab")

    def start(*command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip

    tool = str(environment / "bin" / "mailman-web")

    def manage(*command: str) -> None:
        subprocess.run(
            [tool, *command], env=env, cwd=folder, check=True, stdout=log, stderr=log, timeout=300
        )

    manage("migrate", "-v0")
    manage("collectstatic", "--noinput", "-v0")
    core = start(str(environment / "bin" / "master"), "-C", str(folder / "mailman.cfg"))
    site = start(tool, "runserver", "--noreload", "--insecure", f"127.0.0.1:{web}")
    made = Mailman3(web, rest, lmtp, folder, manage)
    try:
        wait_for(lambda: made.call("system/versions"), 120, core, site)
        made.call("domains", "POST", mail_host=DOMAIN)
        wait_for(lambda: urllib.request.urlopen(f"{made.url}/archives/", timeout=60), 120, site)
        wait_for(lambda: socket.create_connection(("127.0.0.1", lmtp)).close(), 120, core)
        yield made
    finally:
        for process in (site, core):
            process.terminate()
        for process in (site, core):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            if process.poll() is None:
                process.kill()
                process.wait()
        log.close()


def wait_for(ask: Callable[[], object], seconds: float, *alive: subprocess.Popen[bytes]) -> None:
    """Ask again and again until there is an answer."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            ask()
            return
        if time.monotonic() > end or any(one.poll() is not None for one in alive):
            raise TimeoutError
        time.sleep(0.3)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "install":
        raise SystemExit(__doc__)
    install(Path(sys.argv[2]))
