"""What is asked of a workspace apart from drills: who may do what, and what everybody did."""

from dataclasses import dataclass

from drs_desktop.services.access_service import AccessService
from drs_desktop.services.account_service import AccountService
from drs_desktop.services.audit_service import AuditService
from drs_desktop.services.break_glass_service import BreakGlassService


@dataclass(frozen=True, kw_only=True)
class Administration:
    """The services of those who administer and audit; each refuses by itself."""

    access: AccessService
    accounts: AccountService
    audit: AuditService
    glass: BreakGlassService
