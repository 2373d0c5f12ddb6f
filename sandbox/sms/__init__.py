"""An SMS provider to play with: takes messages by the contract of `docs/sandbox-sms.md`, sends none."""
