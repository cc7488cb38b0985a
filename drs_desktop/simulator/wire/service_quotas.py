"""service-quotas: what the quotas of an account are; those of jobs are the ones that DRS enforces."""

from typing import Any

from drs_desktop.simulator.core.access import Principal
from drs_desktop.simulator.core.quotas import ENFORCED
from drs_desktop.simulator.core.service_quotas_table import QUOTAS, SERVICE_NAMES, QuotaEntry
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.wire.answers import Answer, refusal
from drs_desktop.simulator.wire.json_answers import bad_page, json_service_answer, paged
from drs_desktop.simulator.wire.requests import WireCall

_MOST = 100


class ServiceQuotas:
    """The read operations of service-quotas."""

    def __init__(self, simulation: Simulation) -> None:
        """Tell the quotas of this simulation."""
        self._simulation = simulation

    def list_service_quotas(self, call: WireCall, principal: Principal) -> Answer:
        """List the quotas of a service, page by page."""
        return self._list(call, principal, is_default=False)

    def list_aws_default_service_quotas(self, call: WireCall, principal: Principal) -> Answer:
        """List AWS's defaults of a service, page by page."""
        return self._list(call, principal, is_default=True)

    def get_service_quota(self, call: WireCall, principal: Principal) -> Answer:
        """Tell one quota."""
        return self._get(call, principal, is_default=False)

    def get_aws_default_service_quota(self, call: WireCall, principal: Principal) -> Answer:
        """Tell AWS's default of one quota."""
        return self._get(call, principal, is_default=True)

    def _list(self, call: WireCall, principal: Principal, *, is_default: bool) -> Answer:
        service = str(call.members.get("ServiceCode", ""))
        if service not in QUOTAS:
            return _unknown(call)
        wanted = call.members.get("QuotaCode")
        found = [one for one in QUOTAS[service] if wanted in (None, one.code)]
        try:
            shown, token = paged(call.members, found, most=_MOST)
        except ValueError:
            return bad_page(call, "InvalidPaginationTokenException")
        quotas = [self._shape(call, principal, service, one, is_default=is_default) for one in shown]
        return json_service_answer({"Quotas": quotas, "NextToken": token})

    def _get(self, call: WireCall, principal: Principal, *, is_default: bool) -> Answer:
        service, code = str(call.members.get("ServiceCode", "")), call.members.get("QuotaCode")
        for entry in QUOTAS.get(service, ()):
            if entry.code == code:
                shape = self._shape(call, principal, service, entry, is_default=is_default)
                return json_service_answer({"Quota": shape})
        return _unknown(call)

    def _shape(
        self, call: WireCall, principal: Principal, service: str, entry: QuotaEntry, *, is_default: bool
    ) -> dict[str, Any]:
        value = entry.default if is_default else self._value(call, principal, entry)
        shape = {
            "ServiceCode": service,
            "ServiceName": SERVICE_NAMES[service],
            "QuotaArn": f"arn:aws:servicequotas:{call.region}:{principal.account_id}:{service}/{entry.code}",
            "QuotaCode": entry.code,
            "QuotaName": entry.name,
            "Value": float(value),
            "Unit": entry.unit,
            "Adjustable": entry.is_adjustable,
            "GlobalQuota": False,
            "QuotaAppliedAtLevel": "ACCOUNT",
        }
        return {**shape, "UsageMetric": _usage(entry)} if entry.counts_vcpus else shape

    def _value(self, call: WireCall, principal: Principal, entry: QuotaEntry) -> float:
        """Return the value in force: what DRS enforces, else the scenario's word, else the default."""
        quotas = self._simulation.state(principal.account_id, call.region).quotas
        if entry.code in ENFORCED:
            return float(getattr(quotas, ENFORCED[entry.code]))
        return self._simulation.service_quotas.get(entry.code, entry.default)


def _usage(entry: QuotaEntry) -> dict[str, Any]:
    family = entry.name.removeprefix("Running On-Demand ").partition(" ")[0]
    return {
        "MetricNamespace": "AWS/Usage",
        "MetricName": "ResourceCount",
        "MetricDimensions": {
            "Class": f"{family}/OnDemand",
            "Resource": "vCPU",
            "Service": "EC2",
            "Type": "Resource",
        },
        "MetricStatisticRecommendation": "Maximum",
    }


def _unknown(call: WireCall) -> Answer:
    text = "The request failed because the specified service or quota does not exist."
    return refusal(call, "NoSuchResourceException", 400, text)
