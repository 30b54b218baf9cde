"""Threads in the plainest words: what the fast code is measured against, in value and time.

`plain_threads` says what `dcactivity.threads.thread_messages` promises, message by message;
`jwz_threads` is the algorithm of https://www.jwz.org/doc/threading.html, steps 1 to 4.
Both take and give lists of dicts, one for each message.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from itertools import pairwise

from dcactivity.threads.words import (
    DIGEST_PATTERNS,
    FORWARD_PREFIXES,
    GENERIC_SUBJECTS,
    REPLY_PREFIXES,
)

NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)
SPAN = dt.timedelta(days=60)
REPLIES = {word for words in REPLY_PREFIXES.values() for word in words}
FORWARDS = {word for words in FORWARD_PREFIXES.values() for word in words}
PREFIXES = REPLIES | FORWARDS
GENERIC = {line for lines in GENERIC_SUBJECTS.values() for line in lines}
BLOB = re.compile(r" ?\[[^\[\]]*\]")
PREFIX = re.compile(
    r" ?([^ :\[\]()^*\d]+(?: [^ :\[\]()^*\d]+)?) ?(?:\[\d+\]|\(\d+\)|[\^*]?\d{1,3})? ?:"
)


def parse(subject):
    """Give the base subject (None where it joins nothing), whether it is a Re:, a digest's."""
    text = " ".join(unicodedata.normalize("NFKC", subject or "").lower().split())
    text = re.sub(r"\[ ?(fwd?) ?:([^\[\]]*)\]$", r"\1:\2", text)
    kinds = []
    while True:
        if found := BLOB.match(text):
            pass
        elif (found := PREFIX.match(text)) and found[1] in PREFIXES:
            kinds.append("reply" if found[1] in REPLIES else "forward")
        else:
            break
        text = text[found.end() :]
    text = re.sub(r"(?: ?(?:\(fwd?\)|[(\[] ?was\b[: ].*[)\]]|[,;-] ?was:? re ?:.*))+ ?$", "", text)
    base = text.strip()
    plain = " ".join(re.sub(r"[\W_]+", " ", base).split())
    digest = any(re.search(pattern, base) for pattern in DIGEST_PATTERNS)
    letters = sum(character.isalpha() for character in plain)
    joins = letters > 1 and not digest and plain not in GENERIC
    return (base if joins else None), kinds[:1] == ["reply"], digest


def chain(message):
    """Give the ids that a message names, the nearest last."""
    names = [*(message["references"] or []), message["in_reply_to"]]
    return [name for name in names if name and name != message["message_id"]]


def sort_key(message):
    """Say in which order messages stand, whatever the order of the rows."""
    texts = ("message_id", "subject", "in_reply_to")
    return (
        message["date"] or NEVER,
        *((message[name] is None, message[name] or "") for name in texts),
        (message["references"] is None, " ".join(message["references"] or [])),
        (message["person"] is None, message["person"] or ""),
    )


def plain_threads(messages):
    """Give `thread`, `answers`, `is_answer` and `by` of each message."""
    results = [None] * len(messages)
    coalitions = defaultdict(list)
    for position, message in enumerate(messages):
        coalitions[message["coalition"]].append(position)
    for positions in coalitions.values():
        positions.sort(key=lambda position: sort_key(messages[position]))
        ordered = [messages[position] for position in positions]
        for position, (first, answered, is_answer, by) in zip(
            positions, one_coalition(ordered), strict=True
        ):
            answers = None if answered is None else positions[answered]
            thread = ordered[first]["message_id"]
            results[position] = {
                "thread": thread, "answers": answers, "is_answer": is_answer, "by": by,
            }  # fmt: skip
    return results


