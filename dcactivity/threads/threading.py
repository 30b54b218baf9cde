"""Threads and answers of the messages of many coalitions at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from dcactivity.threads.graph import cut_loops, join_nodes
from dcactivity.threads.headers import answers_by_header, without_digests
from dcactivity.threads.mail import read_mail
from dcactivity.threads.subjects import read_subjects
from dcactivity.threads.topics import find_topics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dcactivity.threads.mail import Mail
    from dcactivity.threads.topics import Topics

    _Numbers = NDArray[np.int64]

__all__ = ["thread_messages"]


def thread_messages(messages: pd.DataFrame) -> pd.DataFrame:
    """Join messages to threads, and tell which message answers which.

    Parameters
    ----------
    messages : DataFrame, one row per message
        Needs ``coalition``, ``message_id``, ``date`` (UTC, may be missing), ``subject``,
        ``in_reply_to``, ``references`` (lists of ids, or missing) and who wrote: ``person``
        where there is such a column, else ``from_address``; missing where nobody knows.

    Returns
    -------
    DataFrame
        With the index of `messages`:

        - ``thread`` (str): the Message-ID of the thread's first message at hand. Threads
          never cross coalitions: ``coalition`` and ``thread`` together name one.
        - ``answers`` (Int64): the position, from 0, of the row that the message answers;
          missing where it answers none at hand. Following it never leads in a circle, nor
          out of the thread.
        - ``is_answer`` (boolean): it answers another person's message; missing where it
          answers one, but the author of either is not known.
        - ``by`` (str): ``header`` or ``subject``, how the answered message was found.

    Raises
    ------
    InputError
        A column is missing, or a message has no Message-ID.

    Notes
    -----
    All messages and ids that In-Reply-To and References of one coalition connect are one
    thread, whether at hand or not. A message answers the nearest ancestor at hand: that of
    In-Reply-To, else the last of References. Where there is none, a ``Re:`` (in any of many
    languages) answers the last message of the same base subject without ``Re:`` that somebody
    else wrote at most 60 days before. What headers leave alone joins others of the same base
    subject within 60 days. Empty, generic and digests' subjects join nothing, nor do the
    Message-IDs of digests. Of a loop, the earliest message answers nothing.

    The result does not hang on the order of the rows: whatever is level in date is decided by
    Message-ID, then by content.

    References
    ----------
    https://www.jwz.org/doc/threading.html; RFC 5256 sections 2.1 and 3 (REFERENCES);
    RFC 5322 section 3.6.4.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "coalition": "dc-example",
    ...     "message_id": ["1@example.org", "2@example.org"],
    ...     "date": pd.to_datetime(["2022-03-01", "2022-03-02"], utc=True),
    ...     "subject": ["Agenda of the May call", "Re: Agenda of the May call"],
    ...     "in_reply_to": [None, "1@example.org"],
    ...     "references": [[], ["1@example.org"]],
    ...     "person": ["ada", "bela"],
    ... })
    >>> thread_messages(frame)
              thread  answers  is_answer      by
    0  1@example.org     <NA>      False     NaN
    1  1@example.org        0       True  header
    """
    mail = read_mail(messages)
    subjects = read_subjects(mail.subjects)
    mail = without_digests(mail, subjects)
    topics = find_topics(mail, subjects)
    named = answers_by_header(mail)
    answers = cut_loops(topics.answers(named))
    return _frame(mail, _first_of_thread(mail, topics, answers), named, answers, messages.index)


def _first_of_thread(mail: Mail, topics: Topics, answers: _Numbers) -> _Numbers:
    """Give for each message the first one of its thread."""
    # A node at hand is smaller than all that are not, and the smaller one is the earlier:
    # the smallest node of a thread is its first message.
    labels = np.arange(mail.nodes, dtype=np.int64)
    labels = join_nodes(labels, mail.node[mail.referrer], mail.referred)
    seeks = mail.first[labels[mail.node]] == np.arange(len(mail))
    left, right = topics.links(seeks)
    answering = np.flatnonzero(answers >= 0)
    left, right = np.append(left, answering), np.append(right, answers[answering])
    labels = join_nodes(labels, mail.node[left], mail.node[right])
    return mail.first[labels[mail.node]]


def _frame(
    mail: Mail, root: _Numbers, named: _Numbers, answers: _Numbers, index: pd.Index
) -> pd.DataFrame:
    """Bring the results back into the order of the rows."""
    does = answers >= 0
    person, whom = mail.person, mail.person[answers]
    unknown = does & ((person < 0) | (whom < 0))
    how = np.where(does, np.where(answers == named, 0, 1), -1)
    back = np.empty(len(mail), np.int64)
    back[mail.row] = np.arange(len(mail))
    words = pa.array(["header", "subject"], pa.large_string())
    return pd.DataFrame(
        {
            "thread": _text(mail.ids.take(pa.array(root[back]))),
            "answers": pd.arrays.IntegerArray(mail.row[answers][back], ~does[back]),
            "is_answer": pd.arrays.BooleanArray((does & (person != whom))[back], unknown[back]),
            "by": _text(words.take(pa.array(how[back], mask=how[back] < 0))),
        },
        index=index,
    )


def _text(values: pa.Array) -> pd.api.extensions.ExtensionArray:
    """Make a text column of pandas without a Python object for each text."""
    return pd.array(pd.array(values, dtype=pd.ArrowDtype(values.type)), dtype="str")
