"""Pages of a list, the same everywhere."""

from __future__ import annotations

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.views import APIView


class Pages(PageNumberPagination):
    """`?page=2&page_size=30`; never more than 200 rows at once."""

    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int:
        """Rows a page. Raises ValidationError for what is no number from 1 to 200, instead of passing over it."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return int(self.page_size or self.max_page_size)
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= self.max_page_size):
            raise ValidationError({self.page_size_query_param: [f"A number from 1 to {self.max_page_size}."]})
        return int(asked)

    def get_page_number(self, request: Request, paginator: object) -> int:
        """The page asked for. Raises ValidationError for what is no page number; one beyond the last is a 404."""
        asked = request.query_params.get(self.page_query_param, "1")
        if not (asked.isascii() and asked.isdigit() and int(asked[:9]) >= 1):
            raise ValidationError({self.page_query_param: ["A number from 1 on."]})
        return int(asked[:9])

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, object]]:
        parameters: list[dict[str, object]] = super().get_schema_operation_parameters(view)
        limits = {self.page_query_param: {"minimum": 1}, self.page_size_query_param: {"minimum": 1, "maximum": 200}}
        return [
            {**parameter, "schema": {"type": "integer", **limits[str(parameter["name"])]}} for parameter in parameters
        ]
