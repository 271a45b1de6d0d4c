"""The addresses of the staff's pages. No name, number or birthday of a patient is part of any."""

from django.urls import path, register_converter

from desk.converters import DayConverter
from desk.views import handover, home, my_calendar, notes, waiting
from desk.views.booking import doses, series
from desk.views.calendar import page as calendar
from desk.views.calendar import panels as calendar_panels
from desk.views.calendar import places as calendar_places
from desk.views.courses import doses as dose_acts
from desk.views.courses import operators, switching
from desk.views.courses import plans as courses
from desk.views.day import acts, downtime
from desk.views.day import board as day
from desk.views.day import broken as broken_day
from desk.views.day import paper as paper_day
from desk.views.messages import letters
from desk.views.messages import page as messages
from desk.views.patients import details, needs, papers, ward_lists
from desk.views.patients import page as patients
from desk.views.planning import closing, horizons, replans
from desk.views.planning import runs as planning
from desk.views.visits import answers, swapping
from desk.views.visits import page as visits
from desk.views.visits import without_plan as other_visits
from desk.views.worklist import aftercare
from desk.views.worklist import page as worklist

register_converter(DayConverter, "day")

app_name = "desk"

urlpatterns = [
    path("", home.home, name="home"),
    path("account/calendar/", my_calendar.my_calendar, name="my_calendar"),
    path("unit/", home.switch_unit, name="switch_unit"),
    path("today/", day.today, name="today"),
    path("today/<day:on>/", day.day, name="day"),
    path("today/<day:on>/live/", day.live, name="day_live"),
    path("today/<day:on>/visits/<uuid:visit_id>/", day.day_visit, name="day_visit"),
    path("today/<day:on>/notes/", notes.day_notes, name="day_notes"),
    path("today/<day:on>/paper/", paper_day.enter, name="paper_day"),
    path("tomorrow/", handover.tomorrow, name="tomorrow"),
    path("tomorrow/<day:on>/", handover.tomorrow_day, name="tomorrow_day"),
    path("since/", handover.since, name="since"),
    path("since/read/", handover.since_read, name="since_read"),
    path("mine/", handover.mine, name="mine"),
    path("downtime/", downtime.downtime, name="downtime"),
    path("downtime/<day:on>/list.pdf", downtime.pdf, name="downtime_pdf"),
    path("notes/<uuid:note_id>/end/", notes.end, name="end_note"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/<day:on>/", calendar.day, name="calendar_day"),
    path("calendar/<day:on>/live/", calendar.live, name="calendar_live"),
    path("calendar/<day:on>/week/", calendar.week, name="calendar_week"),
    path("calendar/<day:on>/week/live/", calendar.week_live, name="calendar_week_live"),
    path("calendar/<day:on>/place/", calendar_places.place, name="calendar_place"),
    path("calendar/<day:on>/visits/<uuid:visit_id>/", calendar_panels.visit, name="calendar_visit"),
    path("calendar/<day:on>/visits/<uuid:visit_id>/ask/", calendar_panels.ask_visit, name="calendar_ask_visit"),
    path("calendar/<day:on>/doses/<uuid:dose_id>/", calendar_panels.dose, name="calendar_dose"),
    path("calendar/<day:on>/doses/<uuid:dose_id>/ask/", calendar_panels.ask_dose, name="calendar_ask_dose"),
    path("doses/", doses.doses, name="doses"),
    path("doses/csv/", doses.doses_csv, name="doses_csv"),
    path("waiting/", waiting.waiting, name="waiting"),
    path("waiting/offer/", waiting.offer, name="make_offer"),
    path("waiting/offers/<uuid:offer_id>/withdraw/", waiting.withdraw, name="withdraw_offer"),
    path("waiting/offered/<uuid:offered_id>/accept/", waiting.accept, name="accept_offer"),
    path("waiting/offered/<uuid:offered_id>/decline/", waiting.decline, name="decline_offer"),
    path("waiting/wishes/<uuid:wish_id>/end/", waiting.end, name="end_wish"),
    path("doses/<uuid:dose_id>/earlier/", waiting.earlier_wish, name="earlier_wish"),
    path("doses/<uuid:dose_id>/series/", series.series, name="series"),
    path("doses/<uuid:dose_id>/slots/", doses.slots, name="slots"),
    path("doses/<uuid:dose_id>/reserve/", doses.reserve, name="reserve"),
    path("doses/<uuid:dose_id>/release/", doses.release, name="release"),
    path("doses/<uuid:dose_id>/book/", doses.book, name="book"),
    path("doses/<uuid:dose_id>/omit/", dose_acts.omit, name="omit_dose"),
    path("doses/<uuid:dose_id>/set-date/", dose_acts.set_date, name="set_dose_date"),
    path("doses/<uuid:dose_id>/take-back/", dose_acts.take_back, name="take_back_decision"),
    path("doses/<uuid:dose_id>/correct/", dose_acts.correct, name="correct_given"),
    path("doses/<uuid:dose_id>/withdraw/", dose_acts.withdraw, name="withdraw_given"),
    path("doses/<uuid:dose_id>/not-given/withdraw/", dose_acts.withdraw_not_given, name="withdraw_not_given"),
    path("doses/<uuid:dose_id>/paper/", dose_acts.paper, name="paper"),
    path("doses/<uuid:dose_id>/follows/<slug:what>/", dose_acts.what_follows, name="what_follows"),
    path("visits/<uuid:visit_id>/not-given/", dose_acts.not_given, name="not_given"),
    path("visits/<uuid:visit_id>/keep/", dose_acts.keep, name="keep_visit"),
    path("visits/<uuid:visit_id>/", visits.visit, name="visit"),
    path("visits/<uuid:visit_id>/notes/", notes.visit_notes, name="visit_notes"),
    path("visits/<uuid:visit_id>/move/", visits.move, name="move"),
    path("visits/<uuid:visit_id>/answer/", answers.answer, name="answer"),
    path("visits/<uuid:visit_id>/send-again/", messages.send_again, name="send_again"),
    path("messages/", messages.messaging, name="messaging"),
    path("messages/<uuid:message_id>/", messages.message, name="message"),
    path("messages/<uuid:message_id>/page/", messages.message_page, name="message_page"),
    path("patients/<uuid:patient_id>/links/end/", messages.revoke, name="revoke_links"),
    path("visits/<uuid:visit_id>/swap/", swapping.choose, name="swap"),
    path("visits/<uuid:visit_id>/swap/<uuid:other_id>/", swapping.swap, name="swap_with"),
    path("visits/<uuid:visit_id>/cancel/", visits.cancel, name="cancel"),
    path("visits/<uuid:visit_id>/undo/", visits.undo, name="undo"),
    path("visits/<uuid:visit_id>/arrive/", acts.arrive, name="arrive"),
    path("visits/<uuid:visit_id>/put-back/", acts.put_back, name="put_back"),
    path("visits/<uuid:visit_id>/start/", acts.start, name="start"),
    path("visits/<uuid:visit_id>/given/", acts.given, name="given"),
    path("visits/<uuid:visit_id>/finish/", acts.finish, name="finish"),
    path("visits/<uuid:visit_id>/noshow/", acts.noshow, name="noshow"),
    path("visits/<uuid:visit_id>/came/", acts.came, name="came"),
    path("visits/<uuid:visit_id>/late/", broken_day.late, name="late"),
    path("doses/<uuid:dose_id>/squeeze-in/", broken_day.squeeze_dose, name="squeeze_dose"),
    path("patients/<uuid:patient_id>/visit/<uuid:kind_id>/squeeze-in/", broken_day.squeeze_visit, name="squeeze_visit"),
    path("visits/<uuid:visit_id>/discharge/", acts.discharge, name="discharge"),
    path("find/", patients.find, name="find"),
    path("patients/", patients.patients, name="patients"),
    path("patients/add/", details.add_patient, name="add_patient"),
    path("patients/import/", ward_lists.import_patients, name="import_patients"),
    path("patients/import/<str:digest>/", ward_lists.preview, name="preview_import"),
    path("patients/<uuid:patient_id>/", patients.patient, name="patient"),
    path("patients/<uuid:patient_id>/notes/", notes.patient_notes, name="patient_notes"),
    path("patients/<uuid:patient_id>/details/", details.details, name="details"),
    path("patients/<uuid:patient_id>/needs/", needs.needs, name="needs"),
    path("patients/<uuid:patient_id>/no-go-times/", needs.no_go, name="no_go"),
    path("patients/<uuid:patient_id>/carers/", needs.carers, name="carers"),
    path("patients/<uuid:patient_id>/visit/", other_visits.choose, name="choose_visit"),
    path("patients/<uuid:patient_id>/visit/<uuid:kind_id>/", other_visits.book, name="other_visit"),
    path("patients/<uuid:patient_id>/red-flag/", aftercare.red_flag, name="red_flag"),
    path("patients/<uuid:patient_id>/consents/", papers.consents, name="consents"),
    path("patients/<uuid:patient_id>/checks/", papers.checks, name="checks"),
    path("patients/<uuid:patient_id>/authorisations/", papers.authorisations, name="authorisations"),
    path("patients/<uuid:patient_id>/medicines/", papers.medicines, name="medicines"),
    path("patients/<uuid:patient_id>/start/", papers.start, name="start_plan"),
    path("plans/<uuid:plan_id>/facts/", papers.facts, name="plan_facts"),
    path("patients/<uuid:patient_id>/death/", courses.record_death, name="record_death"),
    path("patients/<uuid:patient_id>/death/undo/", courses.undo_death, name="undo_death"),
    path("plans/<uuid:plan_id>/hold/", courses.hold, name="hold"),
    path("plans/<uuid:plan_id>/hold/review/", courses.review, name="review_hold"),
    path("plans/<uuid:plan_id>/resume/", courses.resume, name="resume"),
    path("plans/<uuid:plan_id>/switch/", switching.switch_protocol, name="switch_protocol"),
    path("plans/<uuid:plan_id>/operator/", operators.only_operator, name="only_operator"),
    path("plans/<uuid:plan_id>/end/", courses.end, name="end_plan"),
    path("plans/<uuid:plan_id>/reopen/", courses.reopen, name="reopen_plan"),
    path("closures/", replans.closures, name="closures"),
    path("closures/new/", closing.close_for_a_time, name="close"),
    path("closures/<uuid:closure_id>/open/", closing.open_again, name="open_again"),
    path("closures/<uuid:closure_id>/replan/", replans.plan, name="plan_closure"),
    path("replans/<uuid:replan_id>/", replans.replan, name="replan"),
    path("replans/<uuid:replan_id>/lines/<uuid:line_id>/", replans.change, name="change_replan_line"),
    path("replans/<uuid:replan_id>/apply/", replans.apply, name="apply_replan"),
    path("replans/<uuid:replan_id>/give-up/", replans.give_up, name="give_up_replan"),
    path("ahead/", horizons.ahead, name="ahead"),
    path("ahead/plan/", horizons.plan, name="plan_ahead"),
    path("ahead/<uuid:horizon_id>/", horizons.horizon, name="horizon"),
    path("ahead/<uuid:horizon_id>/lines/<uuid:line_id>/", horizons.change, name="change_horizon_line"),
    path("ahead/<uuid:horizon_id>/book/", horizons.book, name="book_horizon"),
    path("ahead/<uuid:horizon_id>/give-up/", horizons.give_up, name="give_up_horizon"),
    path("planning/<uuid:run_id>/live/", planning.live, name="planning_live"),
    path("planning/<uuid:run_id>/cancel/", planning.cancel, name="cancel_planning"),
    path("letters/", letters.letters, name="letters"),
    path("letters/print/", letters.make_run, name="make_print_run"),
    path("letters/<uuid:run_id>/", letters.print_run, name="print_run"),
    path("letters/<uuid:run_id>/letters.pdf", letters.pdf, name="print_run_pdf"),
    path("letters/<uuid:run_id>/posted/", letters.posted, name="letters_posted"),
    path("letters/<uuid:run_id>/spoilt/", letters.spoilt, name="letters_spoilt"),
    path("worklist/", worklist.worklist, name="worklist"),
    path("worklist/live/", worklist.live, name="worklist_live"),
    path("worklist/<uuid:item_id>/", worklist.task, name="task"),
    path("worklist/<uuid:item_id>/follow-up/", aftercare.follow_up, name="follow_up"),
    path("worklist/<uuid:item_id>/answer/", worklist.answer_task, name="answer_task"),
    path("worklist/<uuid:item_id>/address/", worklist.address_task, name="address_task"),
    path("worklist/<uuid:item_id>/take/", worklist.take, name="take_task"),
    path("worklist/<uuid:item_id>/give-back/", worklist.give_back, name="give_back_task"),
    path("worklist/<uuid:item_id>/not-reached/", worklist.unreached, name="unreached_task"),
    path("worklist/<uuid:item_id>/finish/", worklist.finish, name="finish_task"),
]
