from pathlib import Path

import pytest

from runner.compression.errors import CompressionError
from runner.compression.options import (
    FILE,
    DomainOptions,
    Ensemble,
    Options,
    read_options,
    write_options,
)


def test_options_are_read_back_as_written(tmp_path: Path) -> None:
    write_options(tmp_path, Options(threshold=0.25, override="span"))
    assert read_options(tmp_path) == Options(threshold=0.25, override="span")
    assert (tmp_path / FILE).read_bytes() == b'{"override":"span","threshold":0.25}\n'


def test_a_folder_without_options_is_no_compressor(tmp_path: Path) -> None:
    with pytest.raises(CompressionError, match="holds no compressor options"):
        read_options(tmp_path)


@pytest.mark.parametrize(
    "text", ['{"override":"maybe"}', '{"threshold":2}', '{"threshold":NaN}', '{"vote":1}', "["]
)
def test_unknown_options_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(CompressionError, match="holds no compressor options"):
        read_options(tmp_path)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ('{"domains":{"logs":{"budget":0.5}}}', 'did you mean "log"'),
        ('{"domains":{"log":{"budget":1.5}}}', "domains.log.budget: expected a number <= 1"),
        ('{"ensemble":{"members":["a","b"],"keep_if":3}}', "keep_if is 3, but there are 2 votes"),
        ('{"ensemble":{"members":["a","a"],"keep_if":1}}', "a member is named twice"),
        ("[", "it is no JSON"),
        ("[]", "expected a mapping"),
    ],
)
def test_what_is_wrong_with_options_is_told_in_one_line(
    tmp_path: Path, text: str, want: str
) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(CompressionError, match=want) as told:
        read_options(tmp_path)
    assert "\n" not in str(told.value)


def test_routes_and_votes_are_read_back_as_written(tmp_path: Path) -> None:
    options = Options(
        domains={"log": DomainOptions(budget=0.4), "code": DomainOptions()},
        ensemble=Ensemble(members=("a", "b"), keep_if=2),
    )
    write_options(tmp_path, options)
    assert read_options(tmp_path) == options
