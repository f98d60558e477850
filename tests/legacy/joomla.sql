-- Joomla 4: installation/sql/mysql/base.sql, cut to what matters.
CREATE TABLE jos_users (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(400) NOT NULL DEFAULT '', username varchar(150) NOT NULL DEFAULT '',
    email varchar(100) NOT NULL DEFAULT '', password varchar(100) NOT NULL DEFAULT '', block tinyint NOT NULL DEFAULT 0,
    sendEmail tinyint DEFAULT 0, registerDate datetime NOT NULL, lastvisitDate datetime, activation varchar(100) NOT NULL DEFAULT '',
    params text, requireReset tinyint NOT NULL DEFAULT 0, KEY idx_block (block), UNIQUE KEY idx_username (username), KEY email (email)
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE jos_usergroups (id int unsigned NOT NULL PRIMARY KEY, title varchar(100) NOT NULL DEFAULT '');
CREATE TABLE jos_user_usergroup_map (user_id int unsigned NOT NULL, group_id int unsigned NOT NULL, PRIMARY KEY (user_id, group_id));
INSERT INTO jos_users (id, name, username, email, password, block, registerDate, lastvisitDate, requireReset) VALUES
    (42, 'Jane Doe', 'jane', 'Jane@example.com', '$2y$04$OijnLy5QU6HkO3xwuLxvwe2EEsSfO16SlKh22zVh9sG/pfOXUIz.i', 0, '2009-02-13 23:31:30', '2011-03-13 07:06:40', 0),
    (43, 'Jürgen Größe', 'juergen', 'juergen@example.com', '$2y$04$Ke2tzhz1aitaRqhIOj615.mKNFmTYjFa1saa92xwofp63Z.QAnJty', 0, '2010-01-01 00:00:00', NULL, 0),
    (44, 'Bob', 'bob', 'bob@example.com', '$2y$04$OijnLy5QU6HkO3xwuLxvwe2EEsSfO16SlKh22zVh9sG/pfOXUIz.i', 1, '2010-01-01 00:00:00', NULL, 0);
INSERT INTO jos_usergroups VALUES (2, 'Registered'), (8, 'Super Users');
INSERT INTO jos_user_usergroup_map VALUES (42, 2), (42, 8), (43, 2);
