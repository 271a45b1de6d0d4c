"""Every selector and use case is asked by an actor. What is not is named here, with the reason."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("units", "patients", "doseplans", "scheduling", "reminders", "desk", "portal", "api")

# A whole module of parts, whose callers have asked.
PARTS = {
    "doseplans.selectors": "works on plans and protocols that another selector gave out",
    "doseplans.services.projecting": "dates of a plan its caller holds",
    "doseplans.services.plans": "rules about a plan its caller holds",
    "doseplans.services.protocols": "rules about a protocol its caller holds",
    "doseplans.services.switching": "dates of a plan that would begin, for its caller",
    "doseplans.services.reviews": "asks for reviews inside use cases that have asked",
    "doseplans.services.ward_list.comparing": "a list against what is on record, inside look_at and import",
    "doseplans.services.ward_list.on_record": "what is on record, inside look_at and import",
    "doseplans.services.ward_list.saving": "writing, inside import_ward_list",
    "doseplans.services.ward_list.uploads": "forgetting kept files, by the sweep",
    "patients.selectors.finding": "a condition on patients another selector cut down, or beside them",
    "patients.selectors.worklist": "a condition on items another selector cut down",
    "patients.services.name_keys": "upkeep from the terminal, for every unit",
    "patients.services.addresses": "a key, and a step of the use case that changes an address, which has asked",
    "patients.services.worklist": "opens an item inside another use case, which has asked",
    "doseplans.services.registry": "periodic work, for every unit",
    "reminders.selectors": "words and texts for messages another selector gave out",
    "portal.selectors": "whose link it is, before anybody is anybody; whose actor it makes",
    "portal.services.gate": "opens for whoever knows the birthday: nobody acts yet",
    "reminders.services": "run by workers, which act for the product itself in every unit",
    "scheduling.selectors.calendar": "figures and hours of the days that calendar_days gave out",
    "doseplans.services.ward_list.running": "run by workers, about a list that somebody asked to import",
    "scheduling.selectors.day_board": "when days of a unit begin and end",
    "scheduling.selectors.demands": "what a visit its caller works out asks of the unit's resources",
    "scheduling.selectors.free_places": "what is free on the days that calendar_days gave out",
    "scheduling.selectors.nursing": "shifts of a unit its caller holds",
    "scheduling.selectors.errands": "parts of an errand that errand_for_dose or errand_for_kind gave out",
    "scheduling.selectors.lists": "hours and stretches of a unit its caller holds",
    "scheduling.selectors.nearest": "a free start for an errand its caller holds",
    "scheduling.selectors.handover": "rows to count for a user their caller has named",
    "scheduling.selectors.needs": "parts of find_slots, for a dose or a patient its caller holds",
    "scheduling.selectors.plan_states": "a plan as it stands, inside use cases and find_slots",
    "scheduling.selectors.readiness": "the gates of visits another selector gave out",
    "scheduling.selectors.replans": "visits and days of a closure that closure_for gave out",
    "scheduling.selectors.slots": "parts of find_slots",
    "scheduling.selectors.stamps": "whether anything has changed on a day, inside board_stamp",
    "scheduling.selectors.standing": "compares the hours of a unit its caller holds, inside a use case that has asked",
    "scheduling.selectors.waiting": "whether an offer its caller holds still stands",
    "scheduling.services.waiting.backfill": "a wish its caller holds as the engine reads it",
    "scheduling.services.waiting.endings": "ends offers inside use cases that have asked",
    "scheduling.services.waiting.offers": "periodic work, and before an offer is made",
    "scheduling.services.waiting.wishes": "periodic work",
    "scheduling.selectors.weeks": "words for lists its caller holds",
    "scheduling.selectors.to_book": "counts rows doses_to_book gave out",
    "scheduling.services.day.aftercare": "steps of the use cases that give, correct, withdraw a dose; words for notes",
    "scheduling.services.visits.booking": "steps of the use cases in the same module",
    "scheduling.services.answers.calls": "closes what is asked about a visit, inside use cases that have asked",
    "scheduling.services.courses.doses": "days counted for a dose its caller holds",
    "scheduling.services.opening.hours": "steps of the changes of hours, which have asked; words and keys",
    "scheduling.services.visits.events": "writes the outbox inside a use case",
    "scheduling.services.visits.freeing": "frees visits inside use cases that have asked",
    "scheduling.services.visits.gates": "asks the gates inside a use case",
    "scheduling.services.visits.moving": "steps of the use cases that move several visits, which have asked",
    "scheduling.services.planning.series": "dates of a plan its caller holds, inside plan_series and book_series",
    "scheduling.services.planning.horizons": "steps of planning weeks ahead, about a draft their caller holds",
    "scheduling.services.planning.runs": "a worker's claims, and steps of the use cases that ask for a better plan",
    "scheduling.services.planning.work": "run by workers, about a draft that somebody asked to better",
    "scheduling.services.visits.repacking": "steps of a closure, which has asked",
    "scheduling.services.planning.replan_question": "what a re-plan asks of the engine, inside use cases",
    "scheduling.services.planning.replans": "steps of a re-plan, about a draft their caller holds",
    "scheduling.selectors.horizons": "habits of patients another selector cut down",
    "scheduling.selectors.no_go": "times of patients another selector cut down",
    "scheduling.selectors.planning": "the runs of a draft their caller holds",
    "scheduling.services.courses.proposals": "counts a plan again inside a use case that has asked",
    "scheduling.services.visits.fitting": "the placing of what a visit asks for, inside a use case",
    "scheduling.services.visits.placement": "the placing itself, inside a use case",
    "scheduling.services.visits.taking_again": "a place for a visit that a use case brings back",
    "scheduling.services.answers.unanswered": "periodic work",
    "scheduling.services.day.unwritten": "periodic work",
    "scheduling.services.visits.wanted": "parts of a visit its caller holds",
    "scheduling.services.watching": "periodic work, and inside the use cases that write readiness down",
    "desk.selectors": "parts of a page about records another selector gave out",
}
# What pages may call all the same: nothing in it is anybody's record.
HARMLESS = {
    "doseplans.services.ward_list.running.is_long": "a number its caller has counted",
    "doseplans.services.ward_list.running.is_under_way": "a run its page was given",
    "doseplans.selectors.line_of": "a plan's line, worked out of a plan the page was given",
    "doseplans.selectors.year_of": "a protocol's year; protocols belong to no unit",
    "doseplans.services.protocols.problems_of": "what a protocol lacks before it can be used",
    "patients.selectors.finding.found_by": "narrows a queryset that is cut down already",
    "patients.selectors.finding.namesakes_of": "others of the unit of patients the page was given",
    "reminders.selectors.state_words": "words for a state",
    "portal.selectors.actor_of": "the one patient of the link that the page was given",
    "portal.selectors.link_by_token": "whoever bears the token is asked for the birthday next",
    "portal.services.gate.try_birthday": "a link that its bearer was asked about",
    "reminders.services.feeds.address_of_feed": "an address its page was given",
    "reminders.services.feeds.calendar_of": "the feed of a token",
    "reminders.services.feeds.find_feed": "whoever bears the token may read what is in it",
    "reminders.services.routing.plan_for": "how somebody would be told of a visit that the page was given",
    "reminders.services.files.file_of": "a visit the page was given",
    "reminders.services.composing.html_of": "a message its page was given",
    "reminders.services.previews.preview": "a text with invented values",
    "reminders.services.previews.preview_html": "a text with invented values",
    "reminders.services.previews.preview_letter": "a text with invented values",
    "reminders.selectors.line_of": "words for a message the page was given",
    "reminders.services.opening.calendar_of": "a message the page was given",
    "reminders.services.opening.is_written": "a message the page was given",
    "reminders.services.opening.page_of": "a message the page was given",
    "reminders.services.opening.text_of": "a message the page was given",
    "reminders.services.printing.letters_of": "the letters of a print run the page was given",
    "reminders.services.printing.why_out": "words for a letter the page was given",
    "reminders.services.printing.with_dead_link": "letters of a print run the page was given",
    "reminders.services.texts.difference": "two texts the admin was given",
    "reminders.services.texts.version_before": "the version before a text the admin was given",
    "reminders.services.texts.problems_with": "what is wrong with a text",
    "scheduling.selectors.calendar.loads_of": "counts visits of days the page was given",
    "scheduling.selectors.calendar.open_lists": "hours of days the page was given",
    "scheduling.selectors.calendar.procedure_minutes": "how long protocols take; they belong to no unit",
    "scheduling.selectors.calendar.usual_protocol": "a protocol; they belong to no unit",
    "scheduling.selectors.errands.errand_of_dose": "what a dose the page was given asks for",
    "scheduling.selectors.free_places.free_places": "free times, without a name, of days the page was given",
    "scheduling.selectors.nearest.nearest_start": "a free start, without a name, for an errand the page was given",
    "scheduling.selectors.planning.latest_run": "the runs of a draft the page was given",
    "scheduling.services.planning.runs.can_better": "whether the optimiser is installed",
    "scheduling.selectors.to_book.tally": "counts rows the page was given",
    "scheduling.selectors.weeks.clashes": "lists the page was given",
    "scheduling.selectors.weeks.hours_in_words": "a list the page was given",
    "scheduling.selectors.weeks.next_dates": "a list the page was given",
    "scheduling.services.waiting.backfill.terms_of": "words for a wish the page was given",
    "scheduling.services.opening.hours.mark_of": "a word for visits the page was given",
    "scheduling.services.opening.hours.note_hours": "hours before a change the page is about to make, shown to nobody",
    "scheduling.services.opening.hours.units_of": "units whose hours are compared, shown to nobody",
    "scheduling.services.courses.doses.counts_from": "a day worked out for a dose the page was given",
    "scheduling.services.visits.gates.needs_reason": "whether a day is outside the window",
    "desk.selectors.checkers_in": "names of the staff of the page's own unit",
    "desk.selectors.live_visit_of": "the visit of a dose the page was given",
}


# Takes the actor along, and saves nothing.
BUILDERS = {"doseplans.services.administrations.administration_of": "a row for the use cases that save it"}


def modules_of(layer: str) -> Iterator[ModuleType]:
    for app in APPS:
        try:
            package = importlib.import_module(f"{app}.{layer}")
        except ModuleNotFoundError as error:
            if error.name != f"{app}.{layer}":
                raise
            continue
        yield package
        for found in pkgutil.walk_packages(getattr(package, "__path__", []), f"{package.__name__}."):
            yield importlib.import_module(found.name)


def functions() -> dict[str, FunctionType]:
    """Public functions of services and selectors by dotted name, where they are defined."""
    return {
        f"{module.__name__}.{name}": function
        for layer in ("services", "selectors")
        for module in modules_of(layer)
        for name, function in vars(module).items()
        if inspect.isfunction(inspect.unwrap(function))
        and inspect.unwrap(function).__module__ == module.__name__
        and not name.startswith("_")
    }


def takes_actor_first(function: FunctionType) -> bool:
    parameters = list(inspect.signature(function).parameters.values())
    return bool(parameters) and parameters[0].name == "actor"


def is_part(name: str) -> bool:
    return any(name.startswith(f"{module}.") for module in PARTS)


def test_every_function_takes_the_actor_first_or_is_a_part() -> None:
    found = functions()
    assert len(found) > 40
    assert [name for name, function in found.items() if not takes_actor_first(function) and not is_part(name)] == []


def test_use_cases_take_the_rest_by_name() -> None:
    loose = []
    for name, function in functions().items():
        rest = list(inspect.signature(function).parameters.values())[1:]
        is_use_case = ".services" in name and takes_actor_first(function) and not is_part(name) and name not in BUILDERS
        if is_use_case and any(one.kind is one.POSITIONAL_OR_KEYWORD for one in rest):
            loose.append(name)
    assert loose == []


def test_lists_of_exceptions_name_what_there_is() -> None:
    modules = {module.__name__ for layer in ("services", "selectors") for module in modules_of(layer)}
    assert set(PARTS) <= modules
    found = functions()
    assert [name for name in HARMLESS if name not in found or takes_actor_first(found[name])] == []


def interfaces() -> list[Path]:
    patterns = ("desk/**/*.py", "portal/views/*.py", "api/**/*.py", "*/admin*.py", "*/views*.py")
    inner = ROOT / "desk" / "selectors.py"
    return sorted({file for pattern in patterns for file in ROOT.glob(pattern)} - {inner})


def called_parts(file: Path) -> Iterator[str]:
    """The parts that a page, the API or the admin imports."""
    found = functions()
    by_object = {id(inspect.unwrap(function)): name for name, function in found.items()}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.ImportFrom) and node.module and node.level == 0):
            continue
        if not any(f"{layer}" in node.module.split(".") for layer in ("services", "selectors")):
            continue
        module = importlib.import_module(node.module)
        for alias in node.names:
            function = getattr(module, alias.name, None)
            name = by_object.get(id(inspect.unwrap(function))) if inspect.isfunction(function) else None
            if name and not takes_actor_first(found[name]):
                yield name


@pytest.mark.parametrize("file", interfaces(), ids=lambda file: str(file.relative_to(ROOT)))
def test_interface_calls_no_part_that_asks_nobody(file: Path) -> None:
    assert [name for name in called_parts(file) if name not in HARMLESS] == []
