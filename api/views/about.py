"""The description of the API, its page, and the answer for addresses that are none."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Schema(SpectacularAPIView):
    """OpenAPI 3, for whoever is signed in."""

    permission_classes = (IsAuthenticated,)


class Docs(SpectacularSwaggerSplitView):
    """The description as a page. Its script is an address of its own, since our pages run no inline script."""

    template_name = "api/docs.html"


@extend_schema(exclude=True)
class NoSuchAddress(APIView):
    """Whatever is asked here, in whatever way: a problem document instead of a page."""

    permission_classes = ()
    authentication_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("There is nothing at this address.")

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise NotFound
