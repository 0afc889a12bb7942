from pathlib import Path

import pytest

from runner.compression.errors import CompressionError
from runner.compression.options import FILE, Options, read_options, write_options


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
