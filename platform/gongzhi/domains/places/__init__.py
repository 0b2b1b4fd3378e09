"""Places: district → sub-district → community → grid → building, with the real names and codes."""
