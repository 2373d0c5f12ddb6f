"""What was typed into a form that came when nobody was signed in any more. It goes through the sign-in page, sealed,
and stands in its form again before who typed it. Nothing is sent by itself, and nobody else reads it.

A form says by `mark` whose page it stood on. No cookie can: it is gone, and another may sign in on the same phone.
"""

import hmac
import json
from dataclasses import dataclass
from uuid import UUID

from cryptography.fernet import InvalidToken
from flask import flash, g, request
from werkzeug.datastructures import MultiDict

from core.crypto import blind_index, seal, unseal
from core.errors import Text, text
from gateways.formats import COLLECTORS
from web.languages import translate

FIELD = "kept"
TYPED_BY = "typed_by"
MINUTES = 30
LONGEST = 64 * 1024
COLLECTORS_KEYS = frozenset(key.name for collector in COLLECTORS.values() for key in collector.keys)
SECRETS = COLLECTORS_KEYS | {"password", "secret"}
"""Fields whose input is of the type `password`: no page shows them again, and this does not keep them."""
NOT_TYPED = SECRETS | {"csrf_token", TYPED_BY}

AGAIN = text("Chưa gửi. Những gì đã điền vẫn còn: hãy kiểm tra lại rồi gửi.")
CHOOSE_FILES_AGAIN = text("Ảnh hoặc tệp thì phải chọn lại.")
FILL_SECRETS_AGAIN = text("Mật khẩu và khóa thì phải điền lại.")
GONE = text(
    "Chưa gửi, và không mở lại được những gì đã điền: đã quá %(minutes)s phút, hoặc do người khác điền.",
    minutes=MINUTES,
)


@dataclass(frozen=True)
class Kept:
    """What was typed, for which page, and what of it has to be done anew."""

    by: str
    path: str
    typed: list[tuple[str, str]]
    files: bool
    secrets: bool

    @property
    def words(self) -> list[Text]:
        """What to tell the person."""
        return [AGAIN, *[CHOOSE_FILES_AGAIN] * self.files, *[FILL_SECRETS_AGAIN] * self.secrets]


def mark(user_id: UUID) -> str:
    """Stands in each form that a person fills in. Who does not see that person's pages cannot make one, so no other
    site fills in a form of ours."""
    return blind_index("typed_by", str(user_id)).hex()


def keep() -> str | None:
    """What this request tried to send, sealed; None where it is no form that somebody had filled in, or too long."""
    if sealed := request.form.get(FIELD):
        return sealed
    if request.method != "POST" or not request.form.get(TYPED_BY) or not _shows_its_form():
        return None
    kept = {
        "by": request.form[TYPED_BY],
        "path": request.full_path.rstrip("?"),
        "typed": [pair for pair in request.form.items(multi=True) if pair[0] not in NOT_TYPED],
        "files": any(file.filename for file in request.files.values()),
        "secrets": any(request.form.get(name) for name in SECRETS),
    }
    words = json.dumps(kept, ensure_ascii=False)
    return seal(words).decode() if len(words) <= LONGEST else None


def open_for(user_id: UUID, sealed: str) -> Kept | None:
    """What was kept, for who typed it, within half an hour; else None."""
    try:
        kept = Kept(**json.loads(unseal(sealed.encode(), within=MINUTES * 60)))
    except InvalidToken:
        return None
    return kept if hmac.compare_digest(kept.by, mark(user_id)) else None


def show_again(user_id: UUID) -> None:
    """Have this person's forms marked; make of a request that brings something kept one for its form's page, where
    `web.forms.Form` puts it."""
    g.typed_by = mark(user_id)
    sealed = request.form.get(FIELD) if request.method == "POST" else None
    if not sealed or not _shows_its_form():
        return
    request.method = "GET"
    kept = open_for(user_id, sealed)
    g.typed_before = MultiDict(kept.typed) if kept else None
    flash(" ".join(map(translate, kept.words if kept else [GONE])), "warn" if kept else "bad")


def _shows_its_form() -> bool:
    """A form stands on the page that takes it."""
    return "GET" in ((request.url_rule and request.url_rule.methods) or ())
