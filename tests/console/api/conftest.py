import pytest


@pytest.fixture(autouse=True)
def _no_static_files(settings, tmp_path):
    """Programs ask for none, and a clean clone has collected none."""
    settings.STATIC_ROOT = str(tmp_path)
