"""The public formats of a transparency log (RFC 6962, C2SP) and what follows from them: pure functions."""
