"""The sandbox as one WSGI application."""

from flask import Flask

from sandbox.payos import checkout, collecting, control, paying_out
from sandbox.payos.books import Books
from sandbox.payos.faults import Faults
from sandbox.payos.notices import Notices


def create_app(books: Books, address: str) -> Flask:
    """`address` is where the sandbox is reached, for checkout URLs."""
    app = Flask(__name__)
    app.config["ADDRESS"] = address
    faults = Faults()
    app.extensions |= {"books": books, "faults": faults, "notices": Notices(books, faults)}
    for part in (collecting, paying_out, control, checkout):
        app.register_blueprint(part.blueprint)
    return app
