-- Django 5: the first migrations of django.contrib.auth, cut to what matters; for PostgreSQL and MySQL.
CREATE TABLE auth_user (
    id integer NOT NULL PRIMARY KEY, password varchar(128) NOT NULL, last_login timestamp NULL, is_superuser boolean NOT NULL,
    username varchar(150) NOT NULL UNIQUE, first_name varchar(150) NOT NULL, last_name varchar(150) NOT NULL,
    email varchar(254) NOT NULL, is_staff boolean NOT NULL, is_active boolean NOT NULL, date_joined timestamp NULL
);
CREATE TABLE auth_group (id integer NOT NULL PRIMARY KEY, name varchar(150) NOT NULL UNIQUE);
CREATE TABLE auth_user_groups (id integer NOT NULL PRIMARY KEY, user_id integer NOT NULL, group_id integer NOT NULL);
INSERT INTO auth_user VALUES
    (1, 'pbkdf2_sha256$1000$seasalt$YIWkt6M1JFXrHg5s0jZjBSc7C2Cz6QvchSJ0h8Y+i7c=', '2011-03-13 07:06:40', true, 'jane', 'Jane', 'Doe', 'Jane@example.com', true, true, '2009-02-13 23:31:30'),
    (2, 'pbkdf2_sha256$36000$seasalt$FOCap+gNopuWZT2Deo2iun9DVNb22/J8qLpxyz0m4Ec=', NULL, false, 'juergen', 'Jürgen', 'Größe', 'juergen@example.com', false, true, '2010-01-01 00:00:00'),
    (3, 'pbkdf2_sha256$1000$seasalt$YIWkt6M1JFXrHg5s0jZjBSc7C2Cz6QvchSJ0h8Y+i7c=', NULL, false, 'bob', 'Bob', '', 'bob@example.com', false, false, '2010-01-01 00:00:00'),
    (4, '!Kv3h1mJ8gZpvWc2kQ0mTZC5L5cY5Yx', NULL, false, 'sso', 'Sso', '', 'sso@example.com', false, true, '2010-01-01 00:00:00');
INSERT INTO auth_group VALUES (1, 'editors'), (2, 'staff');
INSERT INTO auth_user_groups VALUES (1, 1, 1), (2, 1, 2);
