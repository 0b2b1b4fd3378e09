"""Tests on the repository itself: what must hold of every room, now and when the next one is built."""
