"""What an office may hold."""

import pytest
from pydantic import ValidationError

from runner.worlds.office.state import Company, Event, Office, Row


def test_an_id_occurs_once_in_a_table() -> None:
    twice = (Company(id="A1", name="Ardent"), Company(id="A1", name="Borel"))

    with pytest.raises(ValidationError, match="companies: the id A1 occurs twice"):
        Office(companies=twice)


@pytest.mark.parametrize("time", ["9:30", "24:00", "12:60", "noon"])
def test_a_meeting_begins_at_a_time_of_day(time: str) -> None:
    with pytest.raises(ValidationError, match="time"):
        Event(id="E1", title="Review", day="Monday", time=time)


def test_no_column_is_called_as_the_id_of_a_row() -> None:
    with pytest.raises(ValidationError, match="a column is called id"):
        Row(id="R1", sheet="Leads", cells={"id": "7"})
