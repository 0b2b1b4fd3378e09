"""People: accounts, sessions, organisations, verification, roles and acting on behalf of others."""
