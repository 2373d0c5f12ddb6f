"""The web server: gevent workers, since most connections only wait (for a stall's events)."""

import os

from gevent import monkey

monkey.patch_all()

# The app is loaded before forking, so that its memory is shared; nothing is connected until the first request.
preload_app = True
worker_class = "gevent"
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_connections = 2_000
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
backlog = 2_048
keepalive = 30
timeout = 60
graceful_timeout = 2
control_socket_disable = True  # it would be one for all runs of an account
loglevel = "warning"
