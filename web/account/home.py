"""The page on which everybody begins: what this person can do."""

from flask import render_template

from web.auth import signed_in


@signed_in
def home() -> str:
    return render_template("account/home.html")
