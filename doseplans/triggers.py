"""A protocol that a plan uses never changes: kept by the database, whoever writes.

A plan that was switched to another protocol has used the one before for good. Only a protocol's state (in use, retired)
may change, because that says who may start it, not what it means. The refusal carries the name
`protocol_used_is_fixed`, as a constraint's would. A change waits for a plan that is just being started before it looks,
so that neither can pass the other by: a plan locks its protocol as it is inserted, because its foreign key is deferred
and would do so only at the commit.
"""

import pgtrigger

REFUSAL = "protocol_used_is_fixed"

_RAISE = f"""
    RAISE EXCEPTION 'A protocol that a plan uses never changes. Make a new version.'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{REFUSAL}';
"""


def used_protocol_is_fixed() -> pgtrigger.Trigger:
    """On the protocol's own row."""
    return pgtrigger.Trigger(
        name=REFUSAL,
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'status' = to_jsonb(OLD) - 'status' THEN
                RETURN NEW;
            END IF;
            PERFORM FROM doseplans_protocol WHERE id = OLD.id FOR UPDATE;
            IF EXISTS (SELECT FROM doseplans_doseplan WHERE protocol_id = OLD.id)
                OR EXISTS (SELECT FROM doseplans_planswitch WHERE from_protocol_id = OLD.id) THEN
                {_RAISE}
            END IF;
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            RETURN NEW;
        """,  # noqa: S608  our own words
    )


def part_of_used_protocol_is_fixed() -> pgtrigger.Trigger:
    """On the rows that belong to a protocol: none is added, changed, moved elsewhere or taken away."""
    return pgtrigger.Trigger(
        name="protocol_part_is_fixed",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("affected", "bigint[]")],
        func=f"""
            affected := CASE TG_OP
                WHEN 'INSERT' THEN ARRAY[NEW.protocol_id]
                WHEN 'DELETE' THEN ARRAY[OLD.protocol_id]
                ELSE ARRAY[OLD.protocol_id, NEW.protocol_id]
            END;
            PERFORM FROM doseplans_protocol WHERE id = ANY(affected) ORDER BY id FOR UPDATE;
            IF EXISTS (SELECT FROM doseplans_doseplan WHERE protocol_id = ANY(affected))
                OR EXISTS (SELECT FROM doseplans_planswitch WHERE from_protocol_id = ANY(affected)) THEN
                {_RAISE}
            END IF;
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            RETURN NEW;
        """,  # noqa: S608  our own words
    )


def plan_locks_its_protocol() -> pgtrigger.Trigger:
    """On the plan: from its insert to its commit nobody changes the protocol it follows."""
    return pgtrigger.Trigger(
        name="plan_locks_its_protocol",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("protocol_id"),
        func="""
            PERFORM FROM doseplans_protocol WHERE id = NEW.protocol_id FOR KEY SHARE;
            RETURN NEW;
        """,
    )


def one_live_plan_of_a_medicine() -> pgtrigger.Trigger:
    """On the plan: a patient has one live plan of a protocol, whatever its version; two would be two courses of it.

    The unique constraint of that name keeps it for one version only, because the code is not the plan's own. The
    patient's row is locked first, so that of two plans begun at once the second sees the first.
    """
    return pgtrigger.Trigger(
        name="one_live_plan_of_a_medicine",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("patient_id", "protocol_id", "ended_on"),
        condition=pgtrigger.Q(new__ended_on__isnull=True),
        declare=[("wanted", "text")],
        func="""
            PERFORM FROM patients_patient WHERE id = NEW.patient_id FOR NO KEY UPDATE;
            SELECT code INTO wanted FROM doseplans_protocol WHERE id = NEW.protocol_id;
            -- OFFSET 0: the patient's plans are looked up, then their protocols. A join may begin with every plan of
            -- the protocol, of which a unit has thousands.
            IF EXISTS (
                SELECT FROM (
                    SELECT protocol_id FROM doseplans_doseplan
                    WHERE patient_id = NEW.patient_id AND ended_on IS NULL AND id <> NEW.id
                    OFFSET 0
                ) other
                JOIN doseplans_protocol followed ON followed.id = other.protocol_id
                WHERE followed.code = wanted
            ) THEN
                RAISE EXCEPTION 'The patient has a live plan of that protocol (dose_plan_one_live).'
                    USING ERRCODE = 'unique_violation', CONSTRAINT = 'dose_plan_one_live';
            END IF;
            RETURN NEW;
        """,
    )
