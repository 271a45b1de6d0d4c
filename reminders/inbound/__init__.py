"""Mail that comes in: answers of calendars, mail that came back, and what somebody wrote. Read, judged, applied."""
