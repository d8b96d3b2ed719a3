-- The history holds millions of changes about people and keys. These indexes find the few of one person or one key, and let
-- whoever folds the rest (the structure) pass over them.
-- The lists of kinds are those of safeconduct.registry.changes.POPULATION; a new kind there is a new migration here.

CREATE INDEX change_of_person ON change (subject, seq)
WHERE kind IN ('person.registered', 'person.enrolled', 'person.amended', 'person.ended', 'person.suspended', 'person.restored', 'membership.started', 'membership.ended', 'fact.recorded', 'fact.withdrawn');

CREATE INDEX change_of_key ON change (subject, seq)
WHERE kind IN ('key.issued', 'key.revoked');

CREATE INDEX change_of_structure ON change (seq)
WHERE kind NOT IN ('person.registered', 'person.enrolled', 'person.amended', 'person.ended', 'person.suspended', 'person.restored', 'membership.started', 'membership.ended', 'fact.recorded', 'fact.withdrawn', 'key.issued', 'key.revoked');

-- Finds a key by what is kept of it: the 64 hex digits that the body begins with, its members being in order of name.
-- Part of the history itself, so it can neither be forgotten nor say anything else; and no two keys are one.
CREATE UNIQUE INDEX change_of_credential ON change (substr(body, 12, 64))
WHERE kind = 'key.issued';

CREATE TRIGGER change_of_credential_is_found BEFORE INSERT ON change
WHEN NEW.kind = 'key.issued' AND substr(NEW.body, 1, 11) <> CAST('{"digest":"' AS BLOB)
BEGIN
    SELECT RAISE(ABORT, 'the body of key.issued begins with its digest');
END;
