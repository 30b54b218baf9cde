"""The laboratory: policies are replayed over the past, measured, and compared.

>>> import dcactivity as dca
>>> result = dca.lab("data/demo", ["draft-2022", "w3c-groups"])  # doctest: +SKIP
>>> result.summary  # doctest: +SKIP
"""

from __future__ import annotations

from dcactivity.laboratory.experiment import Laboratory, is_series, lab
from dcactivity.laboratory.past import replay_events
from dcactivity.laboratory.replay import Replay, Spells
from dcactivity.laboratory.series import read_series

__all__ = ["Laboratory", "Replay", "Spells", "is_series", "lab", "read_series", "replay_events"]
