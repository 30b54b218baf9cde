"""Programs that break a run from outside, and count what was lost."""
