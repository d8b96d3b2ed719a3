"""What proves it? Entries, RFC 6962 hashing, C2SP tiles, signed notes and proofs; pure arithmetic over bytes."""
