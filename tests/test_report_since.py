"""What changed between two reports, and between two runs of one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pptx import Presentation

from dcactivity.report import changes
from tests.command_line import run


def box(path: Path, months: list[tuple[int, int]], writers: int = 3) -> None:
    """Write an mbox: in each (year, month) one message by each writer, answering the first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for year, month in months:
        first = f"{year}{month:02}.0@x.example"
        for who in range(writers):
            name = f"{year}{month:02}.{who}@x.example"
            reply = f"In-Reply-To: <{first}>\n" if who else ""
            lines.append(
                f"From w{who}@x.example Sat Jan  1 00:00:00 2022\n"
                f"From: Writer {'ABC'[who]} <w{who}@x.example>\n"
                f"Date: {10 + who} {'JanFebMarAprMayJunJulAugSepOctNovDec'[3 * month - 3 :][:3]} "
                f"{year} 12:00:00 +0000\nSubject: topic {year} {month}\n"
                f"Message-ID: <{name}>\n{reply}\nbody {name}\n\n"
            )
    path.write_text("".join(lines), encoding="utf-8")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    box(folder / "dc-fading" / "a.mbox", [(2019, 1), (2019, 6), (2020, 2)])
    box(folder / "dc-steady" / "a.mbox", [(2019, 1), (2020, 5), (2021, 5)])
    (folder / "coalitions.toml").write_text(
        "".join(
            f'[[coalition]]\nslug = "{slug}"\nname = "{name}"\nrecognised = 2018-01-01\n'
            f'[[coalition.list]]\naddress = "{slug}@l.example"\narchives = ["{slug}/*"]\n'
            "retrieved = 2021-12-31\n"
            for slug, name in (("dc-fading", "Fading"), ("dc-steady", "Steady"))
        ),
        encoding="utf-8",
    )
    return folder


# Three messages a time are not enough for the default policy, which asks for four.
LAX = ["--policy", "lax.toml"]


@pytest.fixture(autouse=True)
def _policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lax.toml").write_text(
        'name = "lax"\ntitle = "Three messages"\nsource = "test"\n[active]\nmin_messages = 3\n',
        encoding="utf-8",
    )


def test_since_prints_status_thresholds_and_archives(source: Path) -> None:
    run("report", source, *LAX, "--as-of", "2020-12-31", "--out", "before", "--quiet")
    box(source / "dc-steady" / "b.mbox", [(2021, 6)])
    done = run(
        "report", source, *LAX, "--as-of", "2021-12-31", "--out", "after",
        "--since", "before", "--quiet",
    )  # fmt: skip
    lines = done.out.splitlines()
    assert lines[0] == "Fading: active before, dormant now, since 10 February 2021"
    assert "Fading: active messages no longer met (3 before, 0 now; threshold 3)" in lines
    assert "Fading: coverage" not in done.out
    assert lines[-1] == "1 archive new: dc-steady: dc-steady/b.mbox"
    assert not [line for line in lines if line.startswith("Steady")]
    page = Path("after/index.html").read_text(encoding="utf-8")
    assert "Changed since the report of 31 December 2020" in page
    assert "1 archive new: dc-steady: dc-steady/b.mbox" in page
    deck = Presentation("after/slides.pptx")
    said = [s.text_frame.text for s in deck.slides[2].shapes if s.has_text_frame]
    assert any("Fading: active before, dormant now" in text for text in said)
    assert "Since the report of 31 December 2020" in said


def test_since_may_name_the_folder_that_is_written(source: Path) -> None:
    run("report", source, *LAX, "--as-of", "2020-12-31", "--out", "out", "--quiet")
    done = run(
        "report", source, *LAX, "--as-of", "2021-12-31", "--out", "out", "--since", "out", "-q"
    )
    assert done.out.startswith("Fading: active before, dormant now")


def test_nothing_has_changed_between_two_runs_on_the_same(source: Path) -> None:
    run("report", source, *LAX, "--as-of", "2020-12-31", "--out", "one", "--quiet")
    done = run(
        "report", source, *LAX, "--as-of", "2020-12-31", "--out", "two", "--since", "one", "-q"
    )
    assert done.out == "nothing has changed\n"


