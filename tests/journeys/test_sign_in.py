"""From a cold start to a sign-in: by device code, in a real browser, kept in a real keyring, and out."""

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.chromium import Chromium, skip_without_chromium
from tests.helpers.processes import SMALL_SCENARIO, SPEED, Command, Console, Ended, Simulator, serving, until
from tests.helpers.secret_service import SecretServiceSession, skip_without_secret_service
from tests.helpers.sign_in import OPERATOR, VIEWER, Browser

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # on a busy machine

PEOPLE = """
sign_in:
  start_url: https://drs-tests.awsapps.com/start
  region: eu-west-1
  permission_sets: [{name: DRSOperator}, {name: DRSViewer}]
  users:
    - {name: operator, full_name: An operator, assignments: {dr-hub: [DRSOperator]}}
    - {name: viewer, full_name: A viewer, assignments: {dr-hub: [DRSViewer]}}
"""


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("simulator")
    scenario = folder / "people.yaml"
    scenario.write_text(SMALL_SCENARIO.read_text(encoding="utf-8") + PEOPLE, encoding="utf-8")
    with serving(folder / "served", scenario=scenario, signing_window=60) as simulator:
        yield simulator


class Laptop:
    """A machine on which nobody ever signed in: its own home, no keyring."""

    def __init__(self, console: Console, home: Path) -> None:
        home.mkdir()
        self._console = console
        self.home = home
        self.data = console.home

    def start(self, *arguments: str, **environment: str) -> Command:
        return self._console.start(*arguments, HOME=str(self.home), **environment)

    def run(self, *arguments: str) -> Ended:
        return self.start(*arguments).end()


@pytest.fixture
def laptop(simulator: Simulator, tmp_path: Path) -> Iterator[Laptop]:
    with Console(tmp_path, simulator.endpoint_url) as console:
        yield Laptop(console, tmp_path / "laptop")


def address_of(login: Command) -> str:
    """Return the address that the command asks a person to open."""
    return login.until_said(r"^(http://127\.0\.0\.1:\S+)$").group(1)


def test_cold_start_signs_in_by_device_code_and_out_again(laptop: Laptop) -> None:
    assert laptop.run("whoami", "--json").expect(6).json["state"] == "signed out"
    login = laptop.start("login", "--device", "--share", "--json")
    Browser().decide(address_of(login))
    assert login.end().expect(0).json["is_signed_in"] is True
    (file,) = (laptop.home / ".aws/sso/cache").glob("*.json")
    token = json.loads(file.read_text(encoding="utf-8"))
    told = everything_in(laptop.data) + login.err
    assert not any(token[name] in told for name in ("accessToken", "refreshToken", "clientSecret"))
    who = laptop.run("whoami", "--json").expect(0).json
    assert who["identity"].endswith(f"/{OPERATOR}")
    assert [one["role"] for one in who["roles"]] == ["DRSOperator"]
    laptop.run("logout").expect(0)


def test_browser_comes_back_with_pkce(laptop: Laptop) -> None:
    login = laptop.start("login", "--no-open", "--share", "--json")
    back = Browser().decide(address_of(login))
    assert Browser().get(back.location).title == "Signed in"
    assert login.end().expect(0).json["renews_itself"] is True


@pytest.mark.parametrize("way", ["--device", "--no-open"])
def test_denied_sign_in_ends_with_its_code(laptop: Laptop, way: str) -> None:
    login = laptop.start("login", way, "--share", "--json")
    page = Browser().decide(address_of(login), "deny")
    if page.location:
        Browser().get(page.location)
    assert "denied" in login.end().expect(6).json["error"]


def test_sign_in_without_a_keyring_asks_nobody(laptop: Laptop, simulator: Simulator) -> None:
    before = len(simulator.calls("RegisterClient"))
    assert "--share" in laptop.run("login", "--device").expect(3).err
    assert len(simulator.calls("RegisterClient")) == before


def test_interrupted_sign_in_leaves_nothing(laptop: Laptop) -> None:
    login = laptop.start("login", "--device", "--share", "--json")
    address_of(login)
    login.signal(signal.SIGINT)
    login.end().expect(130)
    assert not list(laptop.home.rglob("*.json"))


def test_revoked_sign_in_is_seen(laptop: Laptop, simulator: Simulator) -> None:
    login = laptop.start("login", "--device", "--share", "--json")
    Browser().decide(address_of(login))
    login.end().expect(0)
    simulator.control.ask("POST", "/sim/sign-in", {"action": "sign_out"})
    assert laptop.run("whoami", "--json").expect(6).json["is_signed_in"] is False


