"""For how long the keys before still count, where a person types new ones."""

from core.errors import text
from services.channel_keys import LONGEST_GRACE_DAYS
from web.forms import label
from web.schemas import Input
from web.typed import WholeNumber


class GraceForm(Input):
    keep_old_days = WholeNumber(
        0,
        LONGEST_GRACE_DAYS,
        required=True,
        metadata=label(
            text("Giữ khóa cũ thêm mấy ngày"),
            text("Để thông báo đến muộn vẫn được nhận. Khóa cũ bị lộ thì ghi 0."),
        ),
    )
