"""Runs `gongzhi worker` again and again, forked from a process that has loaded the program: systemd in small."""

from __future__ import annotations

import os
import signal

from gongzhi.kernel.settings import load
from gongzhi.web import app, background, demo  # noqa: F401 - loaded once for all workers
from gongzhi.web.server import work


def main() -> None:
    settings = load()
    app._blueprints()
    app.load_models()
    child = 0

    def end(_number, _frame):
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
        os._exit(0)

    while True:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        child = os.fork()
        if child == 0:
            work(settings)
            os._exit(0)
        signal.signal(signal.SIGTERM, end)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
