"""A patient's own answer to an offer: whoever bears its token is that patient, and may answer nothing else.

The token is signed, not stored: it says nothing, ends with the offer, and is worth nothing after the first answer.
"""

from __future__ import annotations

from uuid import UUID

from django.core.signing import BadSignature, Signer

from scheduling.models import OfferedVisit
from units.actors import Actor
from units.errors import NotFound

_SALT = "scheduling.offer"


def token_of(offered: OfferedVisit) -> str:
    """What the patient's link carries."""
    return Signer(salt=_SALT).sign(offered.public_id.hex)


def bearer(token: str) -> tuple[Actor, UUID]:
    """Who answers, and which offer: what `accept_offer` and `decline_offer` take. Raises NotFound."""
    try:
        offered_id = UUID(Signer(salt=_SALT).unsign(token))
    except (BadSignature, ValueError):
        raise NotFound("This link is not complete. Open it again from the message.") from None
    return Actor.system("The patient, by their own link"), offered_id
