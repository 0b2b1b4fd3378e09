"""What is valid, what leads where, which day: pure functions and declared tables; no session, no clock."""
