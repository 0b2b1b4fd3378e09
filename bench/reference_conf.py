"""gunicorn for the reference: the same worker class as the platform's."""

worker_class = "geventwebsocket.gunicorn.workers.GeventWebSocketWorker"
workers = 1
worker_connections = 10_000
loglevel = "warning"
control_socket_disable = True
