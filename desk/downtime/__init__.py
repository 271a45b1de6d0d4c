"""The list of a day on paper, for when the screens are dark: its words, its PDF, and the folder it is kept in."""

from desk.downtime.content import downtime_list
from desk.downtime.keeping import forget_old_lists, keep_list, keep_lists
from desk.downtime.rendering import pdf_of_list

__all__ = ["downtime_list", "forget_old_lists", "keep_list", "keep_lists", "pdf_of_list"]
