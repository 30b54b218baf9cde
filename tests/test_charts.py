"""Charts: what is drawn, tested on the artists; files, tested on their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle, StepPatch

from dcactivity import charts
from dcactivity.errors import InputError

STATUSES = ("ACTIVE", "DORMANT", "AT_RISK", "UNKNOWN")


@pytest.fixture(autouse=True)
def _no_figure_stays_open() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(9, 3.6)).add_subplot()


def monthly(
    coalition: str, first: str, messages: list[int | None], people: list[int | None] | None = None
) -> pd.DataFrame:
    months = pd.period_range(first, periods=len(messages), freq="M").astype(str)
    return pd.DataFrame(
        {
            "coalition": coalition,
            "month": months,
            "messages": pd.array(messages, dtype="Int64"),
            "participants": pd.array(people or messages, dtype="Int64"),
        }
    )


def day(text: str) -> float:
    return float(mdates.date2num(np.datetime64(text, "D")))  # type: ignore[no-untyped-call]


def bars(ax: Axes) -> list[tuple[float, float, float]]:
    """Start, width and height of each bar."""
    (steps,) = (patch for patch in ax.patches if isinstance(patch, StepPatch))
    values, edges, _ = steps.get_data()
    return [
        (float(edges[i]), float(edges[i + 1] - edges[i]), float(values[i]))
        for i in range(0, len(values), 2)
        if not np.isnan(values[i])
    ]


def patches_labelled(ax: Axes, label: str) -> list[Rectangle]:
    return [p for p in ax.patches if isinstance(p, Rectangle) and p.get_label() == label]


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def legend(ax: Axes) -> list[str]:
    found = ax.get_legend()
    return [] if found is None else [text.get_text() for text in found.get_texts()]


def spans(*rows: tuple[str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["start", "end", "status"])
    frame.insert(0, "coalition", "dc-a")
    return frame


# One coalition


def test_volume_draws_a_bar_of_its_height_in_its_month(ax: Axes) -> None:
    frame = monthly("dc-a", "2021-12", [3, 0, 5], [2, 0, 4])
    other = monthly("dc-b", "2020-01", [99])
    assert charts.volume(pd.concat([other, frame]), coalition="dc-a", ax=ax) is ax
    assert [height for _, _, height in bars(ax)] == [3, 0, 5]
    assert [start for start, _, _ in bars(ax)] == [
        day("2021-12-01"),
        day("2022-01-01"),
        day("2022-02-01"),
    ]
    assert all(28 * 0.8 < width < 31 for _, width, _ in bars(ax))


def test_volume_draws_participants_as_dots_and_no_dot_for_nobody(ax: Axes) -> None:
    charts.volume(monthly("dc-a", "2021-12", [3, 0, 5], [2, 0, 4]), coalition="dc-a", ax=ax)
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_ydata(), [2, np.nan, 4])
    assert line.get_marker() == "o"
    assert legend(ax) == ["messages", "participants"]


def test_volume_shows_a_year_at_least_and_ends_with_the_last_month(ax: Axes) -> None:
    charts.volume(monthly("dc-a", "2022-03", [1]), coalition="dc-a", ax=ax)
    assert ax.get_xlim() == (day("2021-04-01"), day("2022-04-01"))
    assert ax.get_ylim()[0] == 0
    assert ax.get_ylim()[1] > 1
    assert ax.get_ylabel() == "number per month"


def test_volume_draws_what_is_not_known_hatched_and_not_as_zero(ax: Axes) -> None:
    frame = monthly("dc-a", "2021-01", [None, 2, 0, None, None])
    charts.volume(frame, coalition="dc-a", ax=ax)
    assert [height for _, _, height in bars(ax)] == [2, 0]
    shades = patches_labelled(ax, "unknown: not covered by the archives")
    assert [(shade.get_x(), shade.get_x() + shade.get_width()) for shade in shades] == [
        (day("2021-01-01"), day("2021-02-01")),
        (day("2021-04-01"), day("2021-06-01")),
    ]
    assert all(shade.get_hatch() for shade in shades)
    assert legend(ax)[-1] == "unknown: not covered by the archives"


def test_volume_takes_a_month_without_a_row_for_not_known(ax: Axes) -> None:
    frame = monthly("dc-a", "2021-01", [1, 7, 2]).drop(index=1)
    charts.volume(frame, coalition="dc-a", ax=ax)
    (shade,) = patches_labelled(ax, "unknown: not covered by the archives")
    assert shade.get_x() == day("2021-02-01")


def test_volume_draws_bands_with_word_and_hatch_at_their_days(ax: Axes) -> None:
    status = spans(
        ("2014-01-01", "2017-06-10", "ACTIVE"),
        ("2017-06-10", "2019-01-01", "DORMANT"),
        ("2019-01-01", "2030-01-01", "AT_RISK"),
    )
    charts.volume(monthly("dc-a", "2015-01", [1] * 84), coalition="dc-a", ax=ax, status=status)
    found = {
        word: [(p.get_x(), p.get_x() + p.get_width(), p.get_hatch()) for p in patches]
        for word in ("active", "dormant", "at risk")
        if (patches := patches_labelled(ax, word))
    }
    assert found == {
        "active": [(day("2015-01-01"), day("2017-06-10"), "")],
        "dormant": [(day("2017-06-10"), day("2019-01-01"), "////")],
        "at risk": [(day("2019-01-01"), day("2022-01-01"), "xxxx")],
    }
    assert {"active", "dormant", "at risk"} <= set(texts(ax))
    assert legend(ax) == ["messages", "participants"]


def test_volume_explains_a_band_too_narrow_for_its_word_in_the_legend(ax: Axes) -> None:
    status = spans(
        ("2015-01-01", "2019-05-10", "ACTIVE"),
        ("2019-05-10", "2019-06-20", "DORMANT"),
        ("2019-06-20", "2022-01-01", "ACTIVE"),
    )
    charts.volume(monthly("dc-a", "2015-01", [1] * 84), coalition="dc-a", ax=ax, status=status)
    assert "dormant" not in texts(ax)
    assert legend(ax) == ["messages", "participants", "dormant"]


def test_volume_joins_the_months_of_the_history_to_bands(ax: Axes) -> None:
    history = pd.DataFrame(
        {
            "coalition": "dc-a",
            "month": ["2021-03", "2021-01", "2021-02"],
            "status": ["UNKNOWN", "ACTIVE", "ACTIVE"],
        }
    )
    charts.volume(
        monthly("dc-a", "2021-01", [1, 1, None]), coalition="dc-a", ax=ax, status=history
    )
    (active,) = patches_labelled(ax, "active")
    assert active.get_x() == day("2021-01-01")
    assert active.get_width() == 31 + 28
    (unknown,) = patches_labelled(ax, "unknown")
    assert unknown.get_hatch() == "...."


@pytest.mark.parametrize(
    ("messages", "people", "finding"),
    [
        (
            [9, *[0] * 11, 2, 3],
            [3, *[0] * 11, 1, 2],
            "5 messages since 2020-03, by at most 2 people in a month",
        ),
        ([4], [1], "4 messages since 2020-01, by at most 1 person in a month"),
        ([1], [1], "1 message since 2020-01"),
        ([3, *[0] * 13], [3, *[0] * 13], "no message since 2020-01"),
        ([2, 1, None, None], [2, 1, None, None], "nothing is known after 2020-02"),
        ([None], [None], "nothing is known"),
        ([0, 0], [0, 0], "no message"),
        ([], [], "no message at hand"),
    ],
)
def test_volume_says_the_finding_in_its_title(
    ax: Axes, messages: list[int | None], people: list[int | None], finding: str
) -> None:
    charts.volume(monthly("dc-a", "2020-01", messages, people), coalition="dc-a", ax=ax)
    assert ax.get_title(loc="left") == f"dc-a: {finding}"


def test_volume_takes_a_title_and_names_source_and_day_in_the_caption(ax: Axes) -> None:
    charts.volume(
        monthly("dc-a", "2020-01", [1]),
        coalition="dc-a",
        ax=ax,
        as_of="2022-03-31",
        title="Costs $5 and $6",
    )
    assert ax.get_title(loc="left") == "Costs $5 and $6"
    assert texts(ax)[-1].startswith("Source: ")
    assert texts(ax)[-1].endswith("As of 2022-03-31.")


def test_volume_without_a_message_says_so(ax: Axes) -> None:
    charts.volume(monthly("dc-b", "2020-01", [1]), coalition="dc-a", ax=ax)
    assert "no message at hand" in texts(ax)
    assert not any(isinstance(patch, StepPatch) for patch in ax.patches)
    assert ax.get_legend() is None


def test_volume_puts_no_tick_beside_the_bands(ax: Axes) -> None:
    charts.volume(monthly("dc-a", "2020-01", [13, 1]), coalition="dc-a", ax=ax)
    assert ax.get_ylim()[1] * 0.9 == pytest.approx(13 * 1.12)
    assert max(ax.get_yticks()) <= 13 * 1.12


def test_volume_makes_a_figure_where_none_is_given_and_changes_no_setting() -> None:
    before = dict(mpl.rcParams)
    drawn = charts.volume(monthly("dc-a", "2020-01", [1]), coalition="dc-a")
    assert plt.get_fignums() == [1]
    assert drawn.figure is plt.figure(1)
    assert {key: mpl.rcParams[key] for key in before if key != "backend"} == {
        key: value for key, value in before.items() if key != "backend"
    }


def test_volume_names_a_missing_column(ax: Axes) -> None:
    frame = monthly("dc-a", "2020-01", [1]).drop(columns="messages")
    with pytest.raises(InputError, match="monthly: no column messages"):
        charts.volume(frame, coalition="dc-a", ax=ax)


def test_volume_refuses_a_status_that_is_none(ax: Axes) -> None:
    status = spans(("2020-01-01", "2020-02-01", "SLEEPING"))
    with pytest.raises(InputError, match=r"SLEEPING.*ACTIVE, DORMANT, AT_RISK, UNKNOWN"):
        charts.volume(monthly("dc-a", "2020-01", [1]), coalition="dc-a", ax=ax, status=status)


# All coalitions


def sheet(number: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    frames = [monthly(f"dc-{i:02d}", "2019-01", [i % 5] * 39) for i in range(number)]
    status = pd.DataFrame(
        {
            "coalition": [f"dc-{i:02d}" for i in range(number)],
            "name": [
                f"Coalition {chr(90 - i % 26)} on {'long words ' * (i % 12)}"
                for i in range(number)
            ],
            "status": [STATUSES[i % 4] for i in range(number)],
            "since": "2020-05-01",
        }
    )
    return pd.concat(frames), status


def test_overview_orders_by_status_then_name_regardless_of_case() -> None:
    status = pd.DataFrame(
        {
            "coalition": ["dc-u", "dc-r", "dc-b", "dc-a", "dc-d"],
            "name": ["Umbrellas", "Rakes", "beds", "Armchairs", "Doors"],
            "status": ["UNKNOWN", "AT_RISK", "ACTIVE", "ACTIVE", "DORMANT"],
        }
    )
    figure = charts.overview(monthly("dc-a", "2021-01", [1]), status, as_of="2022-03-31")
    assert [ax.get_label() for ax in figure.axes] == ["dc-a", "dc-b", "dc-d", "dc-r", "dc-u"]
    tops = [ax.get_position().y0 for ax in figure.axes]
    assert tops == sorted(tops, reverse=True)


def test_overview_tells_status_by_word_shape_and_colour() -> None:
    frame, status = sheet(4)
    figure = charts.overview(frame, status, as_of="2022-03-31")
    found = [
        (ax.texts[-1].get_text(), ax.lines[-1].get_marker(), ax.lines[-1].get_color())
        for ax in figure.axes
    ]
    assert found == [
        ("active\nsince 2020-05-01", "o", "#0072B2"),
        ("dormant\nsince 2020-05-01", "s", "#E69F00"),
        ("at risk\nsince 2020-05-01", "^", "#D55E00"),
        ("unknown\nsince 2020-05-01", "D", "#4D4D4D"),
    ]


def test_overview_puts_all_rows_on_one_time_axis_and_labels_only_the_last() -> None:
    status = pd.DataFrame({"coalition": ["dc-a", "dc-b"], "status": "ACTIVE"})
    frame = pd.concat([monthly("dc-a", "2020-02", [1]), monthly("dc-b", "2021-07", [2, 4])])
    figure = charts.overview(frame, status, as_of="2022-03-31")
    limits = (day("2020-02-01"), day("2022-04-01"))
    assert [ax.get_xlim() for ax in figure.axes] == [limits, limits]
    figure.draw_without_rendering()
    shown = [any(t.get_visible() for t in ax.get_xticklabels()) for ax in figure.axes]
    assert shown == [False, True]


def test_overview_draws_the_counts_and_names_the_fullest_month() -> None:
    status = pd.DataFrame({"coalition": ["dc-a"], "status": "UNKNOWN"})
    frame = monthly("dc-a", "2022-01", [2, 7, None])
    figure = charts.overview(frame, status, as_of="2022-03-31")
    (ax,) = figure.axes
    (steps,) = [patch for patch in ax.patches if isinstance(patch, StepPatch)]
    np.testing.assert_array_equal(steps.get_data()[0], [2, 7, 0])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["7"]
    (shade,) = patches_labelled(ax, "unknown: not covered by the archives")
    assert (shade.get_x(), shade.get_width()) == (day("2022-03-01"), 31)
    assert shade.get_hatch()


def test_overview_counts_the_statuses_in_its_title() -> None:
    frame, status = sheet(6)
    figure = charts.overview(frame, status, as_of="2022-03-31")
    title = "6 coalitions as of 2022-03-31: 2 active, 2 dormant, 1 at risk, 1 unknown"
    assert figure.texts[0].get_text() == title
    assert "Source: " in figure.texts[-1].get_text()
    assert "As of 2022-03-31." in figure.texts[-1].get_text()


@pytest.mark.parametrize("number", [1, 14, 40])
def test_overview_keeps_its_texts_apart(number: int) -> None:
    figure = charts.overview(*sheet(number), as_of="2022-03-31")
    figure.draw_without_rendering()
    page = figure.bbox
    drawn = [*figure.texts, *(text for ax in figure.axes for text in ax.texts)]
    boxes = [text.get_window_extent() for text in drawn if text.get_text()]
    boxes += [ax.get_window_extent() for ax in figure.axes]
    assert all(page.x0 <= b.x0 and b.x1 <= page.x1 for b in boxes)
    assert all(page.y0 <= b.y0 and b.y1 <= page.y1 for b in boxes)
    overlapping = [
        (i, j) for i, a in enumerate(boxes) for j, b in enumerate(boxes[:i]) if a.overlaps(b)
    ]
    assert overlapping == []


def test_overview_shows_a_coalition_without_messages_and_one_without_a_name() -> None:
    status = pd.DataFrame(
        {"coalition": ["dc-a"], "name": [None], "status": ["UNKNOWN"], "since": [None]}
    )
    figure = charts.overview(monthly("dc-b", "2021-01", [1]), status, as_of="2022-03-31")
    (ax,) = figure.axes
    assert texts(ax) == ["no message at hand", "dc-a", "unknown"]


def test_overview_of_nothing_is_a_page_that_says_so() -> None:
    frame, status = sheet(1)
    figure = charts.overview(frame.iloc[:0], status.iloc[:0], as_of="2022-03-31")
    assert figure.axes == []
    assert figure.texts[0].get_text() == "0 coalitions as of 2022-03-31"


def test_overview_draws_on_the_given_figure() -> None:
    given = Figure(figsize=(8, 5))
    assert charts.overview(*sheet(3), as_of="2022-03-31", figure=given) is given
    assert len(given.axes) == 3


# Looks and files


def test_each_status_differs_from_the_others_in_every_cue() -> None:
    assert tuple(charts.STATUS_STYLE) == STATUSES
    for cue in ("colour", "marker", "hatch", "word"):
        assert len({getattr(style, cue) for style in charts.STATUS_STYLE.values()}) == 4


def test_house_style_ends_with_its_block() -> None:
    before = mpl.rcParams["axes.spines.top"]
    with charts.house_style():
        assert mpl.rcParams["axes.spines.top"] is False
    assert mpl.rcParams["axes.spines.top"] == before


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_saved_files_are_the_same_bytes_each_time(tmp_path: Path, suffix: str) -> None:
    for name in ("first", "second"):
        charts.save(charts.overview(*sheet(5), as_of="2022-03-31"), tmp_path / f"{name}{suffix}")
    first, second = (tmp_path / f"{name}{suffix}" for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_svg_keeps_text_as_text_and_holds_no_date(tmp_path: Path, ax: Axes) -> None:
    charts.volume(monthly("dc-a", "2020-01", [4], [1]), coalition="dc-a", ax=ax)
    charts.save(ax, tmp_path / "chart.svg")
    svg = (tmp_path / "chart.svg").read_text("utf-8")
    assert "dc-a: 4 messages since 2020-01" in svg
    assert "<dc:date>" not in svg


def test_save_takes_a_name_in_a_script_that_the_font_lacks(tmp_path: Path, ax: Axes) -> None:
    charts.volume(monthly("dc-a", "2020-01", [4]), coalition="dc-a", ax=ax, title="灯台の連合")
    charts.save(ax, tmp_path / "chart.png")
    charts.save(ax, tmp_path / "chart.svg")
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    assert "灯台の連合" in (tmp_path / "chart.svg").read_text("utf-8")


def test_save_refuses_another_format(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"chart\.gif: neither \.png nor \.svg"):
        charts.save(Figure(), tmp_path / "chart.gif")
