"""What In-Reply-To and References say: which message answers which, and what they join."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dcactivity.threads.mail import Mail
    from dcactivity.threads.subjects import Subjects

__all__ = ["answers_by_header", "without_digests"]


def answers_by_header(mail: Mail) -> NDArray[np.int64]:
    """Find for each message the nearest one at hand that its header names.

    Parameters
    ----------
    mail : Mail
        The messages.

    Returns
    -------
    ndarray of int64
        For each message the one it answers: the first that its In-Reply-To names, else the
        first of the last of its References that is at hand; -1 where none is.

    References
    ----------
    RFC 5322 section 3.6.4; https://www.jwz.org/doc/threading.html step 1.
    """
    answers = np.full(len(mail), -1, np.int64)
    here = mail.is_at_hand(mail.referred)
    # Of several values for one place numpy keeps the last: the In-Reply-To stands behind the
    # References, and among these the nearest ancestor is the last.
    answers[mail.referrer[here]] = mail.first[mail.referred[here]]
    return answers


def without_digests(mail: Mail, subjects: Subjects) -> Mail:
    """Take out references to digests, whose answers are about unlike topics.

    Parameters
    ----------
    mail : Mail
        The messages.
    subjects : Subjects
        Their subjects.

    Returns
    -------
    Mail
        The same messages, with fewer references.

    Notes
    -----
    A digest at hand has a digest's subject, no ``Re:``, and no known author. One that is not
    at hand shows by its name (Mailman's), or stands first in the header of an answer that
    still has the digest's subject: no digest answers anything, so it begins each chain.
    """
    digests = np.zeros(mail.nodes, bool)
    itself = subjects.is_digest & ~subjects.is_reply & (mail.person < 0)
    digests[mail.node[itself]] = True
    digests[mail.referred[mail.by_mailman & ~mail.is_at_hand(mail.referred)]] = True
    begins = np.full(len(mail), -1, np.int64)
    begins[mail.referrer[::-1]] = mail.referred[::-1]
    answering = subjects.is_digest & subjects.is_reply & (begins >= 0)
    roots = begins[answering]
    digests[roots[~mail.is_at_hand(roots)]] = True
    kept = ~digests[mail.referred]
    return replace(
        mail,
        referrer=mail.referrer[kept],
        referred=mail.referred[kept],
        by_mailman=mail.by_mailman[kept],
    )
