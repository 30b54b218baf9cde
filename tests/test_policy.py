from __future__ import annotations

import tomllib
from pathlib import Path

import pydantic
import pytest

from dcactivity.errors import MissingError, PolicyError
from dcactivity.policy import Policy


def refusal(folder: Path, text: str) -> PolicyError:
    path = folder / "ours.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        Policy.load(path)
    assert "\n" not in str(caught.value)
    assert caught.value.path == str(path)
    return caught.value


def test_preset_has_the_figures_of_the_draft() -> None:
    policy = Policy.load("draft-2022")
    assert policy.name == "draft-2022"
    assert "proposal" in policy.source
    assert policy.model_dump(exclude={"name", "title", "source"}) == {
        "count": {"automated": False, "suspected_spam": False, "bulletins": False},
        "active": {
            "window_months": 12,
            "min_messages": 4,
            "min_participants": 3,
            "min_conversations": 1,
        },
        "new": {"grace_months": 12},
        "at_risk": {
            "dormant_months": 12,
            "noncompliant_months": None,
            "reports_missing": None,
            "attendance_counts": False,
        },
        "coverage": {"grace_days": 31},
        "principles": {"valid_months": 12, "headers_suffice": False},
        "reports": {"due": "03-31"},
        "process": {
            "notice_days": 90,
            "reminder_days": (30, 75),
            "appeal_days": 30,
            "business_days": False,
            "early_notice_risk": None,
        },
    }


def test_every_preset_is_listed_loads_and_bears_its_own_name() -> None:
    assert "draft-2022" in Policy.presets()
    for name in Policy.presets():
        policy = Policy.load(name)
        assert policy.name == name
        assert policy.title
        assert policy.source


def test_what_is_left_out_takes_the_default(tmp_path: Path) -> None:
    path = tmp_path / "stricter.toml"
    path.write_text("[active]\nmin_messages = 10\n")
    policy = Policy.load(path)
    assert policy.name == "stricter"
    assert (policy.active.min_messages, policy.active.window_months) == (10, 12)
    assert policy.coverage.grace_days == 31


def test_policy_cannot_be_changed() -> None:
    policy = Policy.load("draft-2022")
    with pytest.raises(pydantic.ValidationError):
        policy.active.min_messages = 1


@pytest.mark.parametrize(
    ("text", "position", "message", "hint"),
    [
        ("[active]\nmin_message = 4", "active.min_message", "unknown key", "min_messages?"),
        ("[active]\nconversations = 1", "active.conversations", "unknown key", "min_"),
        ("[actve]\nmin_messages = 4", "actve", "unknown section", "did you mean active?"),
        ("[count]\nautomated = 0", "count.automated", "the number 0", "true or false"),
        ("[count]\nspam = true", "count.spam", "unknown key", "suspected_spam"),
        ("min_messages = 4", "min_messages", "unknown key", "known here: name, title"),
        ("[at_risk]\ndormant = 4", "at_risk.dormant", "unknown key", "dormant_months?"),
        ("[active]\nmin_messages = -1", "active.min_messages", "number -1", "at least 0"),
        ("[active]\nwindow_months = 0", "active.window_months", "number 0", "at least 1"),
        ("[new]\ngrace_months = 99999", "new.grace_months", "99999", "at most 1200"),
        ("[active]\nmin_messages = 4.0", "active.min_messages", "4.0", "a whole number"),
        ("[active]\nmin_messages = true", "active.min_messages", "true", "a whole number"),
        ('[active]\nmin_messages = "4"', "active.min_messages", 'the text "4"', "whole number"),
        ('[reports]\ndue = "02-29"', "reports.due", '"02-29"', "a day of every year"),
        ('[reports]\ndue = "soon"', "reports.due", '"soon"', "a day of every year"),
        ("[process]\nreminder_days = 30", "process.reminder_days", "30", "a list of whole"),
        ("[process]\nreminder_days = [-1]", "process.reminder_days.0", "-1", "at least 0"),
        ("[process]\nbusiness_days = 1", "process.business_days", "1", "true or false"),
        ("[process]\nearly_notice_risk = 2", "process.early_notice_risk", "2", "from 0 to 1"),
        ("[process]\nnotice = 30", "process.notice", "unknown key", "notice_days?"),
        ("active = 4", "active", "the number 4", "a section [active]"),
        ("name = 4", "name", "the number 4", "a text"),
        ('name = ""', "name", 'the text ""', "not empty"),
        ("[active]\nmin_messages = 2022-01-01", "active.min_messages", "the date", "whole number"),
    ],
)
def test_fault_names_key_finding_and_way_out(
    tmp_path: Path, text: str, position: str, message: str, hint: str
) -> None:
    error = refusal(tmp_path, text)
    assert error.position == position
    assert message in error.message
    assert hint in str(error.hint)


def test_further_faults_are_counted(tmp_path: Path) -> None:
    error = refusal(tmp_path, "[active]\nmin_messages = -1\nmin_participants = -2\nx = 1")
    assert "(and 2 further faults)" in error.message


def test_syntax_error_has_its_line(tmp_path: Path) -> None:
    assert refusal(tmp_path, "[active\n").position == "line 1, column 8"


def test_unknown_preset_lists_those_there_are() -> None:
    with pytest.raises(MissingError, match="did you mean draft-2022"):
        Policy.load("draft2022")
    with pytest.raises(MissingError, match=r"presets: .*draft-2022"):
        Policy.load("zzzzz")


