import pytest
import yaml

from runner.checkers.must_keep.declaration import family_patterns, parse
from runner.checkers.must_keep.errors import MustKeepError
from runner.checkers.must_keep.generate import generate

DECLARATION: dict[str, object] = {
    "v": 1,
    "domain": "dense",
    "sentences": [2, 3],
    "joiner": "\n",
    "lists": {"noun": ["pump", "valve"], "both": ["<noun>-<int:3-3>"]},
    "fillers": ["as they say"],
    "families": {
        "ip6": {"class": "address", "forms": ["fe80::<hex:2-4>"]},
        "count": {"class": "number", "forms": ["<int:10-99>", "<digit:3-3>ms"]},
        "part": {"class": "name", "forms": ["<both>"]},
    },
    "templates": ["open {ip6} for <noun>", "{count} and {count}, {~}", "the {part} broke"],
}


def data(**changes: object) -> bytes:
    return yaml.safe_dump({**DECLARATION, **changes}).encode()


def draw(n: int = 20, seed: bytes = b"s") -> list[dict[str, object]]:
    return generate(data(), n=n, seed=seed, slices=("dense", "hard"))


def test_the_same_seed_draws_the_same_cases_and_another_seed_others() -> None:
    assert draw() == draw()
    assert [case["text"] for case in draw()] != [case["text"] for case in draw(seed=b"t")]


def test_a_longer_draw_begins_with_the_shorter_one() -> None:
    assert draw(n=30)[:20] == draw(n=20)


def test_cases_carry_id_slices_domain_and_source() -> None:
    first = draw()[0]
    assert first["id"] == "dense-0000"
    assert first["slices"] == ["dense", "hard"]
    assert (first["domain"], first["source"]) == ("dense", "generated")


def test_every_span_holds_exactly_a_text_of_its_family() -> None:
    kinds = {"address": "ip6", "number": "count", "name": "part"}
    patterns = family_patterns(parse(data()))
    for case in draw(n=50):
        for start, end, kind in case["must"]:  # type: ignore[attr-defined]
            assert patterns[kinds[kind]].fullmatch(str(case["text"])[start:end])


def test_the_reference_is_the_literal_text_without_fillers_and_slots() -> None:
    case = generate(
        data(
            templates=["{count} and x, {~}"],
            sentences=[1, 1],
            families={"count": {"class": "number", "forms": ["7"]}},
        ),
        n=1,
        seed=b"",
        slices=("dense",),
    )[0]
    assert case["text"] == "7 and x, as they say"
    assert case["must"] == [[0, 1, "number"]]
    assert case["reference"] == [[1, 9]]


def test_patterns_find_a_family_inside_other_text_but_not_inside_a_word() -> None:
    patterns = family_patterns(parse(data()))
    assert patterns["part"].search("a Pump-3, see")
    assert not patterns["part"].search("bilgepump-3")
    assert not patterns["count"].search("0x12345")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"templates": ["{nope}"]}, "names no family: 'nope'"),
        ({"fillers": ["<nope>"]}, "undefined atom: '<nope>'"),
        ({"fillers": ["<int>"]}, "undefined atom: '<int>'"),
        ({"fillers": ["<noun:1-2>"]}, "undefined atom: '<noun:1-2>'"),
        ({"fillers": ["<hex:4-2>"]}, "empty range: '<hex:4-2>'"),
        ({"sentences": [3, 2]}, "sentences: 3 > 2"),
        ({"v": 2}, "cannot be read"),
        ({"surprise": 1}, "cannot be read"),
    ],
    ids=["family", "atom", "no range", "ranged list", "range", "sentences", "version", "key"],
)
def test_a_malformed_declaration_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(MustKeepError, match=message):
        generate(data(**change), n=1, seed=b"", slices=("dense",))


def test_text_that_is_no_yaml_is_refused() -> None:
    with pytest.raises(MustKeepError, match="cannot be read"):
        parse(b"a: [")
