"""How this site writes dates and times, beside what Django knows of a language. Found by FORMAT_MODULE_PATH."""