def test_folder_is_no_policy(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="is a folder"):
        Policy.load(tmp_path)


def test_toml_comes_back_as_the_same_policy(tmp_path: Path) -> None:
    policy = Policy.from_dict(
        {
            "name": "odd",
            "title": 'quotes " and \\ and\nlines \x7f é',
            "source": "proposal",
            "active": {"window_months": 7},
            "coverage": {"grace_days": 0},
            "process": {"reminder_days": [7, 14], "early_notice_risk": 0.6},
        }
    )
    path = tmp_path / "odd.toml"
    path.write_text(policy.to_toml(), encoding="utf-8")
    assert Policy.load(path) == policy
    assert Policy.load(path).digest == policy.digest
    content = policy.model_dump(mode="json", exclude_none=True)  # as lists, as TOML has them
    assert tomllib.loads(policy.to_toml()) == content


def test_digest_depends_on_content_alone(tmp_path: Path) -> None:
    one, two, other = (tmp_path / f"{name}.toml" for name in ("one", "two", "other"))
    one.write_text('name = "p"\n[active]\nmin_messages = 5\n[new]\ngrace_months = 3\n')
    two.write_text('name = "p"  # the same\n[new]\ngrace_months = 3\n[active]\nmin_messages = 5\n')
    other.write_text('name = "p"\n[active]\nmin_messages = 6\n[new]\ngrace_months = 3\n')
    assert Policy.load(one).digest == Policy.load(two).digest
    assert Policy.load(one).digest != Policy.load(other).digest
    assert len(Policy.load(one).digest) == 64


def test_sentences_say_every_figure() -> None:
    figures: dict[str, object] = {
        "name": "p",
        "active": {
            "window_months": 7,
            "min_messages": 5,
            "min_participants": 1,
            "min_conversations": 2,
        },
        "count": {"bulletins": True},
        "new": {"grace_months": 3},
        "at_risk": {"dormant_months": 9},
        "coverage": {"grace_days": 21},
    }
    count, window, grace, rest, risk, coverage, *_ = Policy.from_dict(figures).sentences()
    assert count == (
        "Messages that persons wrote to its lists count, and so do bulletins that went to several "
        "coalitions; automated mail and suspected spam do not."
    )
    assert window == (
        "A coalition is active when, in the 7 months up to the day of the review, its lists "
        "carried at least 5 messages by at least 1 person and at least 2 conversations in which "
        "one person answered another."
    )
    assert grace == (
        "A new coalition counts as active for 3 months from its recognition, or from its first "
        "message where no recognition is recorded."
    )
    assert rest == ("Otherwise it is dormant, from the first day of an unbroken run of such days.")
    assert risk == "A coalition that has been dormant for 9 months is at risk of revocation."
    assert coverage == (
        "Where the archives at hand end more than 21 days before the day of the review, silence "
        "proves nothing, and the status is unknown."
    )


def test_sentences_leave_out_rules_that_are_off() -> None:
    figures: dict[str, object] = {
        "name": "p",
        "count": {"automated": True, "suspected_spam": True, "bulletins": True},
        "active": {"min_messages": 0, "min_participants": 0, "min_conversations": 0},
        "new": {"grace_months": 0},
        "at_risk": {"dormant_months": 0},
        "coverage": {"grace_days": 0},
    }
    said = Policy.from_dict(figures).sentences()
    assert said[0] == (
        "Messages that persons wrote to its lists count, and so do automated mail, suspected spam "
        "and bulletins that went to several coalitions."
    )
    assert said[1] == "A coalition is active whatever its lists carried."
    assert said[3] == "A dormant coalition is at risk of revocation at once."
    assert said[4].startswith("Where the archives at hand end before the day of the review")
    assert not any("annual report" in line or "meeting" in line for line in said)


def test_sentences_say_the_figures_of_the_procedure() -> None:
    figures: dict[str, object] = {
        "name": "p",
        "at_risk": {"noncompliant_months": 6, "reports_missing": 2, "attendance_counts": True},
        "principles": {"valid_months": 9, "headers_suffice": True},
        "reports": {"due": "05-01"},
        "process": {
            "notice_days": 20,
            "reminder_days": [15, 5, 40],
            "appeal_days": 8,
            "business_days": True,
            "early_notice_risk": 0.6,
        },
    }
    assert Policy.from_dict(figures).sentences()[-8:] == [
        (
            "A coalition that breaches an open principle for 6 months after a notice is at "
            "risk of revocation, whatever its traffic."
        ),
        (
            "A coalition with 2 annual reports overdue in a row is at risk of revocation, "
            "whatever its traffic."
        ),
        (
            "Being present at a meeting delays the risk that rests on silence: its months are "
            "counted from that day."
        ),
        (
            "An observation of an open principle holds for 9 months; the headers of messages "
            "suffice as proof."
        ),
        "The report on a year is due by 1 May of the following year.",
        (
            "After a notice a coalition has 20 business days to answer, with a reminder 5 and "
            "15 business days after the notice; any answer stops the clock."
        ),
        (
            "Nothing is revoked but by a person's decision, and not before 8 business days for an "
            "appeal have passed since the recommendation."
        ),
        (
            "A coalition whose chance of falling silent in the next 12 months is 60% or more gets "
            "an early word, which opens no case."
        ),
    ]
