"""Where a form may lead: only to this product's own pages."""

import re

_OWN = re.compile(r"/(?![/\\])[^\s\\]*")


def own_path(asked: str | None) -> str:
    """`asked`, where it is a path of ours; else the home page. Another site's address is never followed."""
    return asked if asked and _OWN.fullmatch(asked) else "/"
