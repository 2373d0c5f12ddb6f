"""Fault drills: the real system under a stream of payments, while its processes are killed and its queue is
emptied; then every payment is counted against the provider's own books."""
