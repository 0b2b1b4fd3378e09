"""Notices: everybody concerned is told once, in an inbox that is live."""
