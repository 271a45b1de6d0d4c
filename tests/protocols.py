"""Other protocols that a plan may follow, put in use by the unit's administrator."""

from __future__ import annotations

from doseplans.models import Protocol
from doseplans.services import make_new_version, put_in_use
from tests.ward import Ward


def next_version(ward: Ward, *, interval: int = 35, loading: int = 3) -> Protocol:
    """Tofersen's next version, in use: maintenance every so many days. Invented figures."""
    administrator = ward.cast.actor("administrator")
    draft = make_new_version(administrator, protocol=Protocol.objects.get(code="tofersen", status="active"))
    draft.steps.filter(kind="maintenance").update(interval=interval)
    draft.steps.filter(kind="loading").update(count=loading)
    return put_in_use(administrator, protocol=Protocol.objects.get(pk=draft.pk))


def other_medicine(ward: Ward) -> Protocol:
    """Nusinersen 50/28 mg as a site might finish it: visit phases as tofersen's."""
    protocol = Protocol.objects.get(code="nusinersen-50-28")
    for phase in Protocol.objects.get(code="tofersen", status="active").phases.all():
        phase.pk, phase.protocol = None, protocol
        phase.save(force_insert=True)
    return put_in_use(ward.cast.actor("administrator"), protocol=protocol)
