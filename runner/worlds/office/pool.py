"""The words that worlds are made of, and which names belong to whom.

Every first name, last name and word of a company occurs in every pool; a whole name occurs in one
only. So a model that has seen all words can be tried on people and companies that it never met.
"""

from functools import cache
from typing import Literal

from runner.worlds.office.state import Day

Pool = Literal["pretrain", "train", "dev", "heldout"]

FIRSTS = (
    *("Ann", "Bob", "Cleo", "Dirk", "Eva", "Finn", "Gus", "Hugo"),
    *("Ida", "Jack", "Kim", "Lena", "Max", "Nora", "Omar", "Paul"),
    *("Quin", "Rosa", "Sven", "Tess", "Uma", "Vera", "Walt", "Yara"),
    *("Zoe", "Amir", "Bela", "Cora", "Dan", "Elsa", "Fred", "Greta"),
)
LASTS = (
    *("Lee", "Moss", "Reid", "Stone", "Voss", "Wolf", "Adler", "Berg"),
    *("Cole", "Dunn", "Ellis", "Frost", "Grant", "Hale", "Irwin", "Jonas"),
    *("Klein", "Lund", "Marsh", "Nolan", "Ortiz", "Page", "Quill", "Rossi"),
    *("Shaw", "Tran", "Urban", "Vance", "Weber", "Young", "Zeller", "Blake"),
)
HEADS = (
    *("Ardent", "Borel", "Cobalt", "Delphi", "Ember", "Falcon", "Granite", "Harbor"),
    *("Indigo", "Jasper", "Kestrel", "Lumen", "Meridian", "Nimbus", "Orchid", "Pioneer"),
    *("Quartz", "Raven", "Summit", "Tundra", "Umbra", "Vertex", "Willow", "Zenith"),
)
TAILS = (
    *("Foods", "Labs", "Motors", "Textiles", "Paper", "Energy", "Optics", "Travel"),
    *("Media", "Steel", "Books", "Farms"),
)
BRANCHES = ("North", "South", "Group")
"""What tells a company from its near-duplicate."""

ROLES = ("buyer", "director", "engineer", "lawyer", "planner", "analyst")
TITLES = ("renewal", "pilot", "upgrade", "licence", "training")
STAGES = ("draft", "review", "offer", "signed", "paused")
MEETINGS = ("demo", "kickoff", "briefing", "workshop", "retro")
ISSUES = ("login", "billing", "printer", "network", "delivery")
PRIORITIES = ("low", "normal", "high", "urgent")
TIERS = ("gold", "silver", "bronze")
TOPICS = ("news", "parcel", "contract", "welcome", "reminder")
CHANNELS = ("sales", "support", "office", "finance", "ops")
SHEETS = ("budget", "forecast", "orders")
YEARS = ("2024", "2025", "2026", "2027")
DAYS: tuple[Day, ...] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
TIMES = ("09:00", "09:30", "10:00", "11:30", "13:00", "14:30", "15:00", "16:30")
AMOUNTS = ("500", "800", "1200", "1500", "2400", "3000", "4500", "6000", "7500", "9000")
NOTES = ("please sign", "price agreed", "order shipped", "please call", "all done", "see you")
STATUSES = ("active", "left")
STATES = ("open", "closed")
VOCABULARIES = (
    *(ROLES, TITLES, STAGES, MEETINGS, ISSUES, PRIORITIES, TIERS, TOPICS, CHANNELS, SHEETS),
    *(YEARS, DAYS, TIMES, AMOUNTS, NOTES, STATUSES, STATES),
)
"""Sets of which a wrong value is drawn for a right one."""

_CYCLE: tuple[Pool, ...] = (
    *("pretrain", "train", "pretrain", "heldout", "pretrain", "train"),
    *("pretrain", "dev", "pretrain", "train", "pretrain", "heldout"),
)

_OTHERS: tuple[Pool, ...] = ("pretrain", "train")
"""Whose the names are that are no first and last name: those to learn from."""


@cache
def people(pool: Pool) -> tuple[str, ...]:
    """Return the full names of a pool.

    `pretrain` and `train` have names of any two words besides, whichever list these are from: a
    model that meets few last names after a first guesses them, and never learns to copy.
    """
    return _names(FIRSTS, LASTS, pool)


@cache
def companies(pool: Pool) -> tuple[str, ...]:
    """Return the companies of a pool, by their two-word names; with others as in `people`."""
    return _names(HEADS, TAILS, pool)


def _names(firsts: tuple[str, ...], lasts: tuple[str, ...], pool: Pool) -> tuple[str, ...]:
    usual = {
        f"{before} {after}": _CYCLE[(left + right) % len(_CYCLE)]
        for left, before in enumerate(firsts)
        for right, after in enumerate(lasts)
    }
    words = (*firsts, *lasts)
    others = {
        f"{before} {after}": _OTHERS[(left + right) % len(_OTHERS)]
        for left, before in enumerate(words)
        for right, after in enumerate(words)
        if before != after
    }
    return tuple(name for name, owner in {**others, **usual}.items() if owner == pool)
