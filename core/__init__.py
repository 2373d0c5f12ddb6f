"""What every room may use: configuration, errors, money, time, identifiers, secrets. Imports nothing of ours."""
