"""What every part that puts the program together knows: the database's file, and who is at the console."""

import getpass
import socket

DATABASE_FILE = "workspace.sqlite3"


def operator_name() -> str:
    """Return who is at the console, as the journal names them."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}"
