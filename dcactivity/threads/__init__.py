"""From messages to threads and answers: who spoke to whom, and what hangs together.

A thread is what In-Reply-To and References join, messages that are not at hand included
(JWZ); equal subjects join as a last resort. An answer is more: it names the message it
answers, in its header or by a ``Re:`` whose original stands shortly before it.
"""

from __future__ import annotations

from dcactivity.threads.threading import thread_messages

__all__ = ["thread_messages"]
