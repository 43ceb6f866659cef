from kyc.models.identity import Document, IdentityCheck
from kyc.models.lists import (
    Entry,
    EntryChange,
    EntryContent,
    EntryName,
    ListDownload,
    ListLook,
    ListVersion,
)
from kyc.models.onboarding import Application, Question, Rating, Tenant
from kyc.models.ownership import Assessment, OwnershipStatement
from kyc.models.parties import Party, PartyFlag, PartyIdentifier
from kyc.models.screening import Alert, Dismissal, RescreenItem, Resolution, Screening, Threshold, Weighing

__all__ = [
    "Alert",
    "Application",
    "Assessment",
    "Dismissal",
    "Document",
    "Entry",
    "EntryChange",
    "EntryContent",
    "EntryName",
    "IdentityCheck",
    "ListDownload",
    "ListLook",
    "ListVersion",
    "OwnershipStatement",
    "Party",
    "PartyFlag",
    "PartyIdentifier",
    "Question",
    "Rating",
    "RescreenItem",
    "Resolution",
    "Screening",
    "Tenant",
    "Threshold",
    "Weighing",
]
