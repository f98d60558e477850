-- Drupal 7: modules/user/user.install, cut to what matters; the same for MySQL and PostgreSQL.
CREATE TABLE users (
    uid integer NOT NULL PRIMARY KEY, name varchar(60) NOT NULL DEFAULT '', pass varchar(128) NOT NULL DEFAULT '',
    mail varchar(254) DEFAULT '', created integer NOT NULL DEFAULT 0, access integer NOT NULL DEFAULT 0,
    login integer NOT NULL DEFAULT 0, status smallint NOT NULL DEFAULT 0, timezone varchar(32), language varchar(12) NOT NULL DEFAULT ''
);
CREATE TABLE role (rid integer NOT NULL PRIMARY KEY, name varchar(64) NOT NULL DEFAULT '');
CREATE TABLE users_roles (uid integer NOT NULL, rid integer NOT NULL, PRIMARY KEY (uid, rid));
INSERT INTO users (uid, name, pass, mail, created, login, status, timezone, language) VALUES
    (0, '', '', '', 0, 0, 0, NULL, ''),
    (1, 'Jane', '$S$D5kuDJjX2F0AWyLDYyrIjLO1MELQq19B9wQ4Ozc9d48B2Cpo1R0o', 'Jane@example.com', 1234567890, 1300000000, 1, 'Europe/Berlin', 'de'),
    (2, 'juergen', '$S$D92HMs9buHKDd.r9v5CzrmDCYtobkOQD0.zrHVC6Zoy4cTccFzl5', 'juergen@example.com', 1234567891, 0, 1, NULL, ''),
    (3, 'bob', '$S$D5kuDJjX2F0AWyLDYyrIjLO1MELQq19B9wQ4Ozc9d48B2Cpo1R0o', 'bob@example.com', 1234567892, 0, 0, NULL, '');
INSERT INTO role VALUES (3, 'administrator'), (4, 'editor');
INSERT INTO users_roles VALUES (1, 3), (1, 4);
