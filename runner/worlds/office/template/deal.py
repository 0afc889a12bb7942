"""Tasks about deals, and about the sheets that list them."""

from runner.worlds.office import pool as words
from runner.worlds.office.assertion import FieldEquals, InChannel, NotInChannel, RowUpdated
from runner.worlds.office.draft import Draft
from runner.worlds.office.hands import Hands
from runner.worlds.office.state import Deal
from runner.worlds.office.task import Assertion
from runner.worlds.office.template import scenery, skill
from runner.worlds.office.template.template import Scene, Slots, Template


def says(deal: Deal, field: str, value: str) -> Assertion:
    """Ask for a field of a deal."""
    return FieldEquals(table="deals", id=deal.id, field=field, value=value)


def _update(draft: Draft) -> Scene:
    company, title = scenery.firm(draft), draft.one(words.TITLES)
    deal = scenery.deal(draft, company, title)
    amount = draft.one(words.AMOUNTS, but=(str(deal.amount),))
    stage = draft.one(words.STAGES, but=(deal.stage,))
    return Scene(
        {"title": title, "company": company.name, "amount": amount, "stage": stage},
        (says(deal, "amount", amount), says(deal, "stage", stage)),
        changed={"deals": (deal.id,)},
    )


def _set_both(slots: Slots, hands: Hands) -> None:
    company = skill.company(hands, slots["company"])
    deal = skill.deal(hands, slots["title"], company["id"])
    hands.write("crm_update_deal", id=deal["id"], field="amount", value=int(slots["amount"]))
    hands.write("crm_update_deal", id=deal["id"], field="stage", value=slots["stage"])


def _parent(draft: Draft) -> Scene:
    found, title = scenery.family(draft), draft.one(words.TITLES)
    if draft.chance(scenery.TRAP):
        draft.deal(found.child, title)
    deal = scenery.deal(draft, found.parent, title)
    amount = draft.one(words.AMOUNTS, but=(str(deal.amount),))
    return Scene(
        {"title": title, "company": found.child.name, "amount": amount},
        (says(deal, "amount", amount),),
        changed={"deals": (deal.id,)},
    )


def _set_parent(slots: Slots, hands: Hands) -> None:
    deal = skill.deal(hands, slots["title"], skill.parent(hands, slots["company"]))
    hands.write("crm_update_deal", id=deal["id"], field="amount", value=int(slots["amount"]))


def _policy(draft: Draft) -> Scene:
    company, title = scenery.firm(draft), draft.one(words.TITLES)
    deal = scenery.deal(draft, company, title)
    stage = draft.one(words.STAGES, but=(deal.stage,))
    other = draft.one(words.TITLES, but=(title,))
    channel = draft.one(words.CHANNELS)
    scenery.policy(draft, channel, {title: stage, other: draft.one(words.STAGES, but=(stage,))})
    return Scene(
        {"title": title, "company": company.name, "channel": channel},
        (says(deal, "stage", stage),),
        changed={"deals": (deal.id,)},
    )


def _set_policy(slots: Slots, hands: Hands) -> None:
    stage = skill.policy(hands, slots["channel"], slots["title"])
    company = skill.company(hands, slots["company"])
    deal = skill.deal(hands, slots["title"], company["id"])
    hands.write("crm_update_deal", id=deal["id"], field="stage", value=stage)


def _tell(draft: Draft) -> Scene:
    company, title = scenery.firm(draft), draft.one(words.TITLES)
    deal = scenery.deal(draft, company, title)
    channel = draft.one(words.CHANNELS)
    other = draft.one(words.CHANNELS, but=(channel,))
    for each in (channel, other):
        draft.post(each, draft.one(words.NOTES))
    return Scene(
        {"title": title, "company": company.name, "channel": channel},
        (
            InChannel(channel=channel, text=(company.name, str(deal.amount))),
            NotInChannel(channel=other, text=(company.name,)),
        ),
        added={"posts": 1},
    )


def _post(slots: Slots, hands: Hands) -> None:
    company = skill.company(hands, slots["company"])
    deal = skill.deal(hands, slots["title"], company["id"])
    text = f"{slots['company']} {deal['amount']}"
    hands.write("chat_post", channel=slots["channel"], text=text)


