"""A few turns of each program in tests/faults: nothing is lost, and what happened is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import disk, kill, together

Trial = Callable[[Path, int], Counter[str]]


@pytest.mark.parametrize("trial", kill.TRIALS.values(), ids=kill.TRIALS)
def test_what_is_killed_loses_nothing(tmp_path: Path, trial: Trial) -> None:
    found = trial(tmp_path, 4)
    assert found["killed"] == 4
    assert (found["lost"], found["unsaid"], found["left over"]) == (0, 0, 0)


@pytest.mark.parametrize("trial", disk.TRIALS.values(), ids=disk.TRIALS)
def test_a_disk_that_fails_loses_nothing(tmp_path: Path, trial: Trial) -> None:
    try:
        found = trial(tmp_path, 2)
    except PermissionError as error:
        pytest.skip(str(error))
    assert found["failed"] >= 1
    assert (found["lost"], found["unsaid"], found["unread"]) == (0, 0, 0)


@pytest.mark.parametrize("trial", together.TRIALS.values(), ids=together.TRIALS)
def test_two_at_once_and_a_clock_set_back_lose_nothing(tmp_path: Path, trial: Trial) -> None:
    assert +trial(tmp_path, 3) == Counter()
