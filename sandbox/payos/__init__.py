"""payOS as its contract has it, with faults on demand: `docs/sandbox-payos.md`."""
