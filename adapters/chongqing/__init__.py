"""Chongqing's platform: an HTTP/JSON service with a vocabulary of its own, behind the exchange platform's headers."""
