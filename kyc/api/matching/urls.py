"""Addresses of the matching API, where yente has them: at the root."""

from django.urls import path

from kyc.api.matching.adjacent import AdjacentPropertyView, AdjacentView
from kyc.api.matching.catalog import AlgorithmsView, CatalogView, EntityView
from kyc.api.matching.match import MatchView
from kyc.api.matching.search import SearchView

urlpatterns = [
    path("match/<str:dataset>", MatchView.as_view(), name="match"),
    path("search/<str:dataset>", SearchView.as_view(), name="search"),
    path("entities/<str:key>", EntityView.as_view(), name="entity"),
    path("entities/<str:key>/adjacent", AdjacentView.as_view(), name="adjacent"),
    path("entities/<str:key>/adjacent/<str:name>", AdjacentPropertyView.as_view(), name="adjacent-property"),
    path("catalog", CatalogView.as_view(), name="catalog"),
    path("algorithms", AlgorithmsView.as_view(), name="algorithms"),
]
