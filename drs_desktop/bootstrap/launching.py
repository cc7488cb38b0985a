"""Put launch settings together: readers at a pace, a store, and an applier that records what it writes."""

from dataclasses import dataclass

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.bootstrap.no_aws import NoAws
from drs_desktop.domain.audit import AuditTrail
from drs_desktop.domain.ports import Clock, Ids, WorkspaceInfo, WorkspaceRepository
from drs_desktop.engine.limiter import LimitedAws
from drs_desktop.services.access_service import AccessService
from drs_desktop.services.inventory_service import InventoryService
from drs_desktop.services.launch_applier import ApplierParts, LaunchApplier
from drs_desktop.services.launch_checker import LaunchChecker
from drs_desktop.services.launch_observer import LaunchObserver
from drs_desktop.services.launch_settings_service import LaunchSettingsParts, LaunchSettingsService
from drs_desktop.services.launch_shelf import LaunchShelf
from drs_desktop.services.launch_start_check import LaunchStartCheck
from drs_desktop.services.paced_launch import PacedLaunch
from drs_desktop.storage.database import Database
from drs_desktop.storage.launch_settings_store import SqlLaunchSettingsStore


@dataclass(frozen=True, kw_only=True)
class Launching:
    """What launch settings need that is there before the services are."""

    aws: BotoAwsAccess | NoAws
    who: AccessService
    trail: AuditTrail
    database: Database
    repository: WorkspaceRepository
    clock: Clock
    info: WorkspaceInfo

    def service(
        self, inventory: InventoryService, limits: LimitedAws, ids: Ids
    ) -> tuple[LaunchSettingsService, LaunchStartCheck]:
        """Return the service, and the comparison that each start makes."""
        access = PacedLaunch(self.aws.launch, limits)
        store = SqlLaunchSettingsStore(self.database, self.clock)
        observer = LaunchObserver(access, store, self.clock)
        shelf = LaunchShelf(self.repository, inventory, store)
        applier = LaunchApplier(
            ApplierParts(
                access=access,
                who=self.who,
                trail=self.trail,
                store=store,
                observer=observer,
                clock=self.clock,
                ids=ids,
                operator=self.info.operator,
            )
        )
        parts = LaunchSettingsParts(
            shelf=shelf,
            store=store,
            observer=observer,
            checker=LaunchChecker(access),
            applier=applier,
            clock=self.clock,
            operator=self.info.operator,
        )
        return LaunchSettingsService(parts), LaunchStartCheck(shelf=shelf, observer=observer)
