"""A tiny AWS on 127.0.0.1 that says exactly what a test wrote down, so that real boto3 can be watched."""

import json
import socket
import struct
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.ids import AccountId, Region, Scope

REGION = Region("eu-central-1")
ACCOUNT = TargetAccount(
    account_id=AccountId("012345678901"),
    name="payroll-dr",
    role_arn="arn:aws:iam::012345678901:role/DRSDesktopTarget",
    external_id="drs-desktop-demo",
    regions=(REGION, Region("eu-west-1")),
)
SCOPE = Scope(account_id=ACCOUNT.account_id, region=REGION)
SECRET_CANARY = "canary/secret/of/the/hub/00000000000000"
TOKEN_CANARY = "CanaryToken0" * 20


@dataclass(frozen=True, kw_only=True)
class Say:
    """One behaviour of the server.

    Attributes:
        cut: send only this many bytes of the body, then close.
        reset: "unread" resets the connection before reading, "read" after it.
        silent: never answer.
    """

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    cut: int | None = None
    reset: str = ""
    silent: bool = False


def aws_error(status: int, code: str, message: str = "because", **more: Any) -> Say:
    """Return an error as DRS writes it."""
    headers = (("x-amzn-ErrorType", code), ("x-amzn-RequestId", "3b1f0000-0000-4000-8000-000000000000"))
    return Say(status=status, body={"message": message, **more}, headers=headers)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class FakeAws:
    """Serves AssumeRole by itself and everything else from a script; the last entry repeats."""

    def __init__(self) -> None:
        self.script: list[Say] = [Say(body={"items": []})]
        self.heard: list[Heard] = []
        self.was_asked = threading.Event()
        self.assumed: list[Heard] = []
        self.drs_connections = 0
        self.sts_script: list[Say] = []
        self.session_lasts = timedelta(hours=1)
        self._end = threading.Event()
        self._handlers: list[threading.Thread] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._address = self._socket.getsockname()
        self._thread = threading.Thread(target=self._accept, name="fake-aws")
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._address[1]}"

    def close(self) -> None:
        """Stop listening and let go of every client; may be called twice."""
        if self._end.is_set():
            return
        self._end.set()
        with socket.create_connection(self._address):
            pass
        self._thread.join()
        self._socket.close()
        for handler in self._handlers:
            handler.join()

    def _accept(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            if self._end.is_set():
                connection.close()
                return
            handler = threading.Thread(target=self._serve, args=(connection,), name="fake-aws-request")
            self._handlers.append(handler)
            handler.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            if self.script[0].reset == "unread":
                self.drs_connections += 1
                self._reset(connection)
                return
            heard = _read(connection)
            if heard is None:
                return
            if b"Action=" in heard.body:
                self.assumed.append(heard)
                say = self.sts_script.pop(0) if self.sts_script else self._session()
            else:
                self.drs_connections += 1
                self.heard.append(heard)
                self.was_asked.set()
                say = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            self._answer(connection, say)

    def _answer(self, connection: socket.socket, say: Say) -> None:
        if say.silent:
            self._end.wait()
            return
        if say.reset:
            self._reset(connection)
            return
        body = say.body if isinstance(say.body, bytes) else json.dumps(say.body).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **dict(say.headers)}
        lines = [
            f"HTTP/1.1 {say.status} Said",
            *(f"{k}: {v}" for k, v in headers.items()),
            "Connection: close",
        ]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body[: say.cut])

    def _reset(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _session(self) -> Say:
        number = len(self.assumed)
        ends = (datetime.now(UTC) + self.session_lasts).isoformat()
        body = (
            '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>'
            f"<AssumedRoleUser><Arn>arn:aws:sts::012345678901:assumed-role/x</Arn></AssumedRoleUser><Credentials>"
            f"<AccessKeyId>ASIA{number:016d}</AccessKeyId><SecretAccessKey>{SECRET_CANARY}</SecretAccessKey>"
            f"<SessionToken>{TOKEN_CANARY}</SessionToken><Expiration>{ends}</Expiration></Credentials>"
            "</AssumeRoleResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>"
        )
        return Say(body=body.encode(), headers=(("Content-Type", "text/xml"),))


def _read(connection: socket.socket) -> Heard | None:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return Heard(path=first.split(" ")[1], headers=headers, body=body)


class TurnableClock:
    """This machine's time, moved by hand."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def local_now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def service_now(self) -> datetime:
        return self.local_now()

    def local_elapsed(self) -> timedelta:
        return self.offset

    async def sleep(self, service: timedelta) -> None:
        self.offset += service

    async def sleep_local(self, span: timedelta) -> None:
        self.offset += span
