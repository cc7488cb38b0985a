"""A real headless Chromium, driven over its debugging pipe: nothing but the browser itself is needed."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from typing import Any

import pytest

from tests.helpers.processes import PATIENCE, until

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--remote-debugging-pipe",
)


def skip_without_chromium() -> str:
    """Return the browser's program; skip the test where there is none, and name the package."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("needs the system package chromium")
    return found


class Chromium:
    """One page of one browser, with a profile that is thrown away."""

    def __init__(self, program: str) -> None:
        self._profile = tempfile.mkdtemp(prefix="drs-desktop-chromium-")
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        page = (f"--user-data-dir={self._profile}", "about:blank")
        # The browser reads its commands from descriptor 3 and answers on 4.
        command = 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"'
        self._process = subprocess.Popen(
            ["bash", "-c", command, "bash", str(to_browser), str(from_browser), program, *_FLAGS, *page],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        os.set_blocking(self._read, False)
        self._unread = b""
        self._number = 0
        self._page = ""

    def __enter__(self) -> "Chromium":
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._page = str(self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)
        os.close(self._write)
        os.close(self._read)
        shutil.rmtree(self._profile, ignore_errors=True)

    def open(self, address: str) -> None:
        """Go to an address."""
        self._ask("Page.navigate", url=address)

    def until_title(self, title: str) -> str:
        """Wait until the page's heading is this, and return the address it has."""
        until(lambda: self._evaluate("document.querySelector('h1')?.textContent") == title, title)
        return str(self._evaluate("location.href"))

    def click(self, selector: str) -> None:
        """Click what the selector finds."""
        self._evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def choose(self, selector: str, value: str) -> None:
        """Choose a value of a list."""
        self._evaluate(f"document.querySelector({json.dumps(selector)}).value = {json.dumps(value)}")

    def _evaluate(self, expression: str) -> Any:
        return self._ask("Runtime.evaluate", expression=expression)["result"].get("value")

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._page:
            message["sessionId"] = self._page
        os.write(self._write, json.dumps(message).encode() + b"\0")
        answer = until(lambda: self._answer_to(self._number), f"the browser's answer to {method}")
        return dict(answer.get("result", {"result": {}}))

    def _answer_to(self, number: int) -> dict[str, Any] | None:
        """Return the answer once it is there; what the browser tells unasked is passed over."""
        assert self._process.poll() is None, "the browser has ended"
        with contextlib.suppress(BlockingIOError):
            self._unread += os.read(self._read, 1_000_000)
        while b"\0" in self._unread:
            text, _, self._unread = self._unread.partition(b"\0")
            message: dict[str, Any] = json.loads(text)
            if message.get("id") == number:
                return message
        return None
