"""The addresses of the API, version 1."""

from django.urls import path, re_path

from api.views import about, appointments, courses, day, dose_acts, doses, papers, patients, waiting

app_name = "api"

docs = about.Docs.as_view(url_name="api:schema")
docs.login_required = True  # type: ignore[attr-defined]  # a page, so it leads to the sign-in page

urlpatterns = [
    path("schema/", about.Schema.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("doses-to-book/", doses.DosesToBook.as_view(), name="doses_to_book"),
    path("doses/<str:id>/slots/", doses.DoseSlots.as_view(), name="dose_slots"),
    path("doses/<str:id>/what-follows/", dose_acts.DoseWhatFollows.as_view(), name="what_follows"),
    path("doses/<str:id>/omit/", dose_acts.DoseOmit.as_view(), name="omit_dose"),
    path("doses/<str:id>/set-date/", dose_acts.DoseSetDate.as_view(), name="set_dose_date"),
    path("doses/<str:id>/take-back/", dose_acts.DoseTakeBack.as_view(), name="take_back_decision"),
    path("doses/<str:id>/correct/", dose_acts.DoseCorrect.as_view(), name="correct_administration"),
    path("doses/<str:id>/withdraw/", dose_acts.DoseWithdraw.as_view(), name="withdraw_administration"),
    path("doses/<str:id>/not-given/withdraw/", dose_acts.DoseWithdrawNotGiven.as_view(), name="withdraw_not_given"),
    path("doses/<str:id>/paper/", dose_acts.DosePaper.as_view(), name="record_from_paper"),
    path("reservations/", doses.Reservations.as_view(), name="reservations"),
    path("reservations/<str:dose>/", doses.DoseReservation.as_view(), name="reservation"),
    path("earlier-wishes/", waiting.EarlierWishes.as_view(), name="earlier_wishes"),
    path("earlier-wishes/<str:id>/end/", waiting.EarlierWishEnd.as_view(), name="end_wish"),
    path("doses/<str:id>/earlier-wish/", waiting.DoseEarlierWish.as_view(), name="ask_for_earlier"),
    path("freed-slots/", waiting.FreedSlots.as_view(), name="freed_slots"),
    path("offers/", waiting.Offers.as_view(), name="offers"),
    path("offers/<str:id>/withdraw/", waiting.OfferWithdraw.as_view(), name="withdraw_offer"),
    path("offered-visits/<str:id>/accept/", waiting.OfferedAccept.as_view(), name="accept_offer"),
    path("offered-visits/<str:id>/decline/", waiting.OfferedDecline.as_view(), name="decline_offer"),
    path("appointments/", appointments.Appointments.as_view(), name="appointments"),
    path("appointments/<str:id>/", appointments.AppointmentRecord.as_view(), name="appointment"),
    path("appointments/<str:id>/move/", appointments.AppointmentMove.as_view(), name="appointment_move"),
    path("appointments/<str:id>/cancel/", appointments.AppointmentCancel.as_view(), name="appointment_cancel"),
    path("appointments/<str:id>/undo/", appointments.AppointmentUndo.as_view(), name="appointment_undo"),
    path("appointments/<str:id>/arrive/", appointments.AppointmentArrive.as_view(), name="appointment_arrive"),
    path("appointments/<str:id>/put-back/", appointments.AppointmentPutBack.as_view(), name="appointment_put_back"),
    path("appointments/<str:id>/start/", appointments.AppointmentStart.as_view(), name="appointment_start"),
    path(
        "appointments/<str:id>/administration/",
        appointments.AppointmentAdministration.as_view(),
        name="appointment_administration",
    ),
    path("appointments/<str:id>/not-given/", dose_acts.AppointmentNotGiven.as_view(), name="appointment_not_given"),
    path("appointments/<str:id>/finish/", appointments.AppointmentFinish.as_view(), name="appointment_finish"),
    path("visit-kinds/", appointments.VisitKinds.as_view(), name="visit_kinds"),
    path("appointments/<str:id>/noshow/", appointments.AppointmentNoshow.as_view(), name="appointment_noshow"),
    path("appointments/<str:id>/discharge/", appointments.AppointmentDischarge.as_view(), name="appointment_discharge"),
    path("patients/", patients.Patients.as_view(), name="patients"),
    path("patients/search/", patients.PatientSearch.as_view(), name="patient_search"),
    path("patients/<str:id>/", patients.PatientRecord.as_view(), name="patient"),
    path("patients/<str:id>/consents/", papers.Consents.as_view(), name="consents"),
    path("patients/<str:id>/checks/", papers.Checks.as_view(), name="checks"),
    path("patients/<str:id>/authorisations/", papers.Authorisations.as_view(), name="authorisations"),
    path("patients/<str:id>/plans/", papers.PatientPlans.as_view(), name="start_plan"),
    path("protocols/", papers.Protocols.as_view(), name="protocols"),
    path("patients/<str:id>/death/", courses.Death.as_view(), name="record_death"),
    path("patients/<str:id>/death/undo/", courses.DeathUndo.as_view(), name="undo_death"),
    path("plans/<str:id>/", courses.Course.as_view(), name="plan"),
    path("plans/<str:id>/hold/", courses.CourseHold.as_view(), name="plan_hold"),
    path("plans/<str:id>/hold/review/", courses.CourseReview.as_view(), name="plan_hold_review"),
    path("plans/<str:id>/operator/", courses.CourseOperator.as_view(), name="plan_operator"),
    path("plans/<str:id>/resume/", courses.CourseResume.as_view(), name="plan_resume"),
    path("plans/<str:id>/switch/", courses.CourseSwitch.as_view(), name="plan_switch"),
    path("plans/<str:id>/end/", courses.CourseEnd.as_view(), name="plan_end"),
    path("plans/<str:id>/reopen/", courses.CourseReopen.as_view(), name="plan_reopen"),
    path("day-board/<str:on>/", day.DayBoard.as_view(), name="day_board"),
    re_path("^", about.NoSuchAddress.as_view(), name="none"),
]
