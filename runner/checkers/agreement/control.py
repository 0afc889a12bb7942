"""Floors and ceilings that ask no model: the commonest label, and the teacher's second look."""

import json
from collections import Counter
from collections.abc import Sequence

from runner.checkers.agreement.agreement import key
from runner.checkers.agreement.arm import with_kappa
from runner.checkers.agreement.case import Case, Label
from runner.checkers.agreement.errors import AgreementError
from runner.checkers.agreement.params import Params
from runner.checkers.agreement.score import scored
from runner.core.chat import ChatResponse
from runner.core.score import CaseScore


def majority(cases: Sequence[Case], params: Params) -> list[CaseScore]:
    """Score what knows the answers of its own cases and nothing else: a floor.

    Every case is answered with the commonest value of each field, or with the commonest text; the
    first in the file among equals. Attacks are no part of it.

    Raises:
        AgreementError: no case has a label.
    """
    labelled = [case for case in cases if case.label is not None]
    if not labelled:
        raise AgreementError("no case has a label")
    answer = _commonest([case.label for case in labelled if case.label is not None], params)
    return _scores(labelled, [answer] * len(labelled), params)


def teacher(cases: Sequence[Case], params: Params) -> list[CaseScore]:
    """Score the second label of each case that has one as if it were an answer: the noise ceiling.

    No candidate can be told from a perfect one above it. Empty where no case has a second label.
    """
    twice = [case for case in cases if case.again is not None]
    return _scores(twice, [case.again for case in twice if case.again is not None], params)


def _scores(cases: Sequence[Case], answers: Sequence[Label], params: Params) -> list[CaseScore]:
    trials = [
        scored(case, ChatResponse(text=_text(answer)), params)
        for case, answer in zip(cases, answers, strict=True)
    ]
    return [trial.score for trial in with_kappa(cases, trials, params)]


def _text(answer: Label) -> str:
    return answer if isinstance(answer, str) else json.dumps(answer)


def _commonest(labels: Sequence[Label], params: Params) -> Label:
    texts = [label for label in labels if isinstance(label, str)]
    if texts:
        return Counter(texts).most_common(1)[0][0]
    fields = [label for label in labels if not isinstance(label, str)]
    answer = {}
    for name in params.fields:
        counts = Counter(key(label[name]) if name in label else "" for label in fields)
        found = counts.most_common(1)[0][0]
        if found:
            answer[name] = json.loads(found)
    return answer
