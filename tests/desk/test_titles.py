"""What the browser calls a page about a patient. That each page says so is asked by the walk over every address."""

from __future__ import annotations

from desk import urls
from desk.titles import BESIDE, OF_A_PATIENT, title_of_route


def test_each_title_is_unlike_the_others() -> None:
    titles = [str(title_of_route(name)) for name in (*OF_A_PATIENT, *BESIDE)]
    assert sorted(set(titles)) == sorted(titles)


def test_each_title_is_of_a_page_there_is() -> None:
    assert {*OF_A_PATIENT, *BESIDE} <= {pattern.name for pattern in urls.urlpatterns}
