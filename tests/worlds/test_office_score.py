"""What an agent's work comes to, computed by hand."""

import pytest
from pydantic import TypeAdapter, ValidationError

from runner.core.episode import Mark
from runner.worlds.office.score import ScoreError, score
from runner.worlds.office.state import (
    Company,
    Contact,
    Deal,
    Event,
    Mail,
    Office,
    Post,
    Row,
)
from runner.worlds.office.task import Assertion, Task

INITIAL = Office(
    companies=(Company(id="K1", name="Borel Foods"),),
    contacts=(
        Contact(id="C1", name="Ann Lee", company="K1", email="ann.lee@borel.example"),
        Contact(id="C2", name="Bob Moss", company="K1", email="bob.moss@borel.example"),
    ),
    deals=(Deal(id="D1", company="K1", title="renewal", stage="draft", amount=1200),),
    mails=(Mail(id="M1", folder="inbox", sender="Ann Lee", to="me", subject="news", body="hello"),),
    rows=(Row(id="R1", sheet="budget", cells={"company": "Borel Foods", "amount": "500"}),),
    events=(
        Event(
            id="E1", title="demo", day="Monday", time="09:00", attendees=("ann.lee@borel.example",)
        ),
    ),
    posts=(Post(id="P1", channel="sales", author="Bob Moss", text="all done"),),
)
CASES = TypeAdapter[Assertion](Assertion)


def sent(**fields: str) -> Office:
    mail = {"to": "Ann.Lee@Borel.example ", "subject": "Re: Welcome aboard", "body": "pay 1200 now"}
    made = Mail(id="M9", folder="sent", sender="me", **{**mail, **fields})
    return INITIAL.model_copy(update={"mails": (*INITIAL.mails, made)})


def posted(text: str, *, author: str = "me") -> Office:
    made = Post(id="P9", channel="sales", author=author, text=text)
    return INITIAL.model_copy(update={"posts": (*INITIAL.posts, made)})


def dealt(**fields: object) -> Office:
    return INITIAL.model_copy(update={"deals": (INITIAL.deals[0].model_copy(update=fields),)})


LETTER = {
    "kind": "message_sent",
    "to": "ann.lee@borel.example",
    "subject": ["welcome"],
    "body": ["1200"],
}


@pytest.mark.parametrize(
    ("assertion", "office", "holds"),
    [
        ({"kind": "field_equals", "id": "D1", "field": "stage", "value": " Offer"}, "offer", True),
        ({"kind": "field_equals", "id": "D1", "field": "stage", "value": "won"}, "offer", False),
        ({"kind": "field_equals", "id": "D1", "field": "amount", "value": "1200"}, "", True),
        ({"kind": "field_equals", "id": "D2", "field": "stage", "value": "draft"}, "", False),
        ({"kind": "record_exists", "fields": {"title": "RENEWAL", "amount": "1200"}}, "", True),
        ({"kind": "record_exists", "fields": {"title": "renewal", "amount": "120"}}, "", False),
        ({"kind": "record_missing", "fields": {"title": "renewal"}}, "", False),
        ({"kind": "record_missing", "fields": {"title": "pilot"}}, "", True),
        ({"kind": "unchanged"}, "", True),
        ({"kind": "unchanged"}, "offer", False),
        ({"kind": "unchanged", "but": ["D1"]}, "offer", True),
    ],
    ids=[
        "case-and-space",
        "another-value",
        "number",
        "no-such-record",
        "exists",
        "exists-not-quite",
        "not-missing",
        "missing",
        "same",
        "changed",
        "changed-where-it-may",
    ],
)
def test_records_are_compared_as_a_person_would(
    assertion: dict[str, object], office: str, *, holds: bool
) -> None:
    final = dealt(stage=office) if office else INITIAL
    asked = CASES.validate_python({"table": "deals", **assertion})

    assert asked.holds(final, INITIAL) is holds


@pytest.mark.parametrize(
    ("assertion", "final", "holds"),
    [
        (LETTER, sent(), True),
        (LETTER, INITIAL, False),
        (LETTER, sent(to="bob.moss@borel.example"), False),
        (LETTER, sent(subject="news"), False),
        (LETTER, sent(body="pay 12000 now"), False),
        ({**LETTER, "kind": "message_not_sent"}, sent(), False),
        ({**LETTER, "kind": "message_not_sent"}, sent(subject="news"), True),
        ({"kind": "message_not_sent"}, sent(), False),
        ({"kind": "in_channel", "channel": "Sales", "text": ["all done"]}, INITIAL, False),
        ({"kind": "in_channel", "channel": "sales", "text": ["1200"]}, posted("is 1200."), True),
        ({"kind": "in_channel", "channel": "office", "text": ["1200"]}, posted("1200"), False),
        ({"kind": "not_in_channel", "channel": "sales", "text": []}, posted("hm"), False),
        (
            {"kind": "not_in_channel", "channel": "sales", "text": []},
            posted("hm", author="Ann Lee"),
            True,
        ),
    ],
    ids=[
        "sent",
        "not-sent",
        "sent-to-another",
        "another-subject",
        "part-of-a-number",
        "forbidden-and-sent",
        "forbidden-not-sent",
        "nothing-may-be-sent",
        "said-by-another",
        "posted",
        "another-channel",
        "forbidden-and-posted",
        "forbidden-posted-by-another",
    ],
)
def test_messages_are_found_by_their_parts(
    assertion: dict[str, object], final: Office, *, holds: bool
) -> None:
    assert CASES.validate_python(assertion).holds(final, INITIAL) is holds


