-- Each change carries a salt of its own and its salted hash. An act's digest is made from the hashes of its changes, so the words of
-- one change can be taken out, with its salt, while its hash goes on proving the digest that the log holds.
-- Changes made before this have neither: their act's digest was made from their words, under the act's salt.

ALTER TABLE change ADD COLUMN salt BLOB CONSTRAINT change_salt_is_whole CHECK (salt IS NULL OR length(salt) = 16);

ALTER TABLE change ADD COLUMN hash TEXT CONSTRAINT change_hash_is_whole CHECK (hash IS NULL OR length(hash) = 64);
