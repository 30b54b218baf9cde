"""The legal steps of a case, and its clock."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcactivity.cases.case import Case
from dcactivity.cases.events import EVENTS, Event
from dcactivity.cases.steps import replay
from dcactivity.cases.terms import Terms
from dcactivity.errors import StepError

TERMS = Terms(notice_days=90, reminder_days=(30, 75), appeal_days=30)
Step = tuple[str, ...]  # event, day, and what else: until:DAY, by:ROLE, note:TEXT


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def case_after(*steps: Step, ground: str = "silence", terms: Terms = TERMS) -> Case:
    events = [
        Event(1, 1, "dc-a", day("2022-04-01"), "opened", ground=ground, terms=terms.to_json())
    ]
    for number, (name, on, *rest) in enumerate(steps, 2):
        given_ = dict(item.split(":", 1) for item in rest)
        until = day(given_["until"]) if "until" in given_ else None
        role, note = given_.get("by", ""), given_.get("note", "")
        events.append(Event(number, 1, "dc-a", day(on), name, until=until, role=role, note=note))
    return replay(events)[1]


def refusal(*steps: Step, ground: str = "silence", terms: Terms = TERMS) -> str:
    case_after(*steps[:-1], ground=ground, terms=terms)  # all but the last are legal
    with pytest.raises(StepError) as caught:
        case_after(*steps, ground=ground, terms=terms)
    return str(caught.value)


NOTICE = ("notice_sent", "2022-04-04")
RECOMMENDED = ("revocation_recommended", "2022-07-04")
DECIDED = ("by:coordination group", "note:minutes of meeting 64")


def test_notice_sets_the_deadline_and_the_reminders() -> None:
    case = case_after(NOTICE)
    assert (case.stage, case.deadline) == ("notified", day("2022-07-03"))  # 26 + 31 + 30 + 3 = 90
    assert case.next_reminder == day("2022-05-04")
    assert case_after(NOTICE, ("reminder_sent", "2022-05-04")).next_reminder == day("2022-06-18")
    last = case_after(NOTICE, ("reminder_sent", "2022-05-04"), ("reminder_sent", "2022-06-18"))
    assert last.next_reminder is None


def test_nothing_is_recommended_before_the_notice_period_has_run_out() -> None:
    assert "needs a notice" in refusal(("revocation_recommended", "2023-04-04"))
    for on in ("2022-04-04", "2022-05-01", "2022-07-03"):
        assert "runs until 3 July 2022" in refusal(NOTICE, ("revocation_recommended", on))
    assert case_after(NOTICE, RECOMMENDED).stage == "recommended"


def test_nothing_is_revoked_without_recommendation_appeal_time_and_a_persons_decision() -> None:
    assert "nothing was recommended" in refusal(("revoked", "2022-04-02", *DECIDED))
    assert "nothing was recommended" in refusal(NOTICE, ("revoked", "2023-04-02", *DECIDED))
    early = refusal(NOTICE, RECOMMENDED, ("revoked", "2022-08-03", *DECIDED))
    assert "time until 3 August 2022" in early
    assert "from 4 August 2022 on" in early
    for rest in ((), DECIDED[:1], DECIDED[1:]):
        said = refusal(NOTICE, RECOMMENDED, ("revoked", "2022-08-04", *rest))
        assert "only a person can decide" in said
    done = case_after(NOTICE, RECOMMENDED, ("revoked", "2022-08-04", *DECIDED))
    assert done.stage == "revoked"


def test_reply_stops_the_clock_until_its_day_and_what_was_left_runs_on() -> None:
    # 3 July is 60 days after 4 May: they run on from 1 September.
    reply = ("reply", "2022-05-04", "until:2022-09-01")
    case = case_after(NOTICE, reply)
    assert case.deadline == day("2022-09-01") + dt.timedelta(days=60) == day("2022-10-31")
    assert "holds the clock until 1 September 2022" in refusal(NOTICE, reply, RECOMMENDED)
    after = ("revocation_recommended", "2022-10-31")
    assert "runs until 31 October 2022" in refusal(NOTICE, reply, after)
    assert case_after(NOTICE, reply, ("revocation_recommended", "2022-11-01")).recommended
    # The second reminder is due 15 days before the new deadline.
    reminded = case_after(NOTICE, ("reminder_sent", "2022-05-04"), reply)
    assert reminded.next_reminder == day("2022-10-16")


def test_second_reply_during_a_stop_loses_nothing_of_what_was_left() -> None:
    first, second = ("reply", "2022-05-04", "until:2022-09-01"), ("reply", "2022-08-01")
    longer = case_after(NOTICE, first, (*second, "until:2022-12-01"))
    assert longer.deadline == day("2022-12-01") + dt.timedelta(days=60)
    shorter = case_after(NOTICE, first, (*second, "until:2022-08-15"))
    assert (shorter.stopped_until, shorter.deadline) == (day("2022-09-01"), day("2022-10-31"))


def test_reply_that_sets_no_day_holds_the_clock_until_one_is_agreed_on() -> None:
    reply = ("reply", "2022-06-03")
    said = refusal(NOTICE, reply, ("revocation_recommended", "2030-01-01"))
    assert "no day has been agreed on" in said
    agreed = case_after(NOTICE, reply, ("extension", "2022-08-01", "until:2022-09-30"))
    assert (agreed.deadline, agreed.unanswered) == (day("2022-09-30"), None)
    # 30 days were left when it came, not when the next one set a day.
    answered = case_after(NOTICE, reply, ("reply", "2022-06-20", "until:2022-07-31"))
    assert answered.deadline == day("2022-08-30")


def test_late_reply_holds_a_case_that_has_run_out() -> None:
    reply = ("reply", "2022-07-10", "until:2022-08-10")
    assert case_after(NOTICE, reply).deadline == day("2022-08-10")
    held = refusal(NOTICE, RECOMMENDED, reply, ("revoked", "2022-08-10", *DECIDED))
    assert "holds the clock until 10 August 2022" in held
    assert case_after(NOTICE, RECOMMENDED, reply, ("revoked", "2022-08-11", *DECIDED))


def test_reply_may_come_to_light_late_and_nothing_else_may() -> None:
    late = ("reply", "2022-06-23", "until:2022-08-20")  # recorded after the recommendation
    case = case_after(NOTICE, RECOMMENDED, late)
    assert (case.deadline, case.last_date) == (day("2022-08-30"), day("2022-07-04"))
    revoked = ("revoked", "2022-08-30", *DECIDED)
    assert "time until 30 August 2022" in refusal(NOTICE, RECOMMENDED, late, revoked)
    assert "earlier than" in refusal(NOTICE, ("reply", "2022-03-31", "until:2022-08-20"))
    assert "only a reply" in refusal(NOTICE, RECOMMENDED, ("escalated", "2022-07-03"))


def test_extension_moves_the_deadline_and_takes_a_recommendation_back() -> None:
    longer = ("extension", "2022-07-10", "until:2022-10-01")
    assert case_after(NOTICE, longer).deadline == day("2022-10-01")
    back = case_after(NOTICE, RECOMMENDED, longer)
    assert (back.stage, back.recommended, back.appeal_until) == ("notified", None, None)
    assert "cannot shorten" in refusal(NOTICE, ("extension", "2022-05-01", "until:2022-07-02"))
    assert "needs its last day" in refusal(NOTICE, ("extension", "2022-05-01"))
    assert "needs a notice" in refusal(("extension", "2022-05-01", "until:2022-07-02"))


def test_appeal_in_time_only_and_it_can_set_a_day() -> None:
    said = refusal(NOTICE, RECOMMENDED, ("appeal", "2022-08-04"))
    assert "ended on 3 August 2022" in said
    assert "as a reply" in said
    appeal = ("appeal", "2022-08-01", "until:2022-09-15")
    assert case_after(NOTICE, RECOMMENDED, appeal).stage == "appealed"
    assert "15 September" in refusal(
        NOTICE, RECOMMENDED, appeal, ("revoked", "2022-09-15", *DECIDED)
    )
    assert case_after(NOTICE, RECOMMENDED, appeal, ("revoked", "2022-09-16", *DECIDED))
    against = case_after(
        NOTICE, RECOMMENDED, ("revoked", "2022-08-04", *DECIDED), ("appeal", "2022-09-01")
    )
    assert against.stage == "revoked"


@pytest.mark.parametrize("ground", ["small-fault", "missing-report"])
def test_small_matter_leads_to_no_recommendation_unless_a_person_escalated_it(ground: str) -> None:
    assert "by itself" in refusal(NOTICE, RECOMMENDED, ground=ground)
    escalated = ("escalated", "2022-07-04")
    assert case_after(NOTICE, escalated, RECOMMENDED, ground=ground).stage == "recommended"


def test_reinstated_even_after_the_case_was_filed_away() -> None:
    gone = (NOTICE, RECOMMENDED, ("revoked", "2022-08-04", *DECIDED))
    assert case_after(*gone, ("reinstated", "2023-01-10")).stage == "reinstated"
    filed = (*gone, ("closed", "2022-09-10"))
    assert case_after(*filed, ("reinstated", "2023-01-10")).stage == "reinstated"
    assert "was closed on" in refusal(*filed, ("reply", "2022-09-11"))
    assert "needs a revocation" in refusal(NOTICE, ("reinstated", "2022-05-01"))


def test_case_without_outcome_is_closed_with_a_reason_only() -> None:
    assert "give the reason with --note" in refusal(NOTICE, ("closed", "2022-05-01"))
    assert case_after(NOTICE, ("closed", "2022-05-01", "note:opened in error")).closed
    assert case_after(NOTICE, ("remedied", "2022-05-01"), ("closed", "2022-05-02")).closed


def test_days_that_are_slips_of_the_pen_are_refused() -> None:
    assert "sets no day" in refusal(("notice_sent", "2022-04-04", "until:2022-05-01"))
    assert "not within ten years" in refusal(NOTICE, ("reply", "2022-05-01", "until:2202-05-01"))
    assert "not within ten years" in refusal(NOTICE, ("reply", "2022-05-01", "until:2022-05-01"))
    assert "notice was sent on 4 April" in refusal(NOTICE, ("notice_sent", "2022-04-05"))


def test_second_case_is_known_as_a_repeat_and_one_at_a_time_is_open() -> None:
    def opened(number: int, case: int, on: str, slug: str = "dc-a") -> Event:
        return Event(number, case, slug, day(on), "opened", ground="silence")

    closed = Event(2, 1, "dc-a", day("2022-05-01"), "closed", note="answered")
    cases = replay([opened(1, 1, "2022-04-01"), closed, opened(3, 2, "2023-04-01")])
    assert [case.repeat for case in cases.values()] == [0, 1]
    with pytest.raises(StepError, match="case 1 of 1 April 2022 is open"):
        replay([opened(1, 1, "2022-04-01"), opened(2, 2, "2022-05-01")])
    with pytest.raises(StepError, match="goes on to 1 May 2022"):
        replay([opened(1, 1, "2022-04-01"), closed, opened(3, 2, "2022-04-15")])
    assert len(replay([opened(1, 1, "2022-04-01"), opened(2, 2, "2022-05-01", "dc-b")])) == 2


def test_business_days_leave_out_saturdays_and_sundays() -> None:
    terms = Terms(notice_days=10, reminder_days=(5,), appeal_days=1, business_days=True)
    case = case_after(("notice_sent", "2022-04-01"), terms=terms)  # a Friday
    assert case.deadline == day("2022-04-15")
    assert case.next_reminder == day("2022-04-08")
    assert terms.shift(day("2022-04-02"), 1) == day("2022-04-04")  # from Saturday to Monday
    assert terms.shift(day("2022-04-02"), -1) == day("2022-04-01")
    assert terms.between(day("2022-04-01"), day("2022-04-15")) == 10
    # The appeal of one business day after a Friday ends on Monday.
    gone = (("notice_sent", "2022-04-01"), ("revocation_recommended", "2022-04-22"))
    assert case_after(*gone, terms=terms).appeal_until == day("2022-04-25")


DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2050, 12, 31))


@given(DAYS, st.integers(0, 500), st.booleans())
def test_between_counts_what_shift_moved(start: dt.date, days: int, business: bool) -> None:
    terms = Terms(business_days=business)
    assert terms.between(start, terms.shift(start, days)) == days


@given(st.lists(st.tuples(st.sampled_from(EVENTS[1:]), st.integers(0, 200)), max_size=9))
def test_no_order_of_events_revokes_before_notice_and_appeal_have_passed(
    steps: list[tuple[str, int]],
) -> None:
    on = day("2022-04-01")
    taken: list[Step] = []
    for name, later in steps:
        moved = on + dt.timedelta(days=later)
        step: Step = (name, moved.isoformat(), *DECIDED)
        if name == "extension":
            step = (*step, f"until:{moved + dt.timedelta(days=400)}")
        try:
            case_after(*taken, step)
        except StepError:
            continue
        taken.append(step)
        on = moved
    dates = {name: day(on) for name, on, *_ in taken}
    if "revoked" in dates:
        assert (dates["revocation_recommended"] - dates["notice_sent"]).days > 90
        assert (dates["revoked"] - dates["revocation_recommended"]).days > 30
