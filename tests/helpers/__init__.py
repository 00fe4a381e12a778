"""What several tests use: the app as a process, a browser, made sound files, the pages without a browser."""
