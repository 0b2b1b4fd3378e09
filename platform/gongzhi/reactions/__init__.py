"""Reactions: they listen to events; nobody calls them and none knows another."""
