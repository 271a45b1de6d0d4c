"""`python -m clinic.embedded`, which `make run` calls."""

import sys

from clinic.embedded.supervisor import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
