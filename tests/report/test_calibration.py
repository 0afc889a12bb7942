import re
from xml.etree import ElementTree as ET

from runner.compression.calibration import reliability
from runner.report.calibration import reliability_svg

SPACE = "{http://www.w3.org/2000/svg}"
RIGHT = reliability([0.1, 0.9], [False, True], bins=2)
WRONG = reliability([0.0, 1.0, 1.0], [True, False, False], bins=2)


def drawn(text: str) -> ET.Element:
    return ET.fromstring(text)


def test_each_slice_has_a_panel_with_its_error() -> None:
    image = drawn(reliability_svg({"natural": RIGHT, "dense": WRONG}, title="A model"))
    words = [each.text for each in image.iter(f"{SPACE}text")]
    assert words[0] == "A model"
    assert "natural: error 0.100" in words
    assert "dense: error 1.000" in words
    assert image.find(f"{SPACE}desc") is not None
    assert len(image.findall(f"{SPACE}g")) == 2


def test_points_stand_at_score_and_share() -> None:
    image = drawn(reliability_svg({"natural": RIGHT}, title="t"))
    points = [(each.get("cx"), each.get("cy")) for each in image.iter(f"{SPACE}circle")]
    assert points == [("20.0", "200.0"), ("180.0", "0.0")]


def test_a_bin_without_units_has_no_point_and_a_flat_bar() -> None:
    image = drawn(reliability_svg({"natural": reliability([0.9], [True], bins=2)}, title="t"))
    assert len([*image.iter(f"{SPACE}circle")]) == 1
    bars = [
        each.get("height") for each in image.iter(f"{SPACE}rect") if each.get("class") == "units"
    ]
    assert bars == ["0.0", "28.0"]


def test_both_colour_schemes_are_styled_and_names_are_escaped() -> None:
    text = reliability_svg({"a<b": RIGHT}, title="x & y")
    assert "prefers-color-scheme: dark" in text
    assert "a&lt;b: error" in text
    assert "x &amp; y" in text
    assert drawn(text).get("role") == "img"


def test_without_a_slice_or_a_unit_it_is_still_an_image() -> None:
    assert drawn(reliability_svg({}, title="t")).tag == f"{SPACE}svg"
    empty = reliability_svg({"natural": reliability([], [])}, title="t")
    assert re.search("natural: error 0.000", empty)
    assert drawn(empty).tag == f"{SPACE}svg"
