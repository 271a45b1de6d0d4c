"""The project: settings, addresses, the Celery application, and the services of a one-machine installation."""

from clinic.celery import app as celery_app

__all__ = ["celery_app"]
