"""`python -m pum.cli`: the same as `pum`."""

import sys

from pum.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
