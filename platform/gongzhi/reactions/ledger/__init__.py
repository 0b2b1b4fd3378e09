"""The public ledger (公开账本): public acts in a log that shows whether any was changed, removed or re-ordered."""
