"""Addresses of the tenant's portal."""

from django.urls import path

from console.portal.views import application, home, requests

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("application/<str:key>/send/", application.send, name="application_send"),
    path("application/<str:key>/<slug:step>/", application.step, name="application"),
    path("questions/<uuid:key>/", requests.question, name="question"),
    path("questions/<uuid:key>/answer/", requests.answer, name="question_answer"),
    path("requests/new/", requests.new, name="request_new"),
    path("requests/<str:key>/", requests.request, name="request"),
    path("requests/<str:key>/accept/", requests.accept, name="request_accept"),
]
