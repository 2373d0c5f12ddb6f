"""The jobs. Their import paths are a contract while queues hold them: move none without leaving a way."""
