"""Real archives: each is recognised, and gives as many messages as were counted by others."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from dcactivity.archives.find import find_archives
from dcactivity.archives.opening import open_archive
from dcactivity.archives.records import Part, RawMessage

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpora of real archives are not at hand"
)


@pytest.mark.parametrize(
    ("name", "formats"),
    [
        ("apache-users-ponymail", {"mbox"}),
        ("gmane-qemu", {"mbox"}),
        ("groupsio-perceval", {"mbox.zip"}),
        ("listserv-3gpp-nr-mimo-ota", {"mbox"}),
        ("listserv-log-3gpp-itut-ahg", {"listserv"}),
        ("maildir-lkml", {"maildir"}),
        ("mboxrd-blinux-list", {"mbox.gz"}),
        ("pipermail-divunal-author", {"mbox", "pipermail"}),
        ("pipermail-divunal-list", {"mbox.gz", "pipermail.gz"}),
        ("pipermail-imagej-devel", {"pipermail.gz"}),
        ("pipermail-numpy-2001-11", {"pipermail"}),
        ("pipermail-reality", {"mbox.gz", "pipermail.gz"}),
        ("publicinbox-codalist", {"public-inbox"}),
        ("publicinbox-oprofile-list", {"public-inbox"}),
        ("publicinbox-tomoyo-users-en", {"public-inbox"}),
    ],
)
def test_a_real_list_is_recognised_whole(name: str, formats: set[str]) -> None:
    if name.startswith("publicinbox") and shutil.which("git") is None:
        pytest.skip("git is not installed")
    expected = json.loads((CORPUS / name / "expected.json").read_text())
    archives, _ = find_archives(CORPUS / name, root=CORPUS)
    formats_found = set()
    lines = messages = 0
    for archive in archives:
        for part in open_archive(archive):
            if not isinstance(part, Part):
                continue
            formats_found.add(part.format)
            if part.stream is not None:
                lines += (b"\n" + part.stream.read()).count(b"\nFrom ")
            messages += sum(isinstance(item, RawMessage) for item in part.messages or ())
    assert formats_found == formats
    # Where From_ lines separate, this stage gives the bytes; finding messages is the next one's.
    assert lines == expected["counts"].get("grep_from", 0)
    assert messages == (0 if lines else expected["messages"])


def test_every_odd_message_is_read(tmp_path: Path) -> None:
    facts = json.loads((CORPUS / "torture" / "expected.json").read_text())["messages"]
    for number, name in enumerate(sorted(facts)):
        (tmp_path / f"m{number:04d}").mkdir()
        shutil.copy(CORPUS / "torture" / name, tmp_path / f"m{number:04d}" / "message.eml")
    archives, passed = find_archives(tmp_path, root=tmp_path)
    assert len(archives) == len(facts)
    assert passed == []
    kinds: Counter[str] = Counter()
    for archive in archives:
        for part in open_archive(archive):
            assert isinstance(part, Part)
            kinds[part.format] += 1
            if part.messages is not None:
                assert len(list(part.messages)) == 1
    # One of them, an index of a thread, is a mailbox of four.
    assert kinds == {"eml": len(facts) - 1, "mbox": 1}
