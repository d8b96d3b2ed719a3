"""Where do sealed content and the keys to it lie? Files and one SQLite file; nothing here decides who may read."""
