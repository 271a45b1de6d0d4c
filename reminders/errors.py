"""What can be refused when people are told about visits."""

from units.errors import ClinicError


class TextRefused(ClinicError):
    """A message text cannot be used. `facts["problems"]` lists a sentence for each reason."""

    code = "text_refused"


class CannotCompose(ClinicError):
    """A message cannot be put into words as things stand; trying again will not help."""

    code = "cannot_compose"


class RunIsClosed(ClinicError):
    """Somebody has already said what became of the letters of a print run."""

    code = "run_is_closed"


class LettersChanged(ClinicError):
    """Letters in the pile are no longer right, and whoever posts them does not know yet. `facts["numbers"]`."""

    code = "letters_changed"


class NobodyToWriteTo(ClinicError):
    """No reader of the visit's messages can be reached in writing."""

    code = "nobody_to_write_to"
