"""The project: settings, addresses, the Celery application, and the services of a one-machine installation."""

import gc

# Loading the product makes half a million objects, and a page thousands, nearly all of which go when they are done
# with: looked through for rings at Python's own pace they cost an eighth of a start and a twentieth of a page.
gc.set_threshold(50_000, 20, 50)

from clinic.celery import app as celery_app  # noqa: E402  what is loaded is loaded at that pace

__all__ = ["celery_app"]
