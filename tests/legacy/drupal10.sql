-- Drupal 10: what its entity storage makes of the user entity, cut to what matters; for MySQL and PostgreSQL.
CREATE TABLE users_field_data (
    uid integer NOT NULL, langcode varchar(12) NOT NULL, preferred_langcode varchar(12), name varchar(60) NOT NULL,
    pass varchar(255), mail varchar(254), timezone varchar(32), status smallint, created integer NOT NULL, changed integer,
    access integer NOT NULL DEFAULT 0, login integer, init varchar(254), default_langcode smallint NOT NULL,
    PRIMARY KEY (uid, langcode)
);
CREATE TABLE user__roles (
    bundle varchar(128) NOT NULL DEFAULT 'user', deleted smallint NOT NULL DEFAULT 0, entity_id integer NOT NULL,
    delta integer NOT NULL, roles_target_id varchar(255) NOT NULL, PRIMARY KEY (entity_id, deleted, delta)
);
INSERT INTO users_field_data (uid, langcode, preferred_langcode, name, pass, mail, timezone, status, created, changed, login, default_langcode) VALUES
    (0, 'en', NULL, '', NULL, NULL, NULL, 0, 1234567890, 1234567890, 0, 1),
    (1, 'en', 'de', 'Jane', '$2y$04$OijnLy5QU6HkO3xwuLxvwe2EEsSfO16SlKh22zVh9sG/pfOXUIz.i', 'Jane@example.com', 'Europe/Berlin', 1, 1234567890, 1300000001, 1300000000, 1),
    (1, 'de', 'de', 'Jane', '$2y$04$OijnLy5QU6HkO3xwuLxvwe2EEsSfO16SlKh22zVh9sG/pfOXUIz.i', 'Jane@example.com', 'Europe/Berlin', 1, 1234567890, 1300000001, 1300000000, 0),
    (2, 'en', NULL, 'juergen', '$S$D92HMs9buHKDd.r9v5CzrmDCYtobkOQD0.zrHVC6Zoy4cTccFzl5', 'juergen@example.com', NULL, 1, 1234567891, NULL, NULL, 1),
    (3, 'en', NULL, 'bob', '$2y$04$OijnLy5QU6HkO3xwuLxvwe2EEsSfO16SlKh22zVh9sG/pfOXUIz.i', 'bob@example.com', NULL, 0, 1234567892, NULL, NULL, 1);
INSERT INTO user__roles (entity_id, delta, roles_target_id) VALUES (1, 0, 'administrator'), (1, 1, 'editor');
