"""The HTTP server: gevent's, whose connections a fault can cut."""

from typing import Any

from gevent.pywsgi import WSGIHandler, WSGIServer

CONNECTION = "sandbox.connection"


class Handler(WSGIHandler):
    """Lets the application reach its own connection."""

    def get_environ(self) -> dict[str, Any]:
        return super().get_environ() | {CONNECTION: self.socket}


class Server(WSGIServer):
    handler_class = Handler