def test_another_policy_changed_and_missing_archives_and_coalitions_are_said(
    source: Path,
) -> None:
    run("report", source, *LAX, "--as-of", "2020-12-31", "--out", "one", "--quiet")
    box(source / "dc-steady" / "a.mbox", [(2019, 1)])
    (source / "dc-fading" / "a.mbox").rename(source / "dc-fading" / "c.mbox")
    box(source / "dc-third" / "a.mbox", [(2020, 11)])
    with (source / "coalitions.toml").open("a", encoding="utf-8") as file:
        file.write('[[coalition]]\nslug = "dc-third"\nname = "Third"\n[[coalition.list]]\n'
                   'address = "t@l.example"\narchives = ["dc-third/*"]\n')  # fmt: skip
    done = run("report", source, "--as-of", "2020-12-31", "--out", "two", "--since", "one", "-q")
    assert "the earlier report followed another policy (lax, digest" in done.out
    assert "Third: new, active" in done.out
    assert "1 archive changed: dc-steady: dc-steady/a.mbox" in done.out
    assert "1 archive no longer at hand: dc-fading: dc-fading/a.mbox" in done.out


def test_folder_without_a_report_is_refused_with_the_way_out(source: Path) -> None:
    done = run("report", source, "--out", "out", "--since", "nowhere", code=1)
    assert done.err.strip() == (
        "dcactivity: nowhere: holds no report; name a folder that dcactivity report --out has "
        "written"
    )
    assert not Path("out").exists()
    Path("broken").mkdir()
    Path("broken/run.json").write_text(json.dumps({"as_of": "2020-01-01"}), encoding="utf-8")
    assert (
        "holds no report" in run("report", source, "--out", "out", "--since", "broken", code=1).err
    )


def test_previous_needs_its_tables(source: Path) -> None:
    run("report", source, *LAX, "--as-of", "2020-12-31", "--out", "one", "--quiet")
    Path("one/reasons.csv").write_text("coalition,rule\n", encoding="utf-8")
    done = run("report", source, "--out", "two", "--since", "one", code=1)
    assert "one/reasons.csv: no column value, threshold, met; make the report anew" in done.err


def test_files_are_the_same_whoever_draws(source: Path, tmp_path: Path) -> None:
    from dcactivity.messages.read import opened
    from dcactivity.policy import Policy
    from dcactivity.report.drawing import drawing_processes
    from dcactivity.report.gather import report_on
    from dcactivity.report.write import write_report

    with opened(source) as found:
        report = report_on(found, policy=Policy.load("draft-2022"), as_of="2021-12-31")
    alone = write_report(report, tmp_path / "alone")
    with drawing_processes(1000) as executor:
        together = write_report(report, tmp_path / "together", executor=executor)
    assert [path.name for path in alone] == [path.name for path in together]
    for one, other in zip(alone, together, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_lines_of_changes_read_as_sentences() -> None:
    gone = changes.StatusChange("dc-a", "A", "DORMANT", None, None)
    new = changes.StatusChange("dc-b", "B", None, "ACTIVE", None)
    untold = changes.Crossing("dc-c", "C", "coverage", None, 40, 31, None)
    assert str(gone) == "A: dormant before, no longer reviewed"
    assert str(new) == "B: new, active"
    assert str(untold) == "C: coverage cannot be told now (unknown before, 40 now; threshold 31)"


def test_charts_begin_with_the_first_word_of_a_person(source: Path) -> None:
    from dcactivity.messages.read import opened
    from dcactivity.policy import Policy
    from dcactivity.report.gather import report_on

    box(source / "dc-steady" / "a.mbox", [(2020, 5)])
    early = source / "dc-steady" / "spam.mbox"
    early.write_text(
        "From r@x.example Sat Jan  1 00:00:00 2022\nFrom: Robot <mailman-bounces@x.example>\n"
        "Date: 1 Feb 2015 12:00:00 +0000\nSubject: x.example mailing list memberships reminder\n"
        "Message-ID: <robot@x.example>\nPrecedence: bulk\nX-List-Administrivia: yes\n\nx\n",
        encoding="utf-8",
    )
    with opened(source) as found:
        report = report_on(found, policy=Policy.load("draft-2022"), as_of="2021-12-31")
    mine = report.assessment.monthly
    assert mine.loc[mine["coalition"] == "dc-steady", "month"].iloc[0] == "2015-02"
    assert report.months("dc-steady")["month"].iloc[0] == "2020-05"
