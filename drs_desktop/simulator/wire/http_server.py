"""The HTTP server: bound to 127.0.0.1, a thread per request, silent."""

import socket
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from drs_desktop.simulator.wire.sso_requests import BEARER

LOOPBACK = "127.0.0.1"
_IDLE_CONNECTION_SECONDS = 5


class QuietHandler(MotoRequestHandler):
    """Writes no access log and gives up on a client that sends nothing."""

    timeout = _IDLE_CONNECTION_SECONDS

    def make_environ(self) -> dict[str, Any]:
        """Keep the portal's token: werkzeug drops every header with an underscore in its name."""
        environ: dict[str, Any] = super().make_environ()
        if token := self.headers.get("x-amz-sso_bearer_token"):
            environ[BEARER] = token
        return environ

    def log(self, type: str, message: str, *args: Any) -> None:
        """Print nothing; the call log has it all."""


class LoopbackServer(ThreadedWSGIServer):
    """A server whose request threads have ended when `server_close` returns."""

    daemon_threads = False

    def log(self, type: str, message: str, *args: Any) -> None:
        """Print nothing."""


def make_loopback_server(host: str, port: int, app: Any) -> LoopbackServer:
    """Bind the server (port 0: any free one); refuse every address but 127.0.0.1."""
    if host != LOOPBACK:
        raise ValueError(f"the simulator listens on {LOOPBACK} only, not on {host!r}")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(128)
        return LoopbackServer(host, bound.getsockname()[1], app, QuietHandler, fd=bound.fileno())
