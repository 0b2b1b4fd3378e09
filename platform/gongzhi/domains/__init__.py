"""The rooms: one for each thing a district does."""
