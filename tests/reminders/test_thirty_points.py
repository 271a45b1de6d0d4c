"""The thirty points that make an invite, a reminder and an answer trustworthy, and the tests that hold each of them."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
BUILDING = "reminders/ical/test_building.py"
CHECKING = "reminders/ical/test_checking.py"
HOSTILE = "reminders/ical/test_hostile.py"
ORACLES = "reminders/ical/test_oracles.py"
CALENDAR = "reminders/test_readers_calendar.py"
MIME = "reminders/test_mime.py"
DERIVING = "reminders/test_deriving.py"
ARRIVES = "reminders/test_what_arrives.py"
SENDING = "reminders/test_sending.py"
MOMENT = "reminders/test_last_moment.py"
FAILURES = "reminders/test_failures.py"
KILLED = "reminders/test_killed_worker.py"
FAULTS = "reminders/test_mail_server_faults.py"
RESTARTED = "reminders/test_servers_restarted.py"
RULES = "reminders/test_rules.py"
HANDLING = "reminders/inbound/test_handling.py"
JUDGING = "reminders/inbound/test_judging.py"
POLLING = "reminders/inbound/test_polling.py"
REPLIES = "reminders/inbound/test_reading.py"
FEEDS = "portal/test_feeds.py"

Point = tuple[str, tuple[str, ...]]
POINTS: dict[int, Point] = {
    1: (
        "libical's restriction check finds nothing in request, update, cancellation and feed",
        (
            f"{ORACLES}::test_restriction_check_of_libical_finds_nothing",
            f"{ORACLES}::test_restriction_check_of_libical_finds_nothing_in_a_feed",
            f"{CALENDAR}::test_restriction_check_finds_nothing_in_what_was_sent",
        ),
    ),
    2: (
        "CR LF, 75 octets a line, one method, instants in UTC, no zone left dangling",
        (
            f"{BUILDING}::test_lines_end_in_crlf_and_fit_75_octets",
            f"{BUILDING}::test_no_zone_no_alarm_no_start_without_z",
            f"{MIME}::test_method_of_the_part_is_the_method_inside",
            f"{CHECKING}::test_broken_invite_is_objected_to",
            f"{CHECKING}::test_mail_that_says_another_method_is_objected_to",
        ),
    ),
    3: (
        "the UID stays from the booking to the cancellation",
        (
            f"{BUILDING}::test_uid_stays_and_sequence_and_dtstamp_rise_over_create_move_text_cancel",
            f"{ARRIVES}::test_invite_update_and_cancel_arrive_as_one_calendar_entry",
        ),
    ),
    4: (
        "a move raises SEQUENCE by exactly one",
        (
            f"{DERIVING}::test_move_after_the_invite_left_sends_an_update_with_the_next_sequence",
            "reminders/test_through_the_use_cases.py::test_booked_moved_and_cancelled_visit_is_told_step_by_step",
        ),
    ),
    5: (
        "a change of words keeps SEQUENCE, and DTSTAMP strictly rises",
        (f"{BUILDING}::test_uid_stays_and_sequence_and_dtstamp_rise_over_create_move_text_cancel",),
    ),
    6: (
        "rendered again, it is the same octets",
        (
            f"{BUILDING}::test_same_revision_gives_the_same_bytes",
            f"{MIME}::test_same_letter_gives_the_same_octets_and_another_message_id_other_boundaries",
            f"{SENDING}::test_octets_sent_again_after_a_killed_worker_are_the_same",
        ),
    ),
    7: (
        "an instant without a zone is refused",
        (
            f"{BUILDING}::test_naive_instant_is_refused",
            f"{FEEDS}::test_naive_instants_and_strange_uids_are_refused",
            f"{CHECKING}::test_broken_invite_is_objected_to",
        ),
    ),
    8: (
        "ical.js reads the database's instant in ten zones and across both changes of the clocks",
        (
            f"{CALENDAR}::test_ical_js_reads_the_databases_instant_in_ten_zones_and_across_both_changes_of_the_clocks",
            f"{FEEDS}::test_two_parsers_read_the_instant_that_was_meant",
        ),
    ),
    9: (
        "the attendee has each parameter that clients need",
        (f"{BUILDING}::test_one_attendee_with_every_parameter_and_the_organizer_the_mail_comes_from",),
    ),
    10: (
        "other patients never appear",
        (
            f"{ARRIVES}::test_carer_is_told_whose_visit_it_is_and_each_mail_names_one_recipient",
            f"{ARRIVES}::test_nothing_clinical_and_nobody_else_is_in_any_octet",
            f"{FEEDS}::test_feed_names_nobody_and_nothing_clinical",
        ),
    ),
    11: (
        "there is no alarm anywhere",
        (
            f"{BUILDING}::test_no_zone_no_alarm_no_start_without_z",
            f"{CHECKING}::test_broken_invite_is_objected_to",
            f"{FEEDS}::test_feed_is_what_a_calendar_program_wants",
        ),
    ),
    12: (
        "hostile names survive parsers that share no code, and add no property",
        (
            f"{HOSTILE}::test_hostile_text_adds_no_property_in_either_parser",
            f"{MIME}::test_hostile_headers_and_bodies_add_no_header_and_no_part",
            f"{ORACLES}::test_ical_js_reads_what_was_written_hostile_or_not",
            f"{FEEDS}::test_hostile_words_add_no_line_and_survive_two_parsers",
        ),
    ),
    13: (
        "clinical text appears nowhere",
        (
            f"{ARRIVES}::test_nothing_clinical_and_nobody_else_is_in_any_octet",
            f"{FEEDS}::test_feed_names_nobody_and_nothing_clinical",
        ),
    ),
    14: ("the parts stand in the agreed order", (f"{MIME}::test_parts_of_an_invite_stand_in_the_agreed_order",)),
    15: (
        "a real mail server catches the octets that were rendered",
        (f"{MIME}::test_octets_caught_by_a_real_server_are_the_octets_rendered",),
    ),
    16: (
        "a calendar server fed with the raw mails shows, moves and removes the event",
        (f"{CALENDAR}::test_event_appears_moves_and_vanishes_in_a_calendar_fed_by_the_raw_mails",),
    ),
    17: (
        "the mail is from the organizer",
        (
            f"{ARRIVES}::test_invite_update_and_cancel_arrive_as_one_calendar_entry",
            f"{CHECKING}::test_mail_with_a_broken_calendar_is_not_rendered",
        ),
    ),
    18: (
        "the feed is what calendars want, and unchanged it is a 304",
        (
            f"{FEEDS}::test_feed_is_what_a_calendar_program_wants",
            f"{FEEDS}::test_unchanged_feed_is_a_304_by_one_statement",
        ),
    ),
    19: (
        "an answer counts for its attendee alone",
        (
            f"{HANDLING}::test_19_each_programs_answer_updates_only_its_attendee",
            f"{JUDGING}::test_19_an_answer_is_its_attendees_alone",
        ),
    ),
    20: (
        "repeated, older, pre-move and future answers change nothing and are on record",
        (
            f"{HANDLING}::test_20_the_same_octets_again_change_nothing",
            f"{HANDLING}::test_20_older_pre_move_and_future_answers_change_nothing_and_are_on_record",
            f"{JUDGING}::test_20_what_is_out_of_turn_changes_nothing",
        ),
    ),
    21: (
        "strangers and forgers are refused or asked back",
        (
            f"{HANDLING}::test_21_strangers_forgers_and_pairs_are_refused_and_somebody_looks",
            f"{HANDLING}::test_21_where_nobody_vouches_the_person_is_asked_at_their_own_address",
            f"{JUDGING}::test_21_only_our_own_servers_topmost_word_counts",
        ),
    ),
    22: (
        "what is malformed or too large is put aside, and the next mail is read",
        (
            f"{POLLING}::test_22_one_look_deals_with_all_of_them_and_a_bad_one_stops_none",
            f"{HANDLING}::test_22_what_cannot_be_read_is_quarantined_and_its_sender_is_rung",
            f"{REPLIES}::test_thirty_megabytes_of_one_line_take_no_time",
        ),
    ),
    23: (
        "a worker killed anywhere loses nothing, repeats the same octets, keeps the order",
        (
            f"{KILLED}::test_worker_killed_before_sending_and_after_loses_nothing_and_repeats_the_same_octets",
            f"{KILLED}::test_worker_killed_before_the_broker_hears_of_it_repeats_nothing",
            f"{SENDING}::test_cancellation_never_overtakes_its_request",
            f"{RESTARTED}::test_connection_to_the_database_lost_while_the_mail_server_has_the_mail",
            f"{RESTARTED}::test_postgresql_restarted_midway",
            f"{RESTARTED}::test_redis_emptied_midway",
            f"{FAULTS}::test_connection_lost_in_the_middle_of_a_mail_repeats_the_same_octets_later",
            "reminders/test_ten_thousand.py::test_ten_thousand_messages_under_faults_are_accounted_for",
        ),
    ),
    24: ("a booking rolled back sends nothing", (f"{DERIVING}::test_rolled_back_booking_leaves_nothing_to_send",)),
    25: (
        "nothing stale leaves, whatever happened after it was queued",
        (
            f"{MOMENT}::test_what_changed_after_queueing_stops_the_message_in_the_last_moment",
            f"{MOMENT}::test_patient_who_opted_out_after_queueing_is_called",
            f"{MOMENT}::test_hold_and_ended_plan_stop_reminders_but_not_the_calendar",
            "reminders/test_races.py::test_workers_sending_while_visits_change_never_send_what_is_stale",
        ),
    ),
    26: (
        "quiet hours hold, on the nights the clocks change as well",
        (
            f"{RULES}::test_nothing_ever_leaves_in_quiet_hours_or_on_the_way",
            f"{RULES}::test_reminder_held_up_on_both_nights_the_clocks_change",
            f"{RULES}::test_quiet_hours_that_end_in_the_repeated_hour_end_once_more",
        ),
    ),
    27: (
        "a reminder whose step is past is left out, not sent late",
        (
            f"{RULES}::test_steps_already_past_at_booking_are_left_out",
            f"{DERIVING}::test_reminder_steps_already_past_are_left_out",
        ),
    ),
    28: (
        "who cannot be mailed is called, and everybody after is served",
        (f"{DERIVING}::test_patient_who_cannot_be_mailed_is_called_and_everybody_after_is_served",),
    ),
    29: (
        "what failed or came back is on a worklist",
        (
            f"{FAILURES}::test_refused_address_fails_at_once_and_is_somebodys_task",
            f"{FAILURES}::test_tries_end_and_a_person_is_asked",
            f"{HANDLING}::test_mail_that_comes_back_marks_the_address_and_nothing_more_goes_there",
        ),
    ),
    30: (
        "a hundred thousand future messages cost the sweep nothing",
        (f"{SENDING}::test_claim_reads_the_due_messages_only_among_many_future_ones",),
    ),
}  # fmt: skip


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_point_has_its_place() -> None:
    assert list(POINTS) == list(range(1, 31))


@pytest.mark.parametrize("number", POINTS)
def test_point_is_held_by_tests_that_exist(number: int) -> None:
    _words, held_by = POINTS[number]
    assert held_by
    for test in held_by:
        path, _, name = test.partition("::")
        assert name in names_in(path), f"{test} is gone: point {number} needs another"
