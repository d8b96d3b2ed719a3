-- The registry's history: one row per change, written once, never altered.

CREATE TABLE change (
    seq     INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    body    BLOB    NOT NULL,
    CONSTRAINT change_pk            PRIMARY KEY (seq),
    CONSTRAINT change_seq_counts    CHECK (seq >= 1),
    CONSTRAINT change_at_is_exact   CHECK (at BETWEEN 0 AND 9007199254740991),
    CONSTRAINT change_actor_is_set  CHECK (actor <> ''),
    CONSTRAINT change_kind_is_set   CHECK (kind <> ''),
    CONSTRAINT change_has_a_subject CHECK (subject <> '')
) STRICT;

-- One row per act: which changes it made, and the salt that opens the digest the log holds about it.
CREATE TABLE act (
    first_seq INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL,
    name      TEXT    NOT NULL,
    salt      BLOB    NOT NULL,
    digest    TEXT    NOT NULL,
    CONSTRAINT act_pk           PRIMARY KEY (first_seq),
    CONSTRAINT act_is_not_empty CHECK (last_seq >= first_seq),
    CONSTRAINT act_digest_once  UNIQUE (digest)
) STRICT;

-- The act that is being performed: written before its entry goes to the log, gone with the commit of its changes.
-- A row found at start-up is an act that a crash cut between the two.
CREATE TABLE intent (
    only    INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    actor   TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    digest  TEXT    NOT NULL,
    CONSTRAINT intent_pk      PRIMARY KEY (only),
    CONSTRAINT intent_is_one  CHECK (only = 1)
) STRICT;

CREATE TRIGGER change_is_never_updated BEFORE UPDATE ON change
BEGIN
    SELECT RAISE(ABORT, 'the history is append-only: a change is never updated');
END;

CREATE TRIGGER change_is_never_deleted BEFORE DELETE ON change
BEGIN
    SELECT RAISE(ABORT, 'the history is append-only: a change is never deleted');
END;

-- Also keeps INSERT OR REPLACE from putting a row in the place of another: it deletes without firing delete triggers.
CREATE TRIGGER change_comes_next BEFORE INSERT ON change
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM change)
BEGIN
    SELECT RAISE(ABORT, 'the history is append-only: a change takes the next place');
END;

CREATE TRIGGER change_moves_forward BEFORE INSERT ON change
WHEN NEW.at < coalesce((SELECT at FROM change WHERE seq = NEW.seq - 1), 0)
BEGIN
    SELECT RAISE(ABORT, 'the history is append-only: time does not run backwards');
END;

CREATE TRIGGER act_is_never_updated BEFORE UPDATE ON act
BEGIN
    SELECT RAISE(ABORT, 'the history is append-only: an act is never updated');
END;

CREATE TRIGGER act_is_never_deleted BEFORE DELETE ON act
BEGIN
    SELECT RAISE(ABORT, 'the history is append-only: an act is never deleted');
END;

CREATE TRIGGER act_comes_next BEFORE INSERT ON act
WHEN NEW.first_seq <> coalesce((SELECT last_seq FROM act ORDER BY first_seq DESC LIMIT 1), 0) + 1
BEGIN
    SELECT RAISE(ABORT, 'the history is append-only: an act takes the next place');
END;
