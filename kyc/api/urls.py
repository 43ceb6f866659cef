"""Addresses of kyc under /api/v1/."""

from django.urls import path

from kyc.api import views

urlpatterns = [
    path("tenants/", views.Tenants.as_view(), name="api-tenants"),
    path("tenants/<str:key>/", views.OneTenant.as_view(), name="api-tenant"),
    path("applications/", views.Applications.as_view(), name="api-applications"),
    path("applications/<uuid:key>/", views.OneApplication.as_view(), name="api-application"),
    path("applications/<uuid:key>/submit/", views.Submit.as_view(), name="api-submit"),
    path("applications/<uuid:key>/approve/", views.Approve.as_view(), name="api-approve"),
    path("applications/<uuid:key>/deny/", views.Deny.as_view(), name="api-deny"),
    path("parties/", views.Parties.as_view(), name="api-parties"),
    path("parties/<uuid:key>/", views.OneParty.as_view(), name="api-party"),
    path("ownership-statements/", views.Statements.as_view(), name="api-statements"),
    path("ownership-statements/<uuid:key>/", views.OneStatement.as_view(), name="api-statement"),
    path("documents/", views.Documents.as_view(), name="api-documents"),
    path("documents/<uuid:key>/", views.OneDocument.as_view(), name="api-document"),
    path("identity-checks/", views.IdentityChecks.as_view(), name="api-identity-checks"),
    path("identity-checks/<uuid:key>/", views.OneIdentityCheck.as_view(), name="api-identity-check"),
    path("screening-alerts/", views.Alerts.as_view(), name="api-alerts"),
    path("screening-alerts/<str:key>/", views.OneAlert.as_view(), name="api-alert"),
    path("screening-alerts/<str:key>/take/", views.TakeAlert.as_view(), name="api-take-alert"),
    path("screening-alerts/<str:key>/decide/", views.DecideAlert.as_view(), name="api-decide-alert"),
    path("screening-alerts/<str:key>/escalate/", views.EscalateAlert.as_view(), name="api-escalate-alert"),
    path("screening-alerts/<str:key>/undo/", views.UndoAlert.as_view(), name="api-undo-alert"),
    path("questions/", views.Questions.as_view(), name="api-questions"),
    path("questions/<uuid:key>/", views.OneQuestion.as_view(), name="api-question"),
    path("questions/<uuid:key>/answer/", views.Answer.as_view(), name="api-answer"),
]
