"""Addresses of the examiner's pages."""

from django.urls import path

from console.regulator.views import looking, proving

app_name = "regulator"
urlpatterns = [
    path("", looking.home, name="home"),
    path("search/", looking.search, name="search"),
    path("tenants/", looking.tenants, name="tenants"),
    path("tenants/<str:key>/", looking.tenant, name="tenant"),
    path("checkpoints/", looking.checkpoints, name="checkpoints"),
    path("opened/", looking.opened, name="opened"),
    path("exports/", proving.exports, name="exports"),
    path("exports/new/", proving.new, name="export_new"),
    path("exports/<uuid:key>/", proving.export, name="export"),
    path("exports/<uuid:key>/stop/", proving.stop, name="export_stop"),
    path("exports/<uuid:key>/bundle.zip", proving.download, name="export_download"),
    path("verify/", proving.verify, name="verify"),
]
