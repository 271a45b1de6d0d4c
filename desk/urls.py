"""The addresses of the staff's pages. No name, number or birthday of a patient is part of any."""

from django.urls import path, register_converter

from desk.converters import DayConverter
from desk.views import acts, aftercare, courses, day, dose_acts, doses, home, patients, visits, ward_lists, worklist

register_converter(DayConverter, "day")

app_name = "desk"

urlpatterns = [
    path("", home.home, name="home"),
    path("unit/", home.switch_unit, name="switch_unit"),
    path("today/", day.today, name="today"),
    path("today/<day:on>/", day.day, name="day"),
    path("today/<day:on>/live/", day.live, name="day_live"),
    path("today/<day:on>/visits/<uuid:visit_id>/", day.day_visit, name="day_visit"),
    path("doses/", doses.doses, name="doses"),
    path("doses/csv/", doses.doses_csv, name="doses_csv"),
    path("doses/<uuid:dose_id>/slots/", doses.slots, name="slots"),
    path("doses/<uuid:dose_id>/reserve/", doses.reserve, name="reserve"),
    path("doses/<uuid:dose_id>/release/", doses.release, name="release"),
    path("doses/<uuid:dose_id>/book/", doses.book, name="book"),
    path("doses/<uuid:dose_id>/omit/", dose_acts.omit, name="omit_dose"),
    path("doses/<uuid:dose_id>/set-date/", dose_acts.set_date, name="set_dose_date"),
    path("doses/<uuid:dose_id>/take-back/", dose_acts.take_back, name="take_back_decision"),
    path("doses/<uuid:dose_id>/correct/", dose_acts.correct, name="correct_given"),
    path("doses/<uuid:dose_id>/withdraw/", dose_acts.withdraw, name="withdraw_given"),
    path("doses/<uuid:dose_id>/paper/", dose_acts.paper, name="paper"),
    path("doses/<uuid:dose_id>/follows/<slug:what>/", dose_acts.what_follows, name="what_follows"),
    path("visits/<uuid:visit_id>/not-given/", dose_acts.not_given, name="not_given"),
    path("visits/<uuid:visit_id>/keep/", dose_acts.keep, name="keep_visit"),
    path("visits/<uuid:visit_id>/", visits.visit, name="visit"),
    path("visits/<uuid:visit_id>/move/", visits.move, name="move"),
    path("visits/<uuid:visit_id>/cancel/", visits.cancel, name="cancel"),
    path("visits/<uuid:visit_id>/undo/", visits.undo, name="undo"),
    path("visits/<uuid:visit_id>/arrive/", acts.arrive, name="arrive"),
    path("visits/<uuid:visit_id>/put-back/", acts.put_back, name="put_back"),
    path("visits/<uuid:visit_id>/start/", acts.start, name="start"),
    path("visits/<uuid:visit_id>/given/", acts.given, name="given"),
    path("visits/<uuid:visit_id>/noshow/", acts.noshow, name="noshow"),
    path("visits/<uuid:visit_id>/discharge/", acts.discharge, name="discharge"),
    path("patients/", patients.patients, name="patients"),
    path("patients/import/", ward_lists.import_patients, name="import_patients"),
    path("patients/import/<str:digest>/", ward_lists.preview, name="preview_import"),
    path("patients/<uuid:patient_id>/", patients.patient, name="patient"),
    path("patients/<uuid:patient_id>/red-flag/", aftercare.red_flag, name="red_flag"),
    path("patients/<uuid:patient_id>/death/", courses.record_death, name="record_death"),
    path("patients/<uuid:patient_id>/death/undo/", courses.undo_death, name="undo_death"),
    path("plans/<uuid:plan_id>/hold/", courses.hold, name="hold"),
    path("plans/<uuid:plan_id>/hold/review/", courses.review, name="review_hold"),
    path("plans/<uuid:plan_id>/resume/", courses.resume, name="resume"),
    path("plans/<uuid:plan_id>/end/", courses.end, name="end_plan"),
    path("plans/<uuid:plan_id>/reopen/", courses.reopen, name="reopen_plan"),
    path("worklist/", worklist.worklist, name="worklist"),
    path("worklist/<uuid:item_id>/", worklist.task, name="task"),
    path("worklist/<uuid:item_id>/follow-up/", aftercare.follow_up, name="follow_up"),
    path("worklist/<uuid:item_id>/finish/", worklist.finish, name="finish_task"),
]
