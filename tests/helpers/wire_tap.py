"""A tap on the wire between the program and its AWS: it passes every byte on and keeps what was secret in it.

So a test knows every secret that the program ever had, without asking the program.
"""

import contextlib
import re
import socket
import ssl
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

_MEMBERS = (
    "accessToken|refreshToken|idToken|clientSecret|secretAccessKey|sessionToken|accessKeyId|deviceCode|codeVerifier"
    "|secret_access_key"
)
_JSON = re.compile(rf'"({_MEMBERS})"\s*:\s*"((?:[^"\\]|\\.)+)"'.encode())
_XML = re.compile(rb"<(AccessKeyId|SecretAccessKey|SessionToken)>([^<]+)</")
_HEADERS = re.compile(
    rb"(?im)^(x-amz-security-token|x-amz-sso_bearer_token): *(\S+)\r$|(Signature)=([0-9a-f]{64})\r?$"
)
_AT_ONCE = 65_536


class WireTap:
    """Passes connections on to a server, as plain HTTP or as TLS in front of a plain server.

    Attributes:
        port: where it listens on 127.0.0.1.
    """

    def __init__(self, upstream_url: str, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(upstream_url)
        self._upstream = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._tls = tls
        self._lock = threading.Lock()
        self._seen: list[bytearray] = []
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._is_closed = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def secrets(self) -> dict[str, set[str]]:
        """Return every secret that has gone by, by its name on the wire."""
        with self._lock:
            streams = [bytes(stream) for stream in self._seen]
        found: defaultdict[str, set[str]] = defaultdict(set)
        for stream in streams:
            for name, text in (*_JSON.findall(stream), *_XML.findall(stream)):
                found[name.decode()].add(text.decode().replace("\\/", "/"))
            for one in _HEADERS.finditer(stream):
                found[(one[1] or one[3]).decode().lower()].add(unquote((one[2] or one[4]).decode()))
        return dict(found)

    # ---- the connections

    def start(self) -> None:
        self._spawn(self._accept)

    def close(self) -> None:
        """Close everything and wait for every thread."""
        self._is_closed = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the accept
        self._listener.close()
        with self._lock:
            sockets = list(self._open)
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(60)

    def _spawn(self, work: object, *args: object) -> None:
        thread = threading.Thread(target=work, args=args, name="wire tap", daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._is_closed:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self._spawn(self._serve, near)

    def _serve(self, near: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(near)
            if self._tls is not None:
                near = stack.enter_context(self._tls.wrap_socket(near, server_side=True))
            far = stack.enter_context(socket.create_connection(self._upstream, timeout=60))
            far.settimeout(None)
            with self._lock:
                self._open |= {near, far}
                streams = bytearray(), bytearray()
                self._seen += streams
            back = threading.Thread(
                target=self._pass_on, args=(far, near, streams[1]), name="wire tap", daemon=True
            )
            back.start()
            self._pass_on(near, far, streams[0])
            back.join()
            with self._lock:
                self._open -= {near, far}

    def _pass_on(self, source: socket.socket, target: socket.socket, seen: bytearray) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_AT_ONCE):
                with self._lock:
                    seen += data
                target.sendall(data)
        for one in (source, target):  # the one end is over, so the other is told
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def tapped(upstream_url: str, tls: ssl.SSLContext | None = None) -> Iterator[WireTap]:
    """Listen in for the length of a block."""
    tap = WireTap(upstream_url, tls)
    tap.start()
    try:
        yield tap
    finally:
        tap.close()
