"""The Postgres backend that puts the scope in force at every BEGIN.

A setting made by a middleware would be gone at the view's own transaction, and one of the session
would leak through pooled connections; only the transaction itself is the right place.
"""

from django.db.backends.postgresql import base

from core.scope import current


class DatabaseWrapper(base.DatabaseWrapper):
    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)
        if not autocommit and self.settings_dict.get("APPLY_SCOPE", True):
            with self.connection.cursor() as cursor:
                for sql, parameters in current().statements():
                    cursor.execute(sql, parameters)
