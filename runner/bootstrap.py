"""What `make` calls: checks the Python, then lets `install` make `.venv` and hand over to it.

Written so that any Python can read it, and say why it is refused, however old it is.
"""

import os
import sys

if sys.version_info < (3, 11):
    sys.exit(
        "Cho Phien needs Python 3.11 or newer; %s is %d.%d.\n"
        "Name another one, for example: make run PYTHON=python3.12"
        % (sys.executable or "this", sys.version_info[0], sys.version_info[1])
    )

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from runner.install import main  # noqa: E402 (modern syntax must not be read before the check)

main(sys.argv[1:])
