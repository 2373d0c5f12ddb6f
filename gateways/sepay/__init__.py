"""SePay: a service that tells of every movement on a bank account that its owner has linked."""
