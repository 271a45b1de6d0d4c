"""Letters on paper: from the words of a message to a PDF for the printer."""

from reminders.letters.rendering import CannotPrint, PaperLetter, pages_of, render_letters

__all__ = ["CannotPrint", "PaperLetter", "pages_of", "render_letters"]
