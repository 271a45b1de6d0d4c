"""What the API says and hears. Names are those of the domain; every id is a public one."""
