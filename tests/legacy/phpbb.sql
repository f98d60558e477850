-- phpBB 3.3: what its migrations make, cut to what matters; for MySQL and PostgreSQL.
CREATE TABLE phpbb_users (
    user_id integer NOT NULL PRIMARY KEY, user_type smallint NOT NULL DEFAULT 0, user_regdate integer NOT NULL DEFAULT 0, username varchar(255) NOT NULL,
    username_clean varchar(255) NOT NULL UNIQUE, user_password varchar(255) NOT NULL DEFAULT '', user_email varchar(100) NOT NULL DEFAULT '',
    user_lastvisit integer NOT NULL DEFAULT 0, user_posts integer NOT NULL DEFAULT 0, user_lang varchar(30) NOT NULL DEFAULT '', user_timezone varchar(100) NOT NULL DEFAULT ''
);
CREATE TABLE phpbb_groups (group_id integer NOT NULL PRIMARY KEY, group_name varchar(255) NOT NULL);
CREATE TABLE phpbb_user_group (group_id integer NOT NULL, user_id integer NOT NULL, user_pending smallint NOT NULL DEFAULT 0);
INSERT INTO phpbb_users VALUES
    (1, 2, 0, 'Anonymous', 'anonymous', '', '', 0, 0, 'en', ''),
    (2, 3, 1234567890, 'Jane', 'jane', '$2y$04$OijnLy5QU6HkO3xwuLxvwe2EEsSfO16SlKh22zVh9sG/pfOXUIz.i', 'Jane@example.com', 1300000000, 42, 'de', 'Europe/Berlin'),
    (48, 0, 1234567891, 'JÜRGEN', 'jürgen', '$2y$04$Ke2tzhz1aitaRqhIOj615.mKNFmTYjFa1saa92xwofp63Z.QAnJty', 'juergen@example.com', 0, 0, 'de', ''),
    (49, 1, 1234567892, 'bob', 'bob', '$H$6NIAfPEutbGYDmm0Vx6fq0n948QzzO.', 'bob@example.com', 0, 0, 'en', ''),
    (50, 0, 1234567892, 'old', 'old', '$H$6NIAfPEutbGYDmm0Vx6fq0n948QzzO.', 'old@example.com', 0, 0, 'en', ''),
    (51, 2, 1234567892, 'Googlebot', 'googlebot', '', '', 0, 0, 'en', '');
INSERT INTO phpbb_groups VALUES (2, 'REGISTERED'), (5, 'ADMINISTRATORS');
INSERT INTO phpbb_user_group VALUES (2, 2, 0), (5, 2, 0), (5, 48, 1);
