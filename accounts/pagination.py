from rest_framework.pagination import CursorPagination


class ByCursor(CursorPagination):
    """Newest first by key: UUIDv7 keys follow time."""

    ordering = "-pk"
    page_size_query_param = "limit"
    max_page_size = 500
