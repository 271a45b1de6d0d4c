"""Seed the work of beat, so that an administrator sees it among the periodic work and can set its interval."""

from django.db import migrations

WORK = (
    {
        "name": "Worklist: visits not ready",
        "task": "scheduling.watch_readiness",
        "every": (1, "hours"),
        "expire_seconds": 3600,
        "description": "From two working days before a visit, what is missing is on the worklist; what has been "
        "mended, moved or cancelled since is taken off.",
    },
    {
        "name": "Waiting list: offers that are over",
        "task": "scheduling.sweep_offers",
        "every": (60, "seconds"),
        "expire_seconds": 60,
        "description": "Offers of a freed slot that have run out, or that a hold or a closure has overtaken, are "
        "ended and those asked are told. Nobody gets a slot by one that has run out, whether this has run or not.",
    },
    {
        "name": "Planning: runs that nobody finished",
        "task": "planning.sweep",
        "every": (10, "seconds"),
        "queue": "planning",
        "expire_seconds": 10,
        "description": "Plans that are to be bettered and that no nudge brought to a worker are taken up, and runs "
        "whose worker died are ended. The stepwise plan stands meanwhile.",
    },
    {
        "name": "Worklist: visits that nobody has answered",
        "task": "scheduling.watch_answers",
        "every": (15, "minutes"),
        "expire_seconds": 900,
        "description": "From two days before a visit, on the last working day before that, somebody rings whoever has "
        "not said whether they come; what was answered, moved or cancelled since is taken off.",
    },
    {
        "name": "Downtime: lists of the next day",
        "task": "desk.keep_downtime_lists",
        "every": (10, "minutes"),
        "expire_seconds": 600,
        "description": "From each unit's own hour on, the list of the next day is in the folder for downtime. Where "
        "it is there already nothing is done; a list that was missed is made later.",
    },
)


def seed(apps, schema_editor):
    intervals = apps.get_model("django_celery_beat", "IntervalSchedule")
    tasks = apps.get_model("django_celery_beat", "PeriodicTask")
    for work in WORK:
        every, period = work["every"]
        interval, _ = intervals.objects.get_or_create(every=every, period=period)
        more = {name: value for name, value in work.items() if name not in {"name", "every"}}
        tasks.objects.get_or_create(name=work["name"], defaults={"interval": interval, **more})


def unseed(apps, schema_editor):
    names = [work["name"] for work in WORK]
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name__in=names).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0001_initial"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(seed, unseed)]
