"""The three open principles: observations and hints in, verdicts with their evidence out."""

from __future__ import annotations

from dcactivity.principles.hints import (
    header_hints,
    header_history,
    header_observations,
)
from dcactivity.principles.verdicts import (
    judge_principles,
    principle_columns,
    principle_reasons,
)

__all__ = [
    "header_hints",
    "header_history",
    "header_observations",
    "judge_principles",
    "principle_columns",
    "principle_reasons",
]
