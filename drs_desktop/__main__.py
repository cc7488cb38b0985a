"""The entry point: arguments in, exit code out; nothing else."""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line of this process and end it with the exit code."""
    from drs_desktop.system.interruptions import Interruptions

    interruptions = Interruptions()
    interruptions.hold()
    from drs_desktop.system.hardening import harden_process

    harden_process()
    from drs_desktop.bootstrap import build_program
    from drs_desktop.cli.app import run
    from drs_desktop.cli.failures import failure_of

    try:
        program = build_program(interruptions)
    except Exception as error:  # noqa: BLE001 - the outermost frame: everything ends as a sentence
        failure = failure_of(error)
        sys.stderr.write(failure.sentence + "\n")
        sys.exit(failure.exit_code)
    code = run(program, sys.argv[1:])
    interruptions.ignore()
    sys.exit(code)


if __name__ == "__main__":
    main()