def one_coalition(messages):
    """Do the work for the messages of one coalition, in their order."""
    parsed = [parse(message["subject"]) for message in messages]
    at_hand = {}
    for number, message in enumerate(messages):
        at_hand.setdefault(message["message_id"], number)
    digests = digest_ids(messages, parsed, at_hand)
    chains = [[name for name in chain(message) if name not in digests] for message in messages]

    neighbours = defaultdict(set)
    for message, names in zip(messages, chains, strict=True):
        neighbours[message["message_id"]] |= set(names)
        for name in names:
            neighbours[name].add(message["message_id"])
    by_header = components(messages, neighbours, at_hand)

    answers, how = find_answers(messages, parsed, chains, at_hand)
    links = [*subject_links(messages, parsed, by_header), *enumerate(answers)]
    for one, other in links:
        if other is not None:
            names = messages[one]["message_id"], messages[other]["message_id"]
            neighbours[names[0]].add(names[1])
            neighbours[names[1]].add(names[0])
    threads = components(messages, neighbours, at_hand)
    for number, answered in enumerate(answers):
        is_answer = False
        if answered is not None:
            persons = messages[number]["person"], messages[answered]["person"]
            is_answer = None if None in persons else persons[0] != persons[1]
        yield threads[number], answered, is_answer, how[number]


def find_answers(messages, parsed, chains, at_hand):
    """Find for each message the one it answers, and how it was found."""
    originals = defaultdict(list)
    for number, (base, is_reply, _) in enumerate(parsed):
        if not is_reply:
            originals[base].append(number)
    answers, how = [None] * len(messages), [None] * len(messages)
    for number, names in enumerate(chains):
        here = [name for name in names if name in at_hand]
        if here:
            answers[number], how[number] = at_hand[here[-1]], "header"
        else:
            answers[number] = original_of(number, messages, parsed, originals)
            how[number] = None if answers[number] is None else "subject"
    for number in range(len(messages)):  # the earliest of each loop first
        if leads_back(number, answers):
            answers[number] = how[number] = None
    return answers, how


def leads_back(number, answers):
    """Tell whether following the answers comes back to where it began."""
    seen, at = set(), answers[number]
    while at is not None and at not in seen and at != number:
        seen.add(at)
        at = answers[at]
    return at == number


def digest_ids(messages, parsed, at_hand):
    """Find the ids of digests."""
    digests = set()
    for message, (_, is_reply, is_digest) in zip(messages, parsed, strict=True):
        names = chain(message)
        missing = [name for name in names if name not in at_hand]
        digests |= {n for n in missing if re.match(r"mailman\.\d+\.\d+\.\d+\.[^@]+@", n)}
        if is_digest and not is_reply and message["person"] is None:
            digests.add(message["message_id"])
        if is_digest and is_reply and names and names[0] not in at_hand:
            digests.add(names[0])
    return digests


def components(messages, neighbours, at_hand):
    """Give for each message the first one that it hangs together with."""
    first = {}
    for number, message in enumerate(messages):
        open_ids = [message["message_id"]]
        while open_ids:
            name = open_ids.pop()
            if name not in first:
                first[name] = number
                open_ids += neighbours[name]
    return [first[message["message_id"]] for message in messages]


def original_of(number, messages, parsed, originals):
    """Find what a Re: answers by its subject."""
    message, (base, is_reply, _) = messages[number], parsed[number]
    if not is_reply or base is None or message["date"] is None:
        return None
    for earlier in reversed(originals[base]):
        other = messages[earlier]
        same_person = message["person"] is not None and other["person"] == message["person"]
        if earlier < number and not same_person:
            return earlier if message["date"] - other["date"] <= SPAN else None
    return None


def subject_links(messages, parsed, by_header):
    """Join what the headers leave alone with others of the same subject."""
    last, begins = {}, {}
    for number, message in enumerate(messages):
        base, is_reply, _ = parsed[number]
        if base is None or message["date"] is None:
            continue
        before = last.get(base) if is_reply else begins.get(base)
        if before is not None and message["date"] - messages[before]["date"] > SPAN:
            before = None
        if before is None and not is_reply:
            begins[base] = number
        if by_header[number] == number and before is not None:
            yield number, before
        last[base] = number


def jwz_threads(messages):
    """Give for each message of one coalition the id at the top of its tree."""
    parents = {}

    def top(name):
        while parents.get(name) is not None:
            name = parents[name]
        return name

    def would_loop(parent, child):
        while parent is not None and parent != child:
            parent = parents.get(parent)
        return parent == child

    for message in messages:
        names = list(dict.fromkeys(reversed(chain(message))))[::-1]
        for parent, child in pairwise(names):
            if parents.get(child) is None and not would_loop(parent, child):
                parents[child] = parent
        own = message["message_id"]
        parents[own] = None
        if names and not would_loop(names[-1], own):
            parents[own] = names[-1]
    return [top(message["message_id"]) for message in messages]
