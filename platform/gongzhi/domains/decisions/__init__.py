"""Decisions: drafted, reviewed by a second official, put on public notice, published, carried out, rated."""
