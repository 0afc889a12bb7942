"""Pieces of plans: what is looked up the same way in many of them."""

from runner.worlds.office.hands import Found, Hands


def company(hands: Hands, name: str) -> Found:
    """Find a company by its whole name, which may begin another's."""
    return hands.pick(hands.find("crm_find_companies", name=name), name=name)


def parent(hands: Hands, name: str) -> str:
    """Return the id of the company that a company belongs to."""
    return str(company(hands, name).get("parent", ""))


def person(hands: Hands, name: str) -> Found:
    """Find somebody by name; one who left is not meant."""
    return hands.pick(hands.find("crm_find_contacts", name=name), status="active")


def person_of(hands: Hands, name: str, firm: str) -> Found:
    """Find somebody by name at a company; namesakes work elsewhere."""
    at = company(hands, firm)
    found = hands.find("crm_find_contacts", name=name)
    return hands.pick(found, company=at["id"], status="active")


def in_role(hands: Hands, role: str, firm: str) -> Found:
    """Find who has a role at a company, by the company's id."""
    found = hands.find("crm_find_contacts", company=firm)
    return hands.pick(found, role=role, status="active")


def deal(hands: Hands, title: str, firm: str) -> Found:
    """Find a deal by its title at a company, by the company's id."""
    return hands.pick(hands.find("crm_find_deals", company=firm), title=title)


def ticket(hands: Hands, subject: str, firm: str) -> Found:
    """Find an open ticket by its subject at a company, by the company's id."""
    return hands.pick(hands.find("ticket_find", company=firm), subject=subject, status="open")


def row(hands: Hands, sheet: str, firm: str, year: str) -> Found:
    """Find a company's row of a year, by the company's name."""
    found = hands.find("sheet_find", sheet=sheet, column="company", value=firm)
    return hands.pick(found, company=firm, year=year)


def meeting(hands: Hands, title: str, email: str) -> Found:
    """Find a meeting by its title and somebody's address."""
    return hands.pick(hands.find("calendar_find", attendee=email), title=title)


def rule(hands: Hands, said: list[Found], key: str) -> str:
    """Tell from what was said in a channel what goes for something."""
    post = hands.pick_where(said, lambda each: str(each.get("text", "")).startswith(f"{key}: "))
    return str(post["text"]).partition(": ")[2]


def policy(hands: Hands, channel: str, key: str) -> str:
    """Read in a channel what goes for something."""
    return rule(hands, hands.find("chat_read", channel=channel), key)


def letter(hands: Hands, sender: str, topic: str) -> str:
    """Read the last word of a message, found by its sender and its subject."""
    found = hands.find("mail_search", query=sender)
    read = hands.find("mail_read", id=hands.pick(found, subject=topic)["id"])
    return str(hands.pick_where(read, lambda _: True)["body"]).split()[-1]