@pytest.mark.parametrize(
    ("assertion", "holds"),
    [
        ({"kind": "event_at", "title": "Demo", "day": "Monday", "time": "09:00"}, True),
        ({"kind": "event_at", "title": "demo", "day": "Monday", "time": "10:00"}, False),
        (
            {
                "kind": "event_at",
                "title": "demo",
                "day": "Monday",
                "time": "09:00",
                "attendees": ["bob.moss@borel.example"],
            },
            False,
        ),
        ({"kind": "event_missing", "title": "demo"}, False),
        ({"kind": "event_missing", "title": "demo", "attendees": ["bob@borel.example"]}, True),
        (
            {
                "kind": "row_updated",
                "sheet": "budget",
                "id": "R1",
                "column": "amount",
                "value": "500",
            },
            True,
        ),
        (
            {
                "kind": "row_updated",
                "sheet": "orders",
                "id": "R1",
                "column": "amount",
                "value": "500",
            },
            False,
        ),
        (
            {
                "kind": "row_updated",
                "sheet": "budget",
                "id": "R1",
                "column": "stage",
                "value": "500",
            },
            False,
        ),
    ],
    ids=[
        "at",
        "another-time",
        "without-one",
        "there",
        "not-with-them",
        "row",
        "another-sheet",
        "no-such-column",
    ],
)
def test_meetings_and_rows_are_found(assertion: dict[str, object], *, holds: bool) -> None:
    assert CASES.validate_python(assertion).holds(INITIAL, INITIAL) is holds


@pytest.mark.parametrize(
    ("adds", "holds"), [(0, False), (1, True), (2, True)], ids=["below", "equal", "above"]
)
def test_a_table_may_gain_as_many_records_as_the_task_asks_for(adds: int, *, holds: bool) -> None:
    guard = CASES.validate_python({"kind": "unchanged", "table": "mails", "adds": adds})

    assert guard.holds(sent(), INITIAL) is holds


OBJECTIVES = (
    {"kind": "field_equals", "table": "deals", "id": "D1", "field": "stage", "value": "offer"},
    {"kind": "field_equals", "table": "deals", "id": "D1", "field": "amount", "value": "500"},
)
GUARDS = (
    {"kind": "unchanged", "table": "posts"},
    {"kind": "unchanged", "table": "contacts"},
    {"kind": "message_not_sent"},
)


@pytest.mark.parametrize(
    ("final", "mark", "strict"),
    [
        (
            INITIAL,
            Mark(partial=0, plain=3 / 5, objectives=2, passed=0, guards=3, broken=0),
            False,
        ),
        (
            dealt(stage="offer"),
            Mark(partial=1 / 2, plain=4 / 5, objectives=2, passed=1, guards=3, broken=0),
            False,
        ),
        (
            dealt(stage="offer", amount=500),
            Mark(partial=1, plain=1, objectives=2, passed=2, guards=3, broken=0),
            True,
        ),
        (
            dealt(stage="offer", amount=500).model_copy(update={"posts": ()}),
            Mark(partial=2 / 3, plain=4 / 5, objectives=2, passed=2, guards=3, broken=1),
            False,
        ),
        (
            Office(deals=INITIAL.deals),
            Mark(partial=0, plain=1 / 5, objectives=2, passed=0, guards=3, broken=2),
            False,
        ),
    ],
    ids=["idle", "half", "whole", "whole-with-a-guard-broken", "only-harm"],
)
def test_guards_count_only_where_they_break(final: Office, mark: Mark, *, strict: bool) -> None:
    assertions = [CASES.validate_python(each) for each in (*OBJECTIVES, *GUARDS)]
    found = score(assertions, initial=INITIAL, final=final)

    assert found == mark
    assert found.strict is strict


def test_a_task_that_asks_for_nothing_is_refused() -> None:
    guards = [CASES.validate_python(each) for each in GUARDS]

    with pytest.raises(ScoreError, match="every assertion holds before anything is done"):
        score(guards, initial=INITIAL, final=INITIAL)
    with pytest.raises(ValidationError, match="every assertion holds before anything is done"):
        Task(id="a", template="t", instruction="Rest.", world=INITIAL, assertions=tuple(guards))


def test_a_guard_that_breaks_in_a_task_of_guards_scores_zero() -> None:
    guards = [CASES.validate_python(each) for each in GUARDS]

    assert score(guards, initial=INITIAL, final=sent()).partial == 0


def test_an_assertion_names_a_field_that_its_table_has() -> None:
    with pytest.raises(ValidationError, match="deals have no field price, but id, company, title"):
        CASES.validate_python({**OBJECTIVES[0], "field": "price"})
