"""Failures a person can act on. Each has a stable code for machines and a sentence for a clerk; none knows HTTP."""


class ClinicError(Exception):
    """The root of every refusal in the product.

    `code` never changes once published. `sentence` says what happened and what to do. `facts` are values a program
    may want (public ids, instants), never a patient's name.
    """

    code = "refused"

    def __init__(self, sentence: str, **facts: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.facts = facts


class NotAllowed(ClinicError):
    """The actor's role does not carry the act in that unit."""

    code = "not_allowed"


class NotFound(ClinicError):
    """Nothing with that key among what the actor may see. Says no more, so that keys cannot be probed."""

    code = "not_found"


class InvalidInput(ClinicError):
    """A value that cannot be used; `facts["fields"]` maps a field to its sentence."""

    code = "invalid_input"


def invalid(field: str, sentence: str) -> InvalidInput:
    """The refusal of one value."""
    return InvalidInput(sentence, fields={field: sentence})
