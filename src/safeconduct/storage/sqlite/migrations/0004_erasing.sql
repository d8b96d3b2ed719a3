-- Erasing takes the words out of changes and leaves the rest: place, moment, actor and hash. Only a change that is named in erasing_row
-- may be touched, and only so that it ends without a salt; the same transaction names it and forgets it again.
-- Which changes lost their words, and by whose leave, the history itself says (erasure.done) and the log (content.erased).

CREATE TABLE erasing_row (
    seq INTEGER NOT NULL,
    CONSTRAINT erasing_row_pk PRIMARY KEY (seq)
) STRICT;

-- Erasures that are under way: what of each is done already, for whoever goes on after a crash.
CREATE TABLE erasing (
    name TEXT NOT NULL,
    step TEXT NOT NULL,
    CONSTRAINT erasing_pk            PRIMARY KEY (name),
    CONSTRAINT erasing_step_is_known CHECK (step IN ('entered', 'redacted'))
) STRICT;

DROP TRIGGER change_is_never_updated;

CREATE TRIGGER change_is_only_erased BEFORE UPDATE ON change
WHEN NOT EXISTS (SELECT 1 FROM erasing_row WHERE seq = OLD.seq)
    OR NEW.salt IS NOT NULL OR NEW.seq IS NOT OLD.seq OR NEW.at IS NOT OLD.at OR NEW.actor IS NOT OLD.actor OR NEW.hash IS NOT OLD.hash
    OR NOT (NEW.kind = 'erased' OR (NEW.kind = OLD.kind AND NEW.subject = OLD.subject))
BEGIN
    SELECT RAISE(ABORT, 'the history is append-only: a change is never updated');
END;

DROP TRIGGER act_is_never_updated;

CREATE TRIGGER act_only_loses_its_salt BEFORE UPDATE ON act
WHEN NOT EXISTS (SELECT 1 FROM erasing_row WHERE seq BETWEEN OLD.first_seq AND OLD.last_seq)
    OR length(NEW.salt) <> 0 OR NEW.first_seq IS NOT OLD.first_seq OR NEW.last_seq IS NOT OLD.last_seq OR NEW.name IS NOT OLD.name
    OR NEW.digest IS NOT OLD.digest
BEGIN
    SELECT RAISE(ABORT, 'the history is append-only: an act is never updated');
END;
