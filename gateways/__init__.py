"""The outside world behind ports. Imports core only; only workers see its clients."""
