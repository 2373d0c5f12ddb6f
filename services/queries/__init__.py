"""Reading: `list_…`, `get_…`, `count_…`. Nothing here writes."""
