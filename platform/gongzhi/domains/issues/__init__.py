"""Issues (议题): raised by residents, enterprises and NGOs, supported, answered; with the whole trace."""
