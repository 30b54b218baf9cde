"""The files beside the registry: read, validated, and shown beside the verdicts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from dcactivity.errors import RecordError
from dcactivity.records import RECORD_FILES, exemption, read_records, remarks

SLUGS = ["dc-a", "dc-b"]
OBSERVATION = "id,coalition,list,principle,finding,seen,source,detail,url,digest\n"


def folder(path: Path, **files: str) -> Path:
    (path / "coalitions.toml").write_text('[[coalition]]\nslug = "dc-a"\n')
    for name, text in files.items():
        (path / f"{name}.csv").write_bytes(text.encode())
    return path


def refusal(path: Path, **files: str) -> RecordError:
    with pytest.raises(RecordError) as caught:
        read_records(folder(path, **files), slugs=SLUGS)
    assert "\n" not in str(caught.value)
    return caught.value


def test_missing_files_are_frames_without_rows(tmp_path: Path) -> None:
    records = read_records(folder(tmp_path))
    for table in RECORD_FILES:
        frame = getattr(records, table.file.removesuffix(".csv"))
        assert list(frame.columns) == [column.name for column in table.columns]
        assert len(frame) == 0
    assert records.observations["seen"].dtype == "datetime64[us]"
    assert records.attendance["present"].dtype == "Int64"


def test_nothing_is_a_record_where_there_is_no_registry(tmp_path: Path) -> None:
    (tmp_path / "reports.csv").write_text("quarter,turnover\n1,2\n")
    assert len(read_records(tmp_path).reports) == 0


def test_cells_get_their_types_and_empty_ones_are_missing(tmp_path: Path) -> None:
    path = folder(
        tmp_path,
        observations=OBSERVATION
        + 'o1,dc-a,,membership,conditional,2022-02-01,person,"on request, then a vote",,\n'
        "\n"
        "o2,dc-b,b@lists.example,archive,open,2022-02-02,probe,,https://x.example,\n",
        reports="\ufeffcoalition,year,submitted\r\ndc-a,2020,2021-03-01\r\ndc-a,2021,\r\n",
        evidence="Coalition , date,kind,url,note\ndc-a,2021-12-07,session,,'=1+1\n",
    )
    records = read_records(path, slugs=SLUGS)
    first = records.observations.iloc[0]
    assert first["detail"] == "on request, then a vote"
    assert pd.isna(first["list"])
    assert first["seen"] == pd.Timestamp("2022-02-01")
    assert records.reports["year"].tolist() == [2020, 2021]
    assert records.reports["submitted"].isna().tolist() == [False, True]
    assert pd.isna(records.reports["url"]).all()
    assert records.evidence["note"].tolist() == ["=1+1"]


@pytest.mark.parametrize(
    ("row", "position", "said"),
    [
        ("o,dc-c,,archive,open,2022-02-01,probe,,,", "line 2, coalition", "did you mean dc-"),
        ("o,dc-a,,archives,open,2022-02-01,probe,,,", "line 2, principle", "did you mean archive"),
        ("o,dc-a,,archive,shut,2022-02-01,probe,,,", "line 2, finding", "known here: open, con"),
        ("o,dc-a,,archive,open,1.2.2022,probe,,,", "line 2, seen", "a day such as 2022-03-31"),
        ("o,dc-a,,archive,open,2022-02-30,probe,,,", "line 2, seen", "a day such as"),
        ("o,dc-a,,archive,open,20220201,probe,,,", "line 2, seen", "a day such as"),
        ("o,dc-a,,archive,open,,probe,,,", "line 2, seen", "is empty"),
        (",dc-a,,archive,open,2022-02-01,probe,,,", "line 2, id", "is empty"),
        (
            "o,dc-a,,archive,open,2022-02-01,probe,a,b,,c",
            "line 2",
            "11 cells, the heading 10; put a text with a comma",
        ),
        (
            (
                'o,dc-a,,archive,open,2022-02-01,probe,"two\nlines",,\n'
                "o,dc-b,,archive,open,2022-02-01,probe,,,"
            ),
            "line 4, id",
            "the same id stand in line 2 already",
        ),
        ('o,dc-a,,archive,open,2022-02-01,probe,"open end,,', "line 2", "is no CSV"),
    ],
)
def test_fault_names_line_column_and_way_out(
    tmp_path: Path, row: str, position: str, said: str
) -> None:
    error = refusal(tmp_path, observations=f"{OBSERVATION}{row}\n")
    assert error.path == str(tmp_path / "observations.csv")
    assert error.position == position
    assert said in str(error)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("reports", "coalition;year\ndc-a;2020\n", "separated by semicolons"),
        ("reports", "coalition,yeer\ndc-a,2020\n", "did you mean year?"),
        ("reports", "coalition,submitted\ndc-a,2020-01-01\n", "column year is missing"),
        ("reports", "coalition,year,year\ndc-a,2020,2020\n", "stands there twice"),
        ("reports", "coalition,year\ndc-a,20\n", "a year such as 2021"),
        ("reports", "coalition,year\ndc-a,2020\ndc-a,2020\n", "line 3, coalition: the same"),
        ("attendance", "meeting,date,coalition,present\n60,2022-03-23,dc-a,-1\n", "whole number"),
        ("statements", "coalition,date,expires,text\ndc-a,2022-02-01,2022-01-01,x\n", "is before"),
        (
            "exemptions",
            "coalition,from,until,reason,decided_by\ndc-a,2022-02-01,2022-01-01,x,y\n",
            "line 2, until: 2022-01-01 is before from",
        ),
    ],
)
def test_each_file_is_checked(tmp_path: Path, name: str, text: str, said: str) -> None:
    assert said in str(refusal(tmp_path, **{name: text}))


def test_text_that_is_not_utf8_has_its_line(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / "evidence.csv").write_bytes(b"coalition,date,kind\ndc-a,2022-02-01,caf\xe9\n")
    with pytest.raises(RecordError, match="line 2: is not UTF-8"):
        read_records(path)


def test_what_stands_beside_the_verdicts_as_of_a_day(tmp_path: Path) -> None:
    records = read_records(
        folder(
            tmp_path,
            statements="coalition,date,expires,text,url\n"
            "dc-a,2022-01-10,2022-06-30,We moved to another channel,https://x.example\n"
            "dc-a,2021-01-10,2022-03-30,expired,\n"
            "dc-b,2022-04-01,,later,\n",
            evidence="coalition,date,kind,url,note\n"
            "dc-a,2021-12-07,session,,at the yearly meeting\n"
            "dc-a,2020-03-31,publication,,too long ago\n",
            attendance="meeting,date,coalition,present,apologies\n60,2022-03-23,dc-b,1,2\n",
            exemptions="coalition,from,until,reason,decided_by\n"
            "dc-b,2022-01-01,,between two phases,coordination group\n",
        )
    )
    rows = remarks(records, as_of=dt.date(2022, 3, 31))
    assert rows[["coalition", "kind", "text"]].to_numpy().tolist() == [
        ["dc-a", "evidence", "session: at the yearly meeting"],
        ["dc-a", "statement", "We moved to another channel"],
        ["dc-b", "attendance", "meeting 60: 1 person present, 2 sent apologies"],
        [
            "dc-b",
            "exemption",
            "exempt from 1 January 2022 by decision of coordination group (between two phases)",
        ],
    ]
    assert rows["url"].dropna().tolist() == ["https://x.example"]
    until = rows.loc[rows["kind"] == "statement", "until"]
    assert until.tolist() == [pd.Timestamp("2022-06-30")]


def test_exemption_covers_both_its_first_and_its_last_day(tmp_path: Path) -> None:
    text = "coalition,from,until,reason,decided_by\ndc-a,2022-02-01,2022-02-28,pause,chair\n"
    table = read_records(folder(tmp_path, exemptions=text)).exemptions
    on = [
        exemption(table, "dc-a", dt.date(2022, *day)) for day in ((1, 31), (2, 1), (2, 28), (3, 1))
    ]
    assert [bool(said) for said in on] == [False, True, True, False]
    assert exemption(table, "dc-b", dt.date(2022, 2, 1)) is None
