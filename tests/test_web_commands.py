"""The command ``fetch``, from the outside."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcactivity.cli.app import app
from tests.servers.loopback import Reply, Site, serving
from tests.servers.pipermail import Archive


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as running:
        yield running


@pytest.fixture
def folder(site: Site, tmp_path: Path) -> Path:
    archive = Archive()
    archive.add("2020-03-07", 1)
    root = archive.publish(site)
    (tmp_path / "coalitions.toml").write_text(
        '[body]\naddresses = ["desk@forum.example"]\n'
        '[[coalition]]\nslug = "dc-example"\n[[coalition.list]]\n'
        'address = "dc@lists.example"\narchives = ["dc-example/*"]\n'
        f'archive_url = "{site.url}{root}"\n'
        '[[coalition]]\nslug = "dc-other"\n[[coalition.list]]\n'
        'archive_url = "https://groups.io/g/other"\narchives = ["dc-other/*"]\n'
    )
    return tmp_path


def fetch(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["fetch", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_fetch_brings_files_and_guides(site: Site, folder: Path) -> None:
    code, out, err = fetch(str(folder), "--allow-private")
    assert code == 0
    assert (folder / "dc-example" / "2020-March.txt").is_file()
    assert "dc-example" in out
    assert "plan: 1 request to 1 host, 1 s at least" in err
    assert "other+owner@groups.io" in err
    assert site.seen[0].headers["from"] == "desk@forum.example"


def test_fetch_prints_rows_as_json(folder: Path) -> None:
    code, out, _ = fetch(str(folder), "--allow-private", "--json", "--coalition", "dc-example")
    rows = json.loads(out)
    assert code == 0
    assert [(row["coalition"], row["host"], row["new"]) for row in rows] == [
        ("dc-example", "Mailman 2", 1)
    ]


def test_a_dry_run_shows_the_plan_and_writes_nothing(site: Site, folder: Path) -> None:
    code, out, err = fetch(str(folder), "--allow-private", "--dry-run")
    assert code == 0
    assert "2020-March.txt" in out
    assert "after 2 for robots.txt and indexes" in err
    assert [path.name for path in folder.iterdir()] == ["coalitions.toml"]
    assert site.paths == ["/pipermail/dc-example/"]


def test_loopback_is_refused_without_the_option(site: Site, folder: Path) -> None:
    code, _, err = fetch(str(folder))
    assert code == 3
    assert "not a public address" in err
    assert "--allow-private" in err
    assert site.seen == []


def test_what_fails_ends_with_status_3(site: Site, folder: Path) -> None:
    site.pages["/pipermail/dc-example/2020-March.txt"] = Reply(b"<html><title>Oops</title>")
    code, _, err = fetch(str(folder), "--allow-private", "--quiet")
    assert code == 3
    assert "1 list could not be fetched whole" in err


def test_a_missing_registry_or_coalition_is_one_line(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from dcactivity.cli.app import main

    empty = tmp_path / "empty"
    empty.mkdir()
    for arguments, said in [
        ((str(empty),), "no such file"),
        ((str(folder), "--coalition", "dc-exampel"), "did you mean dc-example?"),
    ]:
        monkeypatch.setattr(sys, "argv", ["dcactivity", "fetch", *arguments, "--quiet"])
        with pytest.raises(SystemExit) as caught:
            main()
        lines = capsys.readouterr().err.strip().splitlines()
        assert caught.value.code == 1
        assert len(lines) == 1
        assert said in lines[0]
