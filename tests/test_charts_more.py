"""Charts of the past, of people, answers, hours, principles and meetings: their artists."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle, StepPatch

from dcactivity import charts
from dcactivity.errors import InputError


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(9, 4)).add_subplot()


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def title(ax: Axes) -> str:
    return " ".join(ax.get_title(loc="left").split())


def legend(ax: Axes) -> list[str]:
    found = ax.get_legend()
    return [] if found is None else [text.get_text() for text in found.get_texts()]


def y_labels(ax: Axes) -> list[str]:
    """From top to bottom."""
    pairs = zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)
    return [text.get_text() for _, text in sorted(pairs, key=lambda pair: -pair[0])]


def monthly(**columns: list[object]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    months = pd.period_range("2021-01", periods=count, freq="M").astype(str)
    frame = pd.DataFrame({"coalition": "dc-a", "month": months, **columns})
    return frame.convert_dtypes()


HISTORY = pd.DataFrame(
    [
        ("dc-a", "2021-11", "DORMANT"), ("dc-a", "2021-12", "DORMANT"),
        ("dc-a", "2022-01", "AT_RISK"),
        ("dc-b", "2021-12", "ACTIVE"), ("dc-b", "2022-01", "ACTIVE"),
        ("dc-c", "2021-01", "ACTIVE"), ("dc-c", "2022-01", "UNKNOWN"),
    ],
    columns=["coalition", "month", "status"],
)  # fmt: skip


def test_history_draws_runs_ordered_by_last_status(ax: Axes) -> None:
    assert charts.history(HISTORY, ax=ax, names={"dc-b": "Birds"}) is ax
    assert y_labels(ax) == ["Birds", "dc-a", "dc-c"]
    found = [(c.get_label(), len(c.get_paths())) for c in ax.collections]
    assert found == [("active", 1), ("dormant", 1), ("at risk", 1), ("active", 1), ("unknown", 1)]
    spans = ax.collections[1].get_paths()[0].vertices[:, 0]
    days = [np.datetime64(day) for day in ("2021-11-01", "2022-01-01")]
    assert [spans.min(), spans.max()] == [float(day.astype("M8[D]").astype(int)) for day in days]
    assert title(ax) == (
        "1 of 3 coalitions are active at the end of 2022-01; a year before it was 1 of 1"
    )
    assert legend(ax) == ["active", "dormant", "at risk", "unknown"]


def test_history_tells_statuses_apart_without_colour(ax: Axes) -> None:
    charts.history(HISTORY, ax=ax)
    hatches = {c.get_label(): c.get_hatch() for c in ax.collections}
    assert len(set(hatches.values())) == 4


def test_history_leaves_a_gap_where_it_did_not_exist(ax: Axes) -> None:
    frame = HISTORY[HISTORY["coalition"] == "dc-c"].assign(status="ACTIVE")
    charts.history(frame, ax=ax)
    assert len(ax.collections[0].get_paths()) == 2


def test_history_refuses_what_is_no_status(ax: Axes) -> None:
    with pytest.raises(InputError, match="BUSY"):
        charts.history(HISTORY.assign(status="BUSY"), ax=ax)


STATUS = pd.DataFrame(
    {
        "coalition": ["dc-a", "dc-b", "dc-c", "dc-d"],
        "name": ["A", "B", "C", "D"],
        "status": ["ACTIVE", "AT_RISK", "UNKNOWN", "DORMANT"],
        "days_silent": pd.array([0, 800, 900, None], dtype="Int64"),
    }
)


def test_silence_draws_a_bar_for_each_with_days_and_word(ax: Axes) -> None:
    charts.silence(STATUS, ax=ax, as_of="2022-03-31")
    bars = [p for p in ax.patches if isinstance(p, Rectangle)]
    assert [bar.get_width() for bar in bars] == [1, 800, 900]
    assert y_labels(ax) == ["D", "C", "B", "A"]
    assert texts(ax)[:4] == [
        "0 days, active", "800 days, at risk", "900 days, unknown", "no message that counts"
    ]  # fmt: skip
    assert bars[2].get_facecolor() == (1, 1, 1, 1)  # hollow: nobody knows
    assert title(ax) == "1 of 2 coalitions have been silent for more than three months"
    assert "As of 2022-03-31." in texts(ax)[-1]


def test_silence_of_nobody_draws_nothing(ax: Axes) -> None:
    charts.silence(STATUS.head(0), ax=ax)
    assert not ax.patches
    assert title(ax) == "Nobody can tell how long the coalitions have been silent"


def people(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "coalition": "dc-a",
            "date": pd.to_datetime([row[0] for row in rows], utc=True),
            "person": pd.Series([row[1] for row in rows], dtype="str"),
        }
    )


WRITERS = people(
    ("2019-03-01", "a"), ("2019-04-01", "b"), ("2019-05-01", "c"),
    ("2020-03-01", "a"), ("2020-03-01", "d"),
    ("2021-03-01", "a"), ("2021-03-02", "a"), ("2021-04-01", "b"),
)  # fmt: skip


def test_turnover_counts_kept_returned_gained_and_lost(ax: Axes) -> None:
    charts.turnover(WRITERS, coalition="dc-a", ax=ax, as_of="2021-12-31")
    heights = {str(c.get_label()): [bar.get_height() for bar in c] for c in ax.containers}
    assert heights == {
        "wrote in the year before, too": [0, 1, 1],
        "wrote in an earlier year": [0, 0, 1],
        "wrote for the first time": [3, 1, 0],
        "wrote in the year before, and no more": [0, -2, -1],
    }
    assert title(ax) == ("dc-a: of 2 people who wrote in 2020, 1 wrote in 2021, too; 0 were new")


def test_turnover_marks_a_year_that_is_not_over(ax: Axes) -> None:
    charts.turnover(WRITERS, coalition="dc-a", ax=ax, as_of="2021-03-31")
    assert [text.get_text() for text in ax.get_xticklabels()] == [
        "2019",
        "2020",
        "2021\n(to 03-31)",
    ]
    assert title(ax).startswith("dc-a: of 3 people who wrote in 2019, 1 wrote in 2020, too")
    kept = ax.containers[0]
    assert [bar.get_height() for bar in kept] == [0, 1, 1]  # b's message of April is not yet


def test_turnover_passes_over_robots_and_others(ax: Axes) -> None:
    frame = WRITERS.assign(automated=[None] * 7 + ["digest"])
    other = people(("2021-01-01", "z")).assign(coalition="dc-z", automated=None)
    charts.turnover(pd.concat([frame, other]), coalition="dc-a", ax=ax, as_of="2021-12-31")
    assert [bar.get_height() for bar in ax.containers[1]] == [0, 0, 0]


def test_concentration_draws_months_and_a_weighted_mean(ax: Axes) -> None:
    frame = monthly(messages=[1, 3, 0], top_share=[1.0, 0.5, None])
    charts.concentration(frame, coalition="dc-a", ax=ax)
    (dots,) = (c for c in ax.collections if isinstance(c, PathCollection))
    assert dots.get_offsets().data[:2, 1].tolist() == [1.0, 0.5]
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [1.0, 2.5 / 4, 2.5 / 4])
    assert title(ax) == (
        "dc-a: in the last 12 months one person wrote 62% of a month's messages, on average"
    )
    assert ax.get_ylim() == (0, 1.05)


def test_concentration_of_silence_says_so(ax: Axes) -> None:
    charts.concentration(monthly(messages=[0], top_share=[None]), coalition="dc-a", ax=ax)
    assert title(ax) == "dc-a: nobody wrote in the last 12 months"


def test_answers_draw_conversations_and_times_on_two_scales(ax: Axes) -> None:
    frame = monthly(conversations=[2, 0, 1], reply_hours=[48.0, None, 24.0])
    charts.answers(frame, coalition="dc-a", ax=ax)
    (steps,) = (p for p in ax.patches if isinstance(p, StepPatch))
    assert steps.get_data()[0].tolist() == [2, 0, 1]
    (right,) = (other for other in ax.figure.axes if other is not ax)
    assert right.get_yscale() == "log"
    np.testing.assert_array_equal(right.lines[0].get_ydata(), [48, np.nan, 24])
    assert title(ax) == (
        "dc-a: conversations in 2 of the last 3 months; a first answer takes 2 days"
    )


def test_hours_draw_a_mesh_and_frame_the_best_meeting_hours(ax: Axes) -> None:
    frame = people(("2022-03-01T09:00", "a"), ("2022-03-01T10:00", "b")).assign(
        utc_offset=pd.array([60, 540], dtype="Int16")
    )
    charts.hours(frame, ax=ax, as_of="2022-03-31")
    (mesh,) = (c for c in ax.collections if isinstance(c, QuadMesh))
    assert mesh.get_array().sum() == 2
    assert mesh.get_array().shape == (2, 24)
    framed = [p.get_x() for p in ax.patches if p.get_label() == "meeting hour"]
    assert [int(x) for x in framed] == [7, 8, 9]
    assert y_labels(ax) == ["meeting suits, %", "UTC+09:00  (1 person)", "UTC+01:00  (1 person)"]
    assert (
        title(ax)
        == "Meetings at 07:00 UTC suit 100% of those who write; they write from 2 offsets"
    )


def test_hours_of_nobody_say_so(ax: Axes) -> None:
    frame = people().assign(utc_offset=pd.array([], dtype="Int16"))
    charts.hours(frame, coalition="dc-a", ax=ax)
    assert title(ax) == "dc-a: nobody wrote in this time"


def test_principles_draw_a_marker_for_each_verdict(ax: Axes) -> None:
    frame = pd.DataFrame(
        [
            ("dc-a", "membership", "yes"), ("dc-a", "mailing_list", "yes"),
            ("dc-a", "archive", "conditional"), ("dc-b", "membership", "no"),
            ("dc-b", "mailing_list", "unknown"), ("dc-b", "archive", "yes"),
        ],
        columns=["coalition", "principle", "verdict"],
    )  # fmt: skip
    charts.principles(frame, ax=ax)
    found = {c.get_label(): len(c.get_offsets()) for c in ax.collections}
    assert found == {
        "open (3)": 3, "open under a condition (1)": 1, "not open (1)": 1, "unknown (1)": 1
    }  # fmt: skip
    markers = {len(c.get_paths()[0].vertices) for c in ax.collections}
    assert len(markers) >= 3
    assert (
        title(ax)
        == "1 of 2 coalitions follow all three open principles; 1 is closed in at least one"
    )
    assert [text.get_text() for text in ax.get_xticklabels()] == [
        "membership",
        "mailing list",
        "archive",
    ]


def test_attendance_draws_presence_and_apologies(ax: Axes) -> None:
    frame = pd.DataFrame(
        {
            "meeting": ["1", "1", "2", "2"],
            "date": pd.to_datetime(["2022-01-10", "2022-01-10", "2022-02-10", "2022-02-10"]),
            "coalition": ["dc-a", "dc-b", "dc-a", "dc-b"],
            "present": [2, 0, 1, 3],
            "apologies": [0, 1, 0, 0],
        }
    )
    charts.attendance(frame, ax=ax)
    present, sorry = (c for c in ax.collections if isinstance(c, PathCollection))
    assert len(present.get_offsets()) == 3
    assert present.get_sizes().tolist() == [18 + 28, 18 + 14, 18 + 42]
    assert len(sorry.get_offsets()) == 1
    assert not len(sorry.get_facecolor())
    assert y_labels(ax) == ["dc-a", "dc-b"]
    assert title(ax) == (
        "2 coalitions came to the meeting of 2022-02-10; 1 came to all 2 meetings on record"
    )


@pytest.mark.parametrize(
    ("draw", "frame"),
    [
        (charts.history, HISTORY.drop(columns="month")),
        (charts.silence, STATUS.drop(columns="days_silent")),
        (charts.principles, STATUS),
        (charts.attendance, STATUS),
    ],
)
def test_missing_column_is_named(draw: object, frame: pd.DataFrame, ax: Axes) -> None:
    with pytest.raises(InputError, match="no column"):
        draw(frame, ax=ax)  # type: ignore[operator]


def test_labels_of_thirty_coalitions_do_not_overlap(tmp_path: Path) -> None:
    names = {f"dc-{i:02}": f"Dynamic Coalition on Something Rather Long {i}" for i in range(30)}
    frame = pd.DataFrame(
        [(slug, "2022-01", "ACTIVE") for slug in names], columns=["coalition", "month", "status"]
    )
    figure = Figure(figsize=(9, 1.4 + 0.28 * 30), layout="constrained")
    ax = charts.history(frame, ax=figure.subplots(), names=names)
    charts.save(figure, tmp_path / "history.svg")
    boxes = sorted(
        (label.get_window_extent() for label in ax.get_yticklabels()), key=lambda b: b.y0
    )
    assert len(boxes) == 30
    assert all(low.y1 <= high.y0 for low, high in pairwise(boxes))
    assert min(box.x0 for box in boxes) >= 0


def test_style_sheet_is_shipped_and_leaves_no_trace() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    with charts.house_style():
        assert mpl.rcParams["legend.frameon"] is False
        assert mpl.rcParams["font.family"] == ["DejaVu Sans"]
    assert dict(mpl.rcParams) == before


def test_review_shows_itself_in_a_notebook() -> None:
    import dcactivity as dca

    messages = pd.DataFrame(
        {
            "coalition": ["dc-<b>"],
            "message_id": ["1@x"],
            "date": pd.to_datetime(["2022-03-01"], utc=True),
            "from_address": ["a@x.example"],
        }
    )
    review = dca.review_activity(
        messages, policy=dca.Policy.load("draft-2022"), as_of="2022-03-31"
    )
    text = review._repr_html_()
    assert "As of 2022-03-31, under draft-2022: 1 active" in text
    assert "dc-&lt;b&gt;" in text
    assert str(review.status["why"].iloc[0]) in text
