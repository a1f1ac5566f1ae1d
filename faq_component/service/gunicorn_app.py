"""gunicorn within the process of ``faq serve``, so that Python and its imports start only once."""

from __future__ import annotations

from gunicorn.app.wsgiapp import WSGIApplication

from faq_component.service.arbiter import RollingArbiter

_CONFIGURATION = "python:faq_component.service.gunicorn_conf"


class FaqApplication(WSGIApplication):  # type: ignore[misc]  # gunicorn carries no types
    """A gunicorn application configured by `gunicorn_conf` alone; it ignores the command line."""

    def load_config(self) -> None:
        """Load `gunicorn_conf`."""
        self.load_config_from_module_name_or_filename(_CONFIGURATION)
        self.app_uri = self.cfg.wsgi_app

    def run(self) -> None:
        """Run the master process until it is told to end."""
        try:
            RollingArbiter(self).run()
        except RuntimeError as error:  # a configuration that gunicorn refuses
            raise SystemExit(f"Error: {error}") from error
