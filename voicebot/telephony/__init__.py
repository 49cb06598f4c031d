"""Where calls come in: carriers' webhooks and media streams, and the browser softphone. Nothing is decided here."""
