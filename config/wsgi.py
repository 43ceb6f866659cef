"""The application that a web process serves."""

import os

from django.core.wsgi import get_wsgi_application

from config.resident import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
settle()
