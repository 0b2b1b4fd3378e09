"""What gunicorn loads. The patch comes first for servers that do not read gunicorn_conf.py."""

from gevent import monkey

monkey.patch_all()

from gongzhi.web.app import create_app  # noqa: E402 - nothing may be imported before the patch

app = create_app()
