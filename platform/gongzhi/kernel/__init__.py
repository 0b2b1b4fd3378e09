"""The kernel: database, events, policy and other pieces without a domain word."""
