"""The door for officers: performs what office asks; the CLI and later pages and API are faces over it."""
