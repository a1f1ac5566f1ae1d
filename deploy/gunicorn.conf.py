"""gunicorn for production: ``gunicorn --config deploy/gunicorn.conf.py``, in the checkout.

It imports the configuration of `faq serve`; its figures are set in the environment (``FAQ_SERVE_WORKERS=4``, see
docs/guides/http-service.md). Settings below the import override it.
"""

from faq_component.service.gunicorn_conf import *  # noqa: F403
