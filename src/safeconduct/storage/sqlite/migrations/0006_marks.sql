-- Measures and risk have their subject written as KIND/ID. About people and keys they are as many as the people, so they are found
-- by an index like everything else about somebody, and whoever folds the structure passes over them.
-- The list of kinds is that of safeconduct.registry.changes.MARKS; a new kind there is a new migration here.

CREATE INDEX change_of_marked ON change (subject, seq)
WHERE kind IN ('measure.taken', 'measure.undone', 'measure.appealed', 'risk.moved');

-- Finds whom a measure is about by its id, the 14 characters that the body begins with, its members being in order of name.
CREATE UNIQUE INDEX change_of_measure ON change (substr(body, 12, 14))
WHERE kind = 'measure.taken';

CREATE TRIGGER change_of_measure_is_found BEFORE INSERT ON change
WHEN NEW.kind = 'measure.taken' AND (substr(NEW.body, 1, 11) <> CAST('{"called":"' AS BLOB) OR substr(NEW.body, 26, 1) <> CAST('"' AS BLOB))
BEGIN
    SELECT RAISE(ABORT, 'the body of measure.taken begins with its id');
END;

DROP INDEX change_of_structure;

CREATE INDEX change_of_structure ON change (seq)
WHERE kind NOT IN ('person.registered', 'person.enrolled', 'person.amended', 'person.ended', 'person.suspended', 'person.restored', 'membership.started', 'membership.ended', 'fact.recorded', 'fact.withdrawn', 'key.issued', 'key.revoked')
AND (kind NOT IN ('measure.taken', 'measure.undone', 'measure.appealed', 'risk.moved') OR (subject NOT GLOB 'person/*' AND subject NOT GLOB 'key/*'));
