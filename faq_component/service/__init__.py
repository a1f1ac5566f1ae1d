"""The web service ``faq serve``: answers, search and encoding over HTTP. See README.md beside this file."""
