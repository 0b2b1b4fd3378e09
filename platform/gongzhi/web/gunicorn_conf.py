"""gunicorn's configuration: gevent patched before anything else, one listener, processes from the settings."""

from gevent import monkey

monkey.patch_all()

from pathlib import Path  # noqa: E402 - nothing may be imported before the patch
from typing import Any  # noqa: E402

from gongzhi.kernel.settings import load  # noqa: E402

_settings = load()

bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
workers = _settings.web_processes
worker_class = "gongzhi.web.websocket.Worker"
worker_connections = 10_000
backlog = 2048
timeout = 60
graceful_timeout = 10
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - heartbeats, no data
proc_name = "gongzhi"
loglevel = "warning"
control_socket_disable = True


def when_ready(server: Any) -> None:
    """Say where it listens: the one line a person waits for."""
    print(f"Gongzhi is listening on http://{server.address[0][0]}:{server.address[0][1]}", flush=True)  # noqa: T201


def post_worker_init(worker: Any) -> None:
    """The application is loaded: start what runs beside its requests, and end it with the worker."""
    from gongzhi.web.background import run_beside

    run_beside(worker)
