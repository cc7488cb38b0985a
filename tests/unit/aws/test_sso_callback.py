"""The listener to which the browser comes back."""

import asyncio
from typing import Any

import pytest

from drs_desktop.aws.secret_store import Secret
from drs_desktop.aws.sso_callback import HOST, CallbackAnswer, CallbackListener
from tests.helpers.asynchronous import on_loop

STATE = "the-right-state"
GOOD = f"/oauth/callback?code=the-code&state={STATE}"


async def ask(
    listener: CallbackListener, target: str, *, method: str = "GET", host: str | None = None
) -> str:
    """Send one request and return the whole answer."""
    port = int(listener.redirect_uri.rpartition(":")[2].partition("/")[0])
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(f"{method} {target} HTTP/1.1\r\nHost: {host or f'{HOST}:{port}'}\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    return answer


async def answer_of(listener: CallbackListener) -> CallbackAnswer:
    return await asyncio.wait_for(listener.answer(), 60)


@on_loop
async def test_code_with_the_right_state_is_taken() -> None:
    async with CallbackListener(STATE) as listener:
        page = await ask(listener, GOOD)
        assert await answer_of(listener) == CallbackAnswer(code=Secret("the-code"))
    assert page.startswith("HTTP/1.1 200")
    assert "the-code" not in page


@pytest.mark.parametrize(
    ("target", "settings"),
    [
        ("/oauth/callback?code=evil&state=guessed", {}),
        ("/oauth/callback?code=evil", {}),
        (f"/oauth/callback?code=evil&state={STATE}&state=other", {}),
        (f"/oauth/callback?state={STATE}", {}),
        (f"/other?code=evil&state={STATE}", {}),
        (f"/oauth/callback?code=evil&state={STATE}", {"method": "POST"}),
        (f"/oauth/callback?code=evil&state={STATE}", {"host": "evil.example"}),
        ("/favicon.ico", {}),
    ],
)
def test_anything_else_is_turned_away_and_the_wait_goes_on(target: str, settings: dict[str, Any]) -> None:
    async def main() -> None:
        async with CallbackListener(STATE) as listener:
            assert (await ask(listener, target, **settings)).startswith("HTTP/1.1 404")
            await ask(listener, GOOD)
            assert (await answer_of(listener)).code == Secret("the-code")

    asyncio.run(main())


@on_loop
async def test_denial_comes_as_its_word() -> None:
    async with CallbackListener(STATE) as listener:
        page = await ask(listener, f"/oauth/callback?error=access_denied&state={STATE}")
        assert await answer_of(listener) == CallbackAnswer(code=None, error="access_denied")
    assert "Not signed in" in page


@on_loop
async def test_only_the_first_answer_counts() -> None:
    async with CallbackListener(STATE) as listener:
        await ask(listener, GOOD)
        await ask(listener, GOOD.replace("the-code", "another"))
        assert (await answer_of(listener)).code == Secret("the-code")


@on_loop
async def test_endless_request_is_dropped() -> None:
    async with CallbackListener(STATE) as listener:
        assert await ask(listener, "/oauth/callback?" + "x" * 100_000) == ""


@on_loop
async def test_listener_is_bound_to_this_machine_only() -> None:
    async with CallbackListener(STATE) as listener:
        assert listener._server is not None
        assert [one.getsockname()[0] for one in listener._server.sockets] == ["127.0.0.1"]


@on_loop
async def test_connection_that_says_nothing_does_not_hold_the_end() -> None:
    async with CallbackListener(STATE) as listener:
        port = int(listener.redirect_uri.rpartition(":")[2].partition("/")[0])
        _, writer = await asyncio.open_connection(HOST, port)
    writer.close()
    await writer.wait_closed()
