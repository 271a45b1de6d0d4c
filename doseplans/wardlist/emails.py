"""E-mail addresses as typed into a cell."""

import re

LONGEST = 254
LONGEST_CELL = 600
_ADDRESS = re.compile(
    r"^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$",
    re.IGNORECASE | re.ASCII,
)
_SEPARATORS = re.compile(r"[;,\s/]+")


def read_email(text: str) -> str | None:
    """The address with its domain in small letters, or None where the text is not one address.

    >>> read_email("mailto:Patient01@Example.ORG"), read_email("<a@example.org>"), read_email("not an address")
    ('Patient01@example.org', 'a@example.org', None)
    """
    bare = text.strip().removeprefix("mailto:").strip("<> ")
    if len(bare) > LONGEST or not _ADDRESS.match(bare):
        return None
    local, _, domain = bare.rpartition("@")
    return f"{local}@{domain.lower()}" if len(local) <= 64 else None


def read_emails(text: str) -> list[str]:
    """Every address in a cell that holds several; empty unless all of it is addresses.

    >>> read_emails("a@example.org; b@example.org"), read_emails("a@example.org or ring")
    (['a@example.org', 'b@example.org'], [])
    """
    if len(text) > LONGEST_CELL:
        return []
    addresses = [read_email(piece) for piece in _SEPARATORS.split(text.strip(" ;,/")) if piece]
    return [address for address in addresses if address] if all(addresses) else []
