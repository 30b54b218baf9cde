"""Who spoke: addresses and names joined into persons, each join with its reason.

`resolve_people` does all of it. The steps, a module each: names and addresses are read
(`names`, `addresses`, `listnames`, with the words of `words`), become aliases (`aliases`), are
brought together where they may be one person (`candidates`), compared (`likeness`), weighed by
how rare they are (`rarity`, `evidence`) and joined (`joining`). ``people.toml`` goes before all
rules (`overrides`, `exporting`); `tables` are for the eye, `senders` brings a source's messages.
"""

from __future__ import annotations

from dcactivity.people.overrides import Overrides, load_overrides
from dcactivity.people.resolution import Resolution, resolve, resolve_people

__all__ = ["Overrides", "Resolution", "load_overrides", "resolve", "resolve_people"]
