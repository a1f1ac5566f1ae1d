"""The web service ``faq serve``: answers, search and encoding over HTTP. See docs/guides/http-service.md."""