def _row(draft: Draft) -> Scene:
    company, sheet, year = scenery.firm(draft), draft.one(words.SHEETS), draft.one(words.YEARS)
    row = scenery.row(
        draft, company, sheet=sheet, year=year, amount=draft.one(words.AMOUNTS), stage="draft"
    )
    amount = draft.one(words.AMOUNTS, but=(row.cells["amount"],))
    return Scene(
        {"sheet": sheet, "company": company.name, "year": year, "amount": amount},
        (RowUpdated(sheet=sheet, id=row.id, column="amount", value=amount),),
        changed={"rows": (row.id,)},
    )


def _set_row(slots: Slots, hands: Hands) -> None:
    row = skill.row(hands, slots["sheet"], slots["company"], slots["year"])
    hands.write(
        "sheet_update", sheet=slots["sheet"], row=row["id"], column="amount", value=slots["amount"]
    )


def _copy(draft: Draft) -> Scene:
    company, sheet, year = scenery.firm(draft), draft.one(words.SHEETS), draft.one(words.YEARS)
    title = draft.one(words.TITLES)
    deal = scenery.deal(draft, company, title)
    old = draft.one(words.AMOUNTS, but=(str(deal.amount),))
    row = scenery.row(draft, company, sheet=sheet, year=year, amount=old)
    return Scene(
        {"title": title, "company": company.name, "year": year, "sheet": sheet},
        (RowUpdated(sheet=sheet, id=row.id, column="amount", value=str(deal.amount)),),
        changed={"rows": (row.id,)},
    )


def _set_copy(slots: Slots, hands: Hands) -> None:
    company = skill.company(hands, slots["company"])
    amount = str(skill.deal(hands, slots["title"], company["id"])["amount"])
    row = skill.row(hands, slots["sheet"], slots["company"], slots["year"])
    hands.write("sheet_update", sheet=slots["sheet"], row=row["id"], column="amount", value=amount)


DEAL = (
    Template(
        "deal_update",
        (
            "Set the {title} deal of {company} to amount {amount} and stage {stage}.",
            "The {title} deal of {company} is now {amount}, stage {stage}. Set both.",
            "Please change the {title} deal of {company}: amount {amount}, stage {stage}.",
        ),
        _update,
        _set_both,
    ),
    Template(
        "deal_parent",
        (
            "Set the {title} deal of the parent of {company} to amount {amount}.",
            "The {title} deal of the parent of {company} is now {amount}. Set the amount.",
            "Please change the {title} deal of the parent of {company}: amount {amount}.",
        ),
        _parent,
        _set_parent,
    ),
    Template(
        "deal_policy",
        (
            "Set the {title} deal of {company} to the stage that the {channel} channel says.",
            (
                "Read the {channel} channel. Set the stage of the {title} deal of {company} "
                "as it says."
            ),
            "Please set the stage of the {title} deal of {company} as the {channel} channel says.",
        ),
        _policy,
        _set_policy,
    ),
    Template(
        "deal_post",
        (
            "Post {company} and the amount of its {title} deal in the {channel} channel.",
            "Tell the {channel} channel: {company} and the amount of its {title} deal.",
            "Please post in the {channel} channel {company} and the amount of its {title} deal.",
        ),
        _tell,
        _post,
    ),
    Template(
        "sheet_amount",
        (
            "Set the {year} amount of {company} in the {sheet} sheet to {amount}.",
            "In the {sheet} sheet the {year} amount of {company} is now {amount}. Set it.",
            "Please change the {sheet} sheet: {company}, {year}, amount {amount}.",
        ),
        _row,
        _set_row,
    ),
    Template(
        "sheet_deal",
        (
            "Set the {year} amount of {company} in the {sheet} sheet to that of its {title} deal.",
            (
                "Copy the amount of the {title} deal of {company} to its {year} row in the "
                "{sheet} sheet."
            ),
            "Please copy the {title} deal of {company} to the {sheet} sheet: {year}, amount.",
        ),
        _copy,
        _set_copy,
    ),
)
