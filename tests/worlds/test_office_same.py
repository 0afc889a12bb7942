"""When two offices hold the same."""

from runner.worlds.office.same import canonical, same
from runner.worlds.office.state import Event, Office
from runner.worlds.office.world import OfficeWorld
from tests.worlds.office_world import OFFICE, ask


def test_order_means_nothing() -> None:
    turned = OFFICE.model_copy(update={"contacts": OFFICE.contacts[::-1]})

    assert turned != OFFICE
    assert same(turned, OFFICE)
    assert canonical(turned) == canonical(OFFICE)


def test_the_order_of_attendees_means_nothing() -> None:
    one = Event(id="E1", title="x", day="Monday", time="09:00", attendees=("a@x", "b@x"))
    other = one.model_copy(update={"attendees": ("b@x", "a@x")})

    assert same(Office(events=(one,)), Office(events=(other,)))
    assert not same(
        Office(events=(one,)),
        Office(events=(one.model_copy(update={"attendees": ("a@x",)}),)),
    )


def test_the_order_in_which_new_records_were_made_means_nothing() -> None:
    texts = ["one", "two"]
    ends = []
    for order in (texts, texts[::-1]):
        world = OfficeWorld(OFFICE)
        for text in order:
            ask(world, "chat_post", channel="sales", text=text)
        ends.append(world.state)

    assert same(*ends, initial=OFFICE)
    assert not same(*ends)
    assert not same(ends[0], OFFICE, initial=OFFICE)


def test_the_same_record_twice_is_not_once() -> None:
    ends = []
    for times in (1, 2):
        world = OfficeWorld(OFFICE)
        for _ in range(times):
            ask(world, "chat_post", channel="sales", text="hi")
        ends.append(world.state)

    assert not same(*ends, initial=OFFICE)
