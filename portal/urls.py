"""Addresses for people without an account. Each begins with a secret, and says nothing else about anybody."""

from django.urls import path

from portal.views import feeds, pages

app_name = "portal"

urlpatterns = [
    path("v/<str:token>/", pages.page, name="page"),
    path("v/<str:token>/answer/", pages.answer, name="answer"),
    path("v/<str:token>/offers/<uuid:offered_id>/", pages.answer_offer, name="answer_offer"),
    path("v/<str:token>/appointments/<uuid:visit_id>.ics", pages.visit_file, name="visit_file"),
    path("v/<str:token>/calendar/", pages.new_feed, name="new_feed"),
    path("v/<str:token>/reading/", pages.reading, name="reading"),
    path("v/<str:token>/leave/", pages.leave, name="leave"),
    path("calendar/<str:token>.ics", feeds.feed, name="feed"),
]