# ---- a drill with nothing but the sign-in


DRILL = ("run", "--plan", "payroll", "--mode", "drill", "--release-pauses", "--json")


def drill(laptop: Laptop) -> Ended:
    return laptop.start(*DRILL, DRS_DESKTOP_SIGN_IN="sso").end()


def sign_in(laptop: Laptop, user: str = OPERATOR) -> None:
    login = laptop.start("login", "--device", "--share", "--json")
    Browser().decide(address_of(login), user=user)
    login.end().expect(0)


def test_viewer_starts_nothing(laptop: Laptop, simulator: Simulator) -> None:
    login = laptop.start("login", "--device", "--share", "--json")
    Browser().decide(address_of(login), user=VIEWER)
    login.end().expect(0)
    drill(laptop).expect(8)
    assert "StartRecovery" not in simulator.changing_calls()


def test_drill_needs_a_sign_in_and_then_nothing_else(laptop: Laptop, simulator: Simulator) -> None:
    assert "drs-desktop login" in drill(laptop).expect(6).json["error"]
    assert "StartRecovery" not in simulator.changing_calls()
    login = laptop.start("login", "--device", "--share", "--json")
    Browser().decide(address_of(login))
    login.end().expect(0)
    assert drill(laptop).expect(0).json["status"] == "COMPLETED"


def test_drill_survives_a_revoked_sign_in(laptop: Laptop, simulator: Simulator) -> None:
    sign_in(laptop)
    before = len(simulator.calls("StartRecovery"))
    running = laptop.start(*DRILL, DRS_DESKTOP_SIGN_IN="sso")
    until(lambda: len(simulator.calls("StartRecovery")) == before + 2, "the start of wave 2")
    simulator.set_speed(0)
    simulator.control.ask("POST", "/sim/sign-in", {"action": "sign_out"})
    simulator.control.ask("POST", "/sim/sessions", {"action": "expire", "all": True})
    asked = len(simulator.calls())
    until(lambda: any(call["status"] == 403 for call in simulator.calls()[asked:]), "a refused call")
    sign_in(laptop)
    simulator.set_speed(SPEED)
    assert running.end().expect(0).json["status"] == "COMPLETED"
    assert len(simulator.calls("StartRecovery")) == before + 3


# ---- a real browser


@pytest.fixture
def browser() -> Iterator[Chromium]:
    with Chromium(skip_without_chromium()) as chromium:
        yield chromium


def test_chromium_approves_and_comes_back(laptop: Laptop, browser: Chromium) -> None:
    login = laptop.start("login", "--no-open", "--share", "--json")
    browser.open(address_of(login))
    browser.until_title("Sign in")
    browser.choose("#user", OPERATOR)
    browser.click("#approve")
    assert "/oauth/callback?" in browser.until_title("Signed in")
    login.end().expect(0)


def test_chromium_denies_and_comes_back(laptop: Laptop, browser: Chromium) -> None:
    login = laptop.start("login", "--no-open", "--share", "--json")
    browser.open(address_of(login))
    browser.until_title("Sign in")
    browser.click("#deny")
    browser.until_title("Not signed in")
    login.end().expect(6)


def test_chromium_approves_a_device_code(laptop: Laptop, browser: Chromium) -> None:
    login = laptop.start("login", "--device", "--share", "--json")
    code = login.until_said(r"^Code: (\S+)$").group(1)
    address = address_of(login)
    browser.open(address)
    browser.until_title("Sign in")
    assert code in address
    browser.click("#approve")
    browser.until_title("Approved")
    login.end().expect(0)


# ---- a real keyring


def test_sign_in_lives_in_the_keyring_and_in_no_file(simulator: Simulator, tmp_path: Path) -> None:
    skip_without_secret_service()
    service = SecretServiceSession(tmp_path)
    variables = {"DRS_DESKTOP_HOME": str(tmp_path / "data"), "AWS_ENDPOINT_URL": simulator.endpoint_url}
    with service.start(
        [sys.executable, "-m", "drs_desktop", "login", "--device", "--json"], **variables
    ) as login:
        address = login.until_said(r"^(http://127\.0\.0\.1:\S+)$")
        Browser().decide(address)
        assert '"is_signed_in": true' in login.end()
    with service.start([sys.executable, "-m", "drs_desktop", "whoami", "--json"], **variables) as whoami:
        told = whoami.end()
    assert "the system's keyring (SecretService)" in told
    assert "accessToken" not in everything_in(tmp_path)


def everything_in(folder: Path) -> str:
    """Return the contents of every file, as far as it is text."""
    return "\n".join(path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file())
