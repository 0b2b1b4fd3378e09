"""Found first on PYTHONPATH, it moves the clock of a process by GONGZHI_CLOCK_MOVED seconds before all else."""

import os
from datetime import UTC, datetime, timedelta

import time_machine

time_machine.travel(datetime.now(UTC) + timedelta(seconds=int(os.environ["GONGZHI_CLOCK_MOVED"])), tick=True).start()
