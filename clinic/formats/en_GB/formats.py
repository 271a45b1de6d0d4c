"""Day, month, year and the 24-hour clock, as a ward writes them; Django's own would say 2:30 p.m."""

TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
SHORT_DATETIME_FORMAT = "d/m/Y H:i"

# As typed and as shown in a field; nobody sets a list's hours to the second.
TIME_INPUT_FORMATS = ["%H:%M", "%H:%M:%S"]
