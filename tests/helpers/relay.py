"""The way from a console to AWS as something that can break: bytes pass through, until they do not."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

_CHUNK = 65_536


class Relay:
    """Passes connections on to a server of this machine; `cut` breaks all, `mend` lets new ones through.

    Attributes:
        url: what to give a client in place of the server's own.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._target = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._is_cut = False
        self._start(self._accept)

    def cut(self) -> None:
        """Break every connection, and each that is tried from now on."""
        with self._lock:
            self._is_cut = True
            broken, self._open = self._open, set()
        for each in broken:
            _end(each)

    def mend(self) -> None:
        """Let connections through again."""
        with self._lock:
            self._is_cut = False

    def close(self) -> None:
        """End everything and wait for it."""
        _end(self._listener)
        self.cut()
        for thread in tuple(self._threads):
            thread.join(60)

    def _start(self, work: "object", *arguments: socket.socket) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._join(client)

    def _join(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._target)
        except OSError:
            _end(client)
            return
        with self._lock:
            if not self._is_cut:
                self._open |= {client, server}
                self._start(self._pump, client, server)
                self._start(self._pump, server, client)
                return
        for each in (client, server):
            _end(each)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                sink.sendall(data)
        with self._lock:
            self._open -= {source, sink}
        for each in (source, sink):
            _end(each)


@contextmanager
def relaying(url: str) -> Iterator[Relay]:
    """Run a relay in front of a server, to the end of the block."""
    relay = Relay(url)
    try:
        yield relay
    finally:
        relay.close()


def _end(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        each.close()
