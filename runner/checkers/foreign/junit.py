"""JUnit XML, as pytest, Maven, Jest, gotestsum and many others write it.

Source: the windyroad JUnit.xsd for Apache Ant and the Jenkins schema (junit-10.xsd); only what both
have is read: `testcase` with `classname`, `name`, `time` and the children `failure`, `error`,
`skipped`.
"""

from collections.abc import Iterator

from runner.checkers.arm import ArmError
from runner.checkers.foreign.shape import amount
from runner.core.score import CaseScore

MAX_BYTES = 32 * 2**20
_WORST = {"skipped": 1, "failure": 2, "error": 3}


def read(data: bytes, metrics: frozenset[str]) -> Iterator[CaseScore]:
    """Yield `score` per test case: 1 passed, 0 failed; an error is `failed`, a skip left out.

    Raises:
        ArmError: it is not XML, or has a DOCTYPE, whose entities could grow without bound.
    """
    del metrics  # a report has one score per case
    cases = _Cases()
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - few checks write XML

    parser = ET.XMLParser(target=cases)  # noqa: S314 - `doctype` below refuses entities
    try:
        parser.feed(data)
        parser.close()
    except (ET.ParseError, ValueError, LookupError) as err:
        raise ArmError(f"junit report: not XML: {err}") from err
    yield from cases.found


class _Cases:
    """Hears the parser; keeps test cases and nothing else of the tree."""

    def __init__(self) -> None:
        self.found: list[CaseScore] = []
        self._case: dict[str, str] | None = None
        self._worst = ""

    def doctype(self, name: str, *_: object) -> None:
        raise ArmError(f"junit report: <!DOCTYPE {name}> is refused; write the report without it")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition("}")[2]
        if tag == "testcase":
            self._case, self._worst = attributes, ""
        elif self._case is not None and _WORST.get(tag, 0) > _WORST.get(self._worst, 0):
            self._worst = tag

    def end(self, tag: str) -> None:
        if tag.rpartition("}")[2] != "testcase" or self._case is None:
            return
        case, self._case = self._case, None
        if "name" not in case:
            raise ArmError("junit report: a testcase without a name")
        if self._worst != "skipped":
            names = (case.get("classname"), case["name"])
            self.found.append(
                CaseScore(
                    case="::".join(name for name in names if name),
                    metrics={"score": 0.0 if self._worst else 1.0},
                    failed=self._worst == "error",
                    seconds=_time(case.get("time", "")),
                )
            )

    def close(self) -> None:
        """Hear the end; the parser asks for it."""


def _time(text: str) -> float:
    try:
        return amount(float(text.replace(",", "")))
    except ValueError:
        return 0.0
