-- Moodle 4: lib/db/install.xml, cut to what matters; for MySQL and PostgreSQL.
CREATE TABLE mdl_user (
    id bigint NOT NULL PRIMARY KEY, auth varchar(20) NOT NULL DEFAULT 'manual', confirmed smallint NOT NULL DEFAULT 0, deleted smallint NOT NULL DEFAULT 0,
    suspended smallint NOT NULL DEFAULT 0, mnethostid bigint NOT NULL DEFAULT 1, username varchar(100) NOT NULL DEFAULT '', password varchar(255) NOT NULL DEFAULT '',
    idnumber varchar(255) NOT NULL DEFAULT '', firstname varchar(100) NOT NULL DEFAULT '', lastname varchar(100) NOT NULL DEFAULT '', email varchar(100) NOT NULL DEFAULT '',
    city varchar(120) NOT NULL DEFAULT '', country varchar(2) NOT NULL DEFAULT '', lang varchar(30) NOT NULL DEFAULT 'en', timezone varchar(100) NOT NULL DEFAULT '99',
    currentlogin bigint NOT NULL DEFAULT 0, timecreated bigint NOT NULL DEFAULT 0, timemodified bigint NOT NULL DEFAULT 0
);
INSERT INTO mdl_user (id, auth, confirmed, deleted, suspended, username, password, idnumber, firstname, lastname, email, city, country, lang, currentlogin, timecreated, timemodified) VALUES
    (1, 'manual', 1, 0, 0, 'guest', '$2y$04$OijnLy5QU6HkO3xwuLxvwe2EEsSfO16SlKh22zVh9sG/pfOXUIz.i', '', 'Guest', ' ', 'root@localhost', '', '', 'en', 0, 0, 0),
    (2, 'manual', 1, 0, 0, 'jane', '$6$nodesaltnodesalt$X3lqGz.BvzEQdeLeDv2elie/H5by13LC11h4UOSKet8s4emzlK3sjEUnQjk3LUj9o1sEK188jelLD8YF3USiE1', 'S-17', 'Jane', 'Doe', 'Jane@example.com', 'Köln', 'DE', 'de', 1300000000, 1234567890, 1300000001),
    (3, 'email', 0, 0, 0, 'juergen', '$2y$04$Ke2tzhz1aitaRqhIOj615.mKNFmTYjFa1saa92xwofp63Z.QAnJty', '', 'Jürgen', 'Größe', 'juergen@example.com', '', '', 'en', 0, 1234567891, 0),
    (4, 'manual', 1, 0, 1, 'bob', '$2y$04$OijnLy5QU6HkO3xwuLxvwe2EEsSfO16SlKh22zVh9sG/pfOXUIz.i', '', 'Bob', 'Roe', 'bob@example.com', '', '', 'en', 0, 1234567892, 0),
    (5, 'ldap', 1, 0, 0, 'ldap', 'not cached', '', 'L', 'Dap', 'ldap@example.com', '', '', 'en', 0, 1234567892, 0),
    (6, 'manual', 1, 1, 0, 'gone@example.com.1300000000', '$2y$04$OijnLy5QU6HkO3xwuLxvwe2EEsSfO16SlKh22zVh9sG/pfOXUIz.i', '', 'Gone', 'Gone', 'd41d8cd98f00b204e9800998ecf8427e', '', '', 'en', 0, 1234567892, 0);
