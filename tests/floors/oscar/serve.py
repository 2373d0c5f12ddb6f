"""serve.py PORT: on the first start the tables, the owner's account and the country; then the shop, in threads."""

import os
import sys

import django
import waitress
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

OWNER = "admin"


def prepare() -> None:
    """Each part may stand there already."""
    from oscar.core.loading import get_model  # noqa: PLC0415 -- Django's models can be imported only now
    from rest_framework.authtoken.models import Token  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    rights = {"email": "admin@example.com", "is_staff": True, "is_superuser": True}
    owner, is_new = get_user_model().objects.get_or_create(username=OWNER, defaults=rights)
    if is_new:
        owner.set_password(os.environ["OSCAR_PASSWORD"])
        owner.save()
    Token.objects.get_or_create(user=owner, defaults={"key": os.environ["OSCAR_TOKEN"]})
    country = {"printable_name": "Việt Nam", "name": "Việt Nam", "is_shipping_country": True}
    get_model("address", "Country").objects.get_or_create(iso_3166_1_a2="VN", defaults=country)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
os.environ.setdefault("OSCAR_TOKEN", "local-test-token")
os.environ.setdefault("OSCAR_PASSWORD", "supersecret")
port = int(sys.argv[1])
django.setup()
prepare()
print(f"oscar ready on http://127.0.0.1:{port}", flush=True)
waitress.serve(get_wsgi_application(), host="127.0.0.1", port=port, threads=4)
