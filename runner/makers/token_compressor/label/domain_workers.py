"""Orchestrator and synthesizer: texts are labelled domain by domain, each in its own process."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from runner.compression.domain import classify
from runner.compression.options import DOMAINS
from runner.fanout.pool import fan_out
from runner.makers.token_compressor.label.mark import Mark
from runner.makers.token_compressor.label.portion import Portion, label_portion
from runner.makers.token_compressor.params import Workers

Item = TypeVar("Item")


def label_by_domain(whole: Portion, workers: Workers) -> list[Mark]:
    """Label texts by domain, with the domain's own threshold, and merge in the texts' order.

    Args:
        whole: All texts; its threshold is not looked at.
        workers: Thresholds, and how many processes run at once.

    Raises:
        FanoutError: a worker failed or died; its domain is named.
    """
    domains = [classify(text.text) for text in whole.texts]
    places = {
        domain: [index for index, found in enumerate(domains) if found == domain]
        for domain in DOMAINS
        if domain in domains
    }
    portions: dict[str, Portion] = {
        domain: replace(
            whole,
            texts=_picked(whole.texts, indices),
            silver=_picked(whole.silver, indices),
            rule=replace(whole.rule, threshold=workers.threshold(domain)),
        )
        for domain, indices in places.items()
    }
    found = fan_out(label_portion, portions, processes=workers.processes)
    marks = {
        index: mark
        for domain, indices in places.items()
        for index, mark in zip(indices, found[domain], strict=True)
    }
    return [marks[index] for index in range(len(whole.texts))]


def _picked(items: Sequence[Item], indices: Sequence[int]) -> tuple[Item, ...]:
    return tuple(items[index] for index in indices)
