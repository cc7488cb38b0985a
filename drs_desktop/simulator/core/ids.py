"""Identifiers in AWS's shapes, all from the scenario's seed (same seed, same story)."""

import hashlib
import random

_ALPHABET = "0123456789abcdef"
_TAIL = 17


class IdFactory:
    """Makes ids: stable ones from a name, fresh ones from a seeded sequence.

    The shapes are the model's `SourceServerID`, `JobID`, `RecoverySnapshotID` and `EC2InstanceID`.
    """

    def __init__(self, seed: int) -> None:
        """Start the sequence of `seed`."""
        self._seed = seed
        self._sequence = random.Random(f"{seed}/ids")

    def stable(self, prefix: str, *parts: str) -> str:
        """Return the id that these parts always have under this seed."""
        digest = hashlib.sha256("\x1f".join((str(self._seed), prefix, *parts)).encode()).hexdigest()
        return prefix + digest[:_TAIL]

    def fresh(self, prefix: str) -> str:
        """Return the next id of the sequence."""
        return prefix + "".join(self._sequence.choices(_ALPHABET, k=_TAIL))

    def stream(self, *parts: str) -> random.Random:
        """Return a random stream of its own for these parts, whatever else was drawn before."""
        return random.Random("/".join((str(self._seed), *parts)))


def arn(account_id: str, region: str, resource: str) -> str:
    """Return the ARN of a DRS resource such as `source-server/s-…` or `job/drsjob-…`."""
    return f"arn:aws:drs:{region}:{account_id}:{resource}"


def source_server_id(ids: IdFactory, account_id: str, region: str, name: str) -> str:
    """Return the id that a scenario's server of this name has."""
    return ids.stable("s-", account_id, region, name)
