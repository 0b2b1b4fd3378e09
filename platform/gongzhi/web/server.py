"""What `gongzhi serve` and `gongzhi worker` do.

`serve` becomes gunicorn with gevent workers (hard-won.md, 7). Without Redis the one process also delivers
events and runs jobs; with Redis that is the work of `gongzhi worker`, of which any number may run.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from gongzhi.kernel.settings import Settings


def serve(settings: Settings) -> None:
    """Serve until SIGTERM. Replaces this process, so that gevent patches before anything is imported."""
    del settings  # read again by gunicorn_conf.py, after the patch
    conf = Path(__file__).with_name("gunicorn_conf.py")
    sys.stdout.flush()
    os.execv(  # noqa: S606 - our own interpreter, fixed arguments
        sys.executable,
        [sys.executable, "-m", "gunicorn", "--config", str(conf), "gongzhi.web.wsgi:app"],
    )


def work(settings: Settings) -> None:
    """Deliver events and run jobs until SIGTERM or SIGINT."""
    from gongzhi.web.app import create_app
    from gongzhi.web.background import Background

    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: done.set())
    background = Background(create_app(settings), delivers=True, serves_sockets=False)
    background.start()
    print("Gongzhi worker is running", flush=True)  # noqa: T201 - the line a person waits for
    while not done.wait(1):
        pass
    background.stop()
