"""Speed, as ratios to a reference run beside it, so that the machine matters little."""
