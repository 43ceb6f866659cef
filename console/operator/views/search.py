"""The search box."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.roles import Act
from console.audience import operator, person
from console.operator.queries import search as queries


@require_safe
@operator(act=Act.SEE_TENANTS)
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")
    straight = queries.straight_to(text)
    if straight:
        return redirect(straight)
    return render(request, "operator/search.html", {"page": queries.page(text, person(request))})
