from access.models.grants import Grant, StatusList, UsageRecord
from access.models.inventory import Cluster, Site
from access.models.requests import AllocationRequest, Decision, Inquiry, Licence, PackText

__all__ = [
    "AllocationRequest",
    "Cluster",
    "Decision",
    "Grant",
    "Inquiry",
    "Licence",
    "PackText",
    "Site",
    "StatusList",
    "UsageRecord",
]
