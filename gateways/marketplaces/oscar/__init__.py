"""django-oscar 4 with its REST API, a shop in Python (`docs/floors/oscar.md`)."""
