"""The WSGI application that granian or another server runs."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018  loaded now, not by whoever asks first
gc.collect()
gc.freeze()  # what stays is not looked through again: that stops every request of the process
