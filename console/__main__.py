"""`python -m console` is `vmdb-console`."""

import sys

from console.cli import main

sys.exit(main())
