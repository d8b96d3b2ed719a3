-- An act's digest binds the act's salt, too, by its hash: the salt can be destroyed, and cannot be changed.
-- What erasing leaves of a change is proven by a hash that erasure.done lists. Where words of somebody else's are left, that hash is
-- salted; this is its salt.

ALTER TABLE act ADD COLUMN salt_hash TEXT CONSTRAINT act_salt_hash_is_whole CHECK (salt_hash IS NULL OR length(salt_hash) = 64);

ALTER TABLE change ADD COLUMN left_salt BLOB CONSTRAINT change_left_salt_is_whole CHECK (left_salt IS NULL OR length(left_salt) = 16);

DROP TRIGGER change_is_only_erased;

CREATE TRIGGER change_is_only_erased BEFORE UPDATE ON change
WHEN NOT EXISTS (SELECT 1 FROM erasing_row WHERE seq = OLD.seq)
    OR NEW.salt IS NOT NULL OR NEW.seq IS NOT OLD.seq OR NEW.at IS NOT OLD.at OR NEW.actor IS NOT OLD.actor OR NEW.hash IS NOT OLD.hash
    OR NOT (NEW.kind = 'erased' OR (NEW.kind = OLD.kind AND NEW.subject = OLD.subject))
    OR (NEW.kind = 'erased' AND NEW.left_salt IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'the history is append-only: a change is never updated');
END;

DROP TRIGGER act_only_loses_its_salt;

CREATE TRIGGER act_only_loses_its_salt BEFORE UPDATE ON act
WHEN NOT EXISTS (SELECT 1 FROM erasing_row WHERE seq BETWEEN OLD.first_seq AND OLD.last_seq)
    OR length(NEW.salt) <> 0 OR NEW.first_seq IS NOT OLD.first_seq OR NEW.last_seq IS NOT OLD.last_seq OR NEW.name IS NOT OLD.name
    OR NEW.digest IS NOT OLD.digest OR NEW.salt_hash IS NOT OLD.salt_hash
BEGIN
    SELECT RAISE(ABORT, 'the history is append-only: an act is never updated');
END;
