"""What is decided once, from all archives at hand, for each message.

Who wrote it, whether a person did, which thread it belongs to, which message it answers, and
whether it went to everybody: properties of a message that no as-of date changes. They are kept
beside the messages in the store, and decided anew where archives, registry or ``people.toml``
have changed; no archive is opened for it.
"""

from __future__ import annotations
