"""One window for each workspace: a second start knocks, and the first window comes to the front.

Qt's network library is loaded only here and only when needed: where the system lacks what that stands on, the
window comes all the same, and a second start cannot find it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from PySide6.QtCore import QDeadlineTimer, QObject, QThread, Signal

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

_log = structlog.get_logger(__name__)

KNOCK_MILLISECONDS = 30_000
"""How long a second start waits for the window to answer."""
_KNOCK_AGAIN_MILLISECONDS = 50
_LONGEST_WORD = 512
_ANSWER = b"here\n"


def door_name(folder: Path) -> str:
    """Return the name under which the window of a workspace's folder can be found on this computer."""
    digest = hashlib.sha256(str(folder.absolute()).encode()).hexdigest()
    return f"drs-desktop-{digest[:24]}"


class WindowDoor(QObject):
    """Listens for second starts of the same user; only the process that holds the workspace's lock opens it.

    Signals:
        knocked: somebody wants the window to the front, and an execution shown, if one is named.
    """

    knocked = Signal(str)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server: QLocalServer | None = None
        try:
            self._server = self._listening(name)
        except ImportError as error:
            _log.warning("second starts cannot find this window", error=str(error))

    def _listening(self, name: str) -> QLocalServer:
        from PySide6.QtNetwork import QLocalServer

        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._on_connection)
        QLocalServer.removeServer(name)  # left by a process that was killed; the lock says that it is gone
        if not server.listen(name):
            _log.warning("second starts cannot find this window", error=server.errorString())
        return server

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    def _on_connection(self) -> None:
        while self._server is not None and (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(self._on_word)
            socket.disconnected.connect(socket.deleteLater)
            if socket.bytesAvailable():
                self._read(socket)

    def _on_word(self) -> None:
        from PySide6.QtNetwork import QLocalSocket

        socket = self.sender()
        if isinstance(socket, QLocalSocket):
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > _LONGEST_WORD:
                socket.abort()
            return
        execution_id = _execution_in(bytes(socket.readLine(_LONGEST_WORD).data()))
        socket.write(_ANSWER)
        socket.disconnectFromServer()
        self.knocked.emit(execution_id)


def _execution_in(line: bytes) -> str:
    """Return the execution that is named; whatever else was written names none."""
    try:
        said = json.loads(line)
        return str(said.get("execution") or "") if isinstance(said, dict) else ""
    except ValueError:
        return ""


def knock(name: str, execution_id: str | None = None, milliseconds: int = KNOCK_MILLISECONDS) -> bool:
    """Ask the window of another process to the front; return whether it answered. Blocks.

    That process may be starting still, so it is tried until the time is over.
    """
    try:
        import PySide6.QtNetwork  # noqa: F401  # without it nobody can be asked
    except ImportError:
        return False
    deadline = QDeadlineTimer(milliseconds)
    while True:
        if _knock_once(name, execution_id, max(int(deadline.remainingTime()), 1)):
            return True
        if deadline.hasExpired():
            return False
        QThread.msleep(_KNOCK_AGAIN_MILLISECONDS)


def _knock_once(name: str, execution_id: str | None, milliseconds: int) -> bool:
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(milliseconds):
        return False
    socket.write(json.dumps({"execution": execution_id}).encode() + b"\n")
    socket.flush()
    return socket.waitForReadyRead(milliseconds) and bytes(socket.readLine().data()) == _ANSWER
