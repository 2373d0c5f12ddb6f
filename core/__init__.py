"""What every room may use: configuration, errors, money, time, ids, secrets. Imports nothing of ours."""
