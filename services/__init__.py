"""The use-cases: functions of a session. They never commit and know no HTTP."""
