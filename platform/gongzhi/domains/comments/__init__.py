"""Comments on anything: two levels, with a stance, reactions and mentions; the official voice marked."""
