-- Ids are given to somebody else: what is known of an account besides its id tells, and the overlay of the former
-- owner is kept where the new one does not inherit it.

-- When the account was made, as its store says. It stays when a person gets another address.
ALTER TABLE users ADD COLUMN created_at BIGINT;

CREATE TABLE former_overlays (
    number                BIGINT NOT NULL PRIMARY KEY,
    user_id               TEXT   NOT NULL,
    user_metadata         TEXT   NOT NULL,
    user_metadata_removed TEXT   NOT NULL,
    app_metadata          TEXT   NOT NULL,
    app_metadata_removed  TEXT   NOT NULL,
    blocked               BOOLEAN,
    set_aside_at          BIGINT NOT NULL
);
CREATE INDEX former_overlays_by_user ON former_overlays (user_id);
INSERT INTO counters (name, value) VALUES ('former_overlay', 0);
