"""A protocol that a plan uses never changes: kept by the database, whoever writes.

Only its state (in use, retired) may, because that says who may start it, not what it means. The refusal carries
the name `protocol_used_is_fixed`, as a constraint's would.
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
            IF EXISTS (SELECT FROM doseplans_doseplan WHERE protocol_id = OLD.id) THEN
                {_RAISE}
            END IF;
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            RETURN NEW;
        """,
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
            IF EXISTS (SELECT FROM doseplans_doseplan WHERE protocol_id = ANY(affected)) THEN
                {_RAISE}
            END IF;
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            RETURN NEW;
        """,
    )
