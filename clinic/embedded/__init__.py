"""PostgreSQL, Redis and a mail catcher on one machine, without root and without Docker.

For demonstration, development and tests. A real installation gives DATABASE_URL, REDIS_URL and EMAIL_URL
and starts nothing from here.
"""
