"""What tests of the real parts put together share."""

from tests.text_loop import logs  # noqa: F401 - a fixture
