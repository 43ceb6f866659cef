"""The application of several web processes: tables of names (4 s, 400 MB) are loaded before they part.

They share the memory, and a process that takes the place of a spent one answers at once.
"""

from config.resident import settle
from config.wsgi import application
from kyc.screening.names import analyse

__all__ = ["application"]

analyse({"id": "", "schema": "Person", "datasets": [], "properties": {"name": ["Nobody"]}})
settle()
