-- Discourse 3.2: db/structure.sql, cut to what matters.
CREATE TABLE users (
    id integer PRIMARY KEY, username varchar(60) NOT NULL, created_at timestamp NOT NULL, updated_at timestamp NOT NULL, name varchar,
    last_seen_at timestamp, admin boolean NOT NULL DEFAULT false, moderator boolean DEFAULT false, username_lower varchar(60) NOT NULL UNIQUE,
    trust_level integer NOT NULL DEFAULT 0, active boolean NOT NULL DEFAULT false, suspended_till timestamp,
    password_hash varchar(64), salt varchar(32), password_algorithm varchar(64)
);
CREATE TABLE user_emails (
    id serial PRIMARY KEY, user_id integer NOT NULL, email varchar(513) NOT NULL, "primary" boolean NOT NULL DEFAULT false, normalized_email varchar
);
CREATE UNIQUE INDEX ON user_emails (lower(email));
CREATE TABLE groups (id integer PRIMARY KEY, name varchar NOT NULL);
CREATE TABLE group_users (id serial PRIMARY KEY, group_id integer NOT NULL, user_id integer NOT NULL);
INSERT INTO users VALUES
    (-1, 'system', '2009-01-01', '2009-01-01', 'system', NULL, true, true, 'system', 4, true, NULL, NULL, NULL, NULL),
    (1, 'Jane', '2009-02-13 23:31:30', '2010-01-01', 'Jane Doe', '2011-03-13 07:06:40', true, false, 'jane', 4, true, NULL, '05087dee236f225df6e493eb3658927789d3b24c8f83102f9aa100886e9f9c2f', '32hexcharsaltstringasutf8bytes00', '$pbkdf2-sha256$i=1000,l=32$'),
    (2, 'juergen', '2010-01-01', '2010-01-01', 'Jürgen Größe', NULL, false, false, 'juergen', 1, false, NULL, '05087dee236f225df6e493eb3658927789d3b24c8f83102f9aa100886e9f9c2f', '32hexcharsaltstringasutf8bytes00', '$pbkdf2-sha256$i=1000,l=32$'),
    (3, 'bob', '2010-01-01', '2010-01-01', 'Bob', NULL, false, false, 'bob', 1, true, '2999-01-01', '05087dee236f225df6e493eb3658927789d3b24c8f83102f9aa100886e9f9c2f', '32hexcharsaltstringasutf8bytes00', '$pbkdf2-sha256$i=1000,l=32$');
INSERT INTO user_emails (user_id, email, "primary") VALUES (-1, 'no_email', true), (1, 'Jane@example.com', true), (1, 'jane.doe@example.org', false),
    (2, 'juergen@example.com', true), (3, 'bob@example.com', true);
INSERT INTO groups VALUES (1, 'admins'), (11, 'trust_level_1');
INSERT INTO group_users (group_id, user_id) VALUES (1, 1), (11, 1), (11, 2);
