"""A machine on which nobody ever signed in, and a simulator with people who can."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.helpers.processes import SMALL_SCENARIO, SPEED, Command, Console, Ended, Simulator, serving
from tests.helpers.sign_in import OPERATOR, Browser

PEOPLE = """
sign_in:
  start_url: https://drs-tests.awsapps.com/start
  region: eu-west-1
  permission_sets: [{name: DRSAdmin}, {name: DRSOperator}, {name: DRSViewer}]
  users:
    - {name: administrator, full_name: An administrator, assignments: {dr-hub: [DRSAdmin]}}
    - {name: operator, full_name: An operator, assignments: {dr-hub: [DRSOperator]}}
    - {name: colleague, full_name: Another operator, assignments: {dr-hub: [DRSOperator]}}
    - {name: viewer, full_name: A viewer, assignments: {dr-hub: [DRSViewer]}}
"""
ADMINISTRATOR, COLLEAGUE = "administrator", "colleague"


@contextmanager
def serving_people(
    folder: Path, *, scenario: Path = SMALL_SCENARIO, speed: float = SPEED
) -> Iterator[Simulator]:
    """Serve a scenario with people who sign in; what is signed is accepted for a minute."""
    path = folder / "people.yaml"
    path.write_text(
        scenario.read_text(encoding="utf-8").partition("\nsign_in:")[0] + PEOPLE, encoding="utf-8"
    )
    with serving(folder / "served", scenario=path, speed=speed, signing_window=60) as simulator:
        yield simulator


class Laptop:
    """Runs commands with a home and a place for temporary files of its own, and without a keyring.

    Attributes:
        home: What HOME says.
        data: The data folder.
    """

    def __init__(self, console: Console, folder: Path) -> None:
        self._console = console
        self.home, self._temporary = folder / "laptop", folder / "tmp"
        for path in (self.home, self._temporary):
            path.mkdir()
        self.data = console.home
        self.ended: list[Ended] = []

    def start(self, *arguments: str, **environment: str) -> Command:
        variables = {"HOME": str(self.home), "TMPDIR": str(self._temporary), "DRS_DESKTOP_SIGN_IN": "sso"}
        return self._console.start(*arguments, **{**variables, **environment})

    def run(self, *arguments: str, **environment: str) -> Ended:
        """Run a command to its end."""
        ended = self.start(*arguments, **environment).end()
        self.ended.append(ended)
        return ended

    def sign_in(self, user: str = OPERATOR, **environment: str) -> None:
        """Sign somebody in by device code, shared with the AWS CLI because there is no keyring."""
        login = self.start("login", "--device", "--share", "--json", **environment)
        Browser().decide(address_in(login), user=user)
        login.end().expect(0)

    @property
    def shared_tokens(self) -> list[Path]:
        """Return the files of the AWS CLI's cache, the only ones in which a token may stand."""
        return list((self.home / ".aws" / "sso" / "cache").glob("*.json"))


def address_in(login: Command) -> str:
    """Return the address that the command asks a person to open."""
    return login.until_said(r"^(https?://127\.0\.0\.1:\S+)$").group(1)
