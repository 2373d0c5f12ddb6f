"""What happens after: the relay, the jobs and the clock. Only workers speak to the outside world."""
