"""The door for calls: sockets, HTTP/1.1 edge, workers that perform what exchange asks."""
