"""Tokens that nobody can guess, and that the database alone cannot give away."""

from __future__ import annotations

import base64

from django.utils.crypto import salted_hmac

TOKEN_BYTES = 16
"""128 bits: 22 characters in an address, short enough for a text message."""


def token_of(kind: str, nonce: str) -> str:
    """The token of a row's random nonce under the secret key: the same each time, and of no other kind of row."""
    mac = salted_hmac(f"reminders.token.{kind}", nonce, algorithm="sha256").digest()[:TOKEN_BYTES]
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode("ascii")


def digest_of(secret: str) -> str:
    """What is kept of a secret: enough to recognise it, too little to make it again without the secret key."""
    return salted_hmac("reminders.digest", secret, algorithm="sha256").hexdigest()
