"""gunicorn for production: ``gunicorn --config deploy/gunicorn.conf.py``, in the checkout.

It is what `faq serve` uses, so that both are the same; every figure is set in the environment (``FAQ_SERVE_WORKERS=4``,
see faq_component/service/README.md). What is written below the import replaces what gunicorn is told by it.
"""

from faq_component.service.gunicorn_conf import *  # noqa: F403
