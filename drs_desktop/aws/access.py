"""Where readers and actors come from: the AwsAccess port over boto3."""

from collections.abc import Iterable

from drs_desktop.aws.account_probe import BotoAccountProber
from drs_desktop.aws.call_log import CallLog
from drs_desktop.aws.clients import AwsClients, SessionPolicies, Timeouts
from drs_desktop.aws.compute_gateway import BotoComputeReader
from drs_desktop.aws.drs_gateway import BotoDrsActor, BotoDrsReader, on_pool
from drs_desktop.aws.identity import CallerIdentity, caller_identity, identity_label
from drs_desktop.aws.launch_gateway import BotoLaunchAccess
from drs_desktop.aws.own_session import SessionHook
from drs_desktop.aws.secrets import HubKeys
from drs_desktop.aws.thread_pool import DaemonThreadPool
from drs_desktop.domain.accounts import Endpoint, StagingAccount, TargetAccount
from drs_desktop.domain.errors import NotFound
from drs_desktop.domain.ids import AccountId, IntentId, Region, Scope
from drs_desktop.domain.ports import Clock

READ_THREADS = 16
ACT_THREADS = 8
"""Calls that change something have threads of their own: no queue of reads delays one past its fence."""


class BotoAwsAccess:
    """Gives readers and actors for the accounts of one workspace."""

    def __init__(
        self,
        *,
        accounts: Iterable[TargetAccount],
        endpoint: Endpoint,
        operator: str,
        clock: Clock,
        call_log: CallLog | None = None,
        hub_keys: HubKeys | None = None,
        timeouts: Timeouts | None = None,
        session_policies: SessionPolicies | None = None,
        session_hook: SessionHook | None = None,
    ) -> None:
        """Prepare access; neither a thread nor a client is made before the first call.

        Args:
            accounts: the accounts that may be reached.
            endpoint: which AWS this is.
            operator: who is at the console; part of the role session's name.
            clock: local time for sessions, both times for the log.
            call_log: where calls are logged, if anywhere.
            hub_keys: a simulator's keys; None for botocore's own chain of profiles and keys.
            timeouts: how long clients wait.
            session_policies: what a session may do at most; None leaves that to the roles.
            session_hook: puts a sign-in into botocore's chain; None leaves the chain as it is.
        """
        self._accounts = {account.account_id: account for account in accounts}
        self._clients = AwsClients(
            endpoint=endpoint,
            operator=operator,
            clock=clock,
            call_log=call_log,
            hub_keys=hub_keys,
            timeouts=timeouts,
            session_policies=session_policies,
            session_hook=session_hook,
        )
        self._read_pool = DaemonThreadPool(READ_THREADS, "aws-read")
        self._act_pool = DaemonThreadPool(ACT_THREADS, "aws-act")
        self._readers: dict[Scope, BotoDrsReader] = {}

    def set_accounts(self, accounts: Iterable[TargetAccount]) -> None:
        """Reach these accounts from now on; sessions of changed ones are assumed afresh."""
        changed = {account.account_id: account for account in accounts}
        for scope in list(self._readers):
            if changed.get(scope.account_id) != self._accounts.get(scope.account_id):
                del self._readers[scope]
                self._clients.forget(scope)
        self._accounts = changed

    def reader(self, scope: Scope) -> BotoDrsReader:
        """Return the reader of an account and Region; cached, cheap.

        Raises:
            NotFound: the workspace knows no such account, or not this Region of it.
        """
        if scope not in self._readers:
            account = self._account(scope)
            self._readers[scope] = BotoDrsReader(account, scope.region, self._clients, self._read_pool)
        return self._readers[scope]

    async def actor(self, scope: Scope, intent_id: IntentId) -> BotoDrsActor:
        """Return an actor on a session assumed afresh, whose user agent carries the intent id.

        Raises:
            NotFound: the workspace knows no such account, or not this Region of it.
            AwsError: the role could not be assumed; nothing was changed.
        """
        account = self._account(scope)
        client = await on_pool(self._act_pool, lambda: self._clients.actor(account, scope.region, intent_id))
        return BotoDrsActor(account, scope.region, client, self._act_pool)

    async def whoami(self, region: Region) -> CallerIdentity:
        """Return who the console is at AWS before it assumes a role.

        Raises:
            AwsError: there are no credentials, or AWS gave no answer.
        """
        return await on_pool(self._read_pool, lambda: caller_identity(self._clients, region))

    @property
    def profile(self) -> str:
        """Return the profile that was chosen here; empty for what the environment chooses."""
        return self._clients.own.profile

    @property
    def identity_label(self) -> str:
        """Return by what AWS would be asked who it is: a profile, or keys of the environment."""
        return identity_label(self._clients)

    def use_profile(self, profile: str) -> None:
        """Reach AWS with this profile from now on; empty: with what the environment chooses."""
        self._clients.use_profile(profile)

    def forget_sign_in(self) -> None:
        """Look afresh who is signed in at the next call, if the identity comes from a sign-in at all."""
        self._clients.forget_sign_in()

    def forget_identity(self) -> None:
        """Look afresh who is signed in at the next call; no session of somebody else is used any more."""
        self._clients.forget_identity()

    def compute(self, scope: Scope) -> BotoComputeReader:
        """Return what reads EC2 in an account and Region; cheap.

        Raises:
            NotFound: the workspace knows no such account, or not this Region of it.
        """
        return BotoComputeReader(self._account(scope), scope.region, self._clients, self._read_pool)

    @property
    def launch(self) -> BotoLaunchAccess:
        """Return what reads and writes launch settings."""
        return BotoLaunchAccess(
            self._account, self._clients, read_pool=self._read_pool, act_pool=self._act_pool
        )

    def staging_reader(self, staging: StagingAccount, region: Region) -> BotoDrsReader:
        """Return the reader of a staging account in a Region, by the role named for it; cheap."""
        account = TargetAccount(
            account_id=staging.account_id,
            name="staging",
            role_arn=staging.role_arn,
            external_id=staging.external_id,
            regions=(region,),
        )
        return BotoDrsReader(account, region, self._clients, self._read_pool)

    @property
    def prober(self) -> BotoAccountProber:
        """Return what tries the roles of accounts, registered or not."""
        return BotoAccountProber(self._clients, self._read_pool)

    def close(self, seconds: float = 5.0) -> None:
        """Take no more calls; wait a moment for running ones, then leave them. May be called twice."""
        self._read_pool.shutdown(wait=False, cancel_futures=True)
        self._act_pool.shutdown(wait=True, cancel_futures=True, seconds=seconds)
        self._read_pool.shutdown(wait=True, cancel_futures=True, seconds=seconds)

    def _account(self, scope: Scope) -> TargetAccount:
        account = self._accounts.get(AccountId(scope.account_id))
        if account is None:
            raise NotFound(f"Account {scope.account_id} is not among the target accounts of this workspace.")
        if scope.region not in account.regions:
            raise NotFound(
                f"Region {scope.region} is not among those of account {account.account_id} ({account.name}): "
                f"{', '.join(account.regions)}."
            )
        return account
