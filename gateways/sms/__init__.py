"""SMS, by the contract of `docs/sandbox-sms.md`: a provider of one's own takes the place of this folder."""
