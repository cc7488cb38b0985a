"""The listener to which the browser comes back: 127.0.0.1 only, one answer taken, static pages."""

import asyncio
import hmac
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from drs_desktop.aws.secret_store import Secret

HOST = "127.0.0.1"
PATH = "/oauth/callback"
REGISTERED_URI = f"http://{HOST}{PATH}"
"""What is registered: the port is free, because it is another one at each sign-in."""
_LARGEST_HEAD = 16_384
_SLOWEST_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class CallbackAnswer:
    """What the browser brought: a code, or the word of an error."""

    code: Secret | None
    error: str = ""


class CallbackListener:
    """Waits for the one request that carries our state; all others are turned away and change nothing."""

    def __init__(self, state: str) -> None:
        """Expect this state."""
        self._state = state
        self._server: asyncio.Server | None = None
        self._port = 0
        self._answer: asyncio.Future[CallbackAnswer] | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def redirect_uri(self) -> str:
        """Return where the browser is to be sent back."""
        return f"http://{HOST}:{self._port}{PATH}"

    async def __aenter__(self) -> "CallbackListener":
        """Begin to listen, on a port that is free."""
        self._answer = asyncio.get_running_loop().create_future()
        self._server = await asyncio.start_server(self._serve, HOST, 0, limit=_LARGEST_HEAD)
        self._port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and drop what is still connected: browsers open connections to spare."""
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.close()
        await self._server.wait_closed()

    async def answer(self) -> CallbackAnswer:
        """Wait for the browser."""
        assert self._answer is not None
        return await self._answer

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            async with asyncio.timeout(_SLOWEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                found = self._read(head.decode("latin-1"))
                writer.write(_page(found))
                await writer.drain()
                writer.close()
                await writer.wait_closed()
            if found is not None and self._answer is not None and not self._answer.done():
                self._answer.set_result(found)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.close()
        finally:
            self._open.discard(writer)

    def _read(self, head: str) -> CallbackAnswer | None:
        """Return what a request brings, or None when it is not the one that is waited for."""
        request, *headers = head.split("\r\n")
        method, _, rest = request.partition(" ")
        target = urlsplit(rest.partition(" ")[0])
        hosts = [line.partition(":")[2].strip() for line in headers if line.lower().startswith("host:")]
        if (method, target.path, hosts) != ("GET", PATH, [f"{HOST}:{self._port}"]):
            return None
        query = parse_qs(target.query)
        if not hmac.compare_digest(_one(query, "state").encode(), self._state.encode()):
            return None
        code, error = _one(query, "code"), _one(query, "error")
        if not code and not error:
            return None
        return CallbackAnswer(code=Secret(code) if code and not error else None, error=error)


def _one(query: dict[str, list[str]], name: str) -> str:
    """Return the value of a member that must come once."""
    values = query.get(name, [])
    return values[0] if len(values) == 1 else ""


_STYLE = "body{font:16px/1.5 sans-serif;max-width:30rem;margin:15vh auto;padding:0 1rem}"


def _page(answer: CallbackAnswer | None) -> bytes:
    """Return a page that holds nothing of what was sent."""
    status, title, text = "200 OK", "Signed in", "Go back to DRS Desktop; you can close this page."
    if answer is None:
        status, title, text = "404 Not Found", "Nothing waits here", "Start the sign-in again in DRS Desktop."
    elif answer.code is None:
        title, text = "Not signed in", "The request was not approved. You can close this page."
    body = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1><p>{text}</p>"
    ).encode()
    head = (
        f"HTTP/1.1 {status}",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        "Referrer-Policy: no-referrer",
        "Cache-Control: no-store",
        "Connection: close",
    )
    return "\r\n".join((*head, "", "")).encode() + body
