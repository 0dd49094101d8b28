"""`python -m affectone`: the command line."""

import sys

from affectone.cli import main

if __name__ == "__main__":
    sys.exit(main())
