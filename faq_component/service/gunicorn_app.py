"""gunicorn in this process: ``faq serve`` need not start Python, and import everything, a second time."""

from __future__ import annotations

from gunicorn.app.wsgiapp import WSGIApplication

_CONFIGURATION = "python:faq_component.service.gunicorn_conf"


class FaqApplication(WSGIApplication):  # type: ignore[misc]  # gunicorn carries no types
    """Configured by `gunicorn_conf` alone, not by the flags of the command that runs it."""

    def load_config(self) -> None:
        """Read the configuration."""
        self.load_config_from_module_name_or_filename(_CONFIGURATION)
        self.app_uri = self.cfg.wsgi_app
