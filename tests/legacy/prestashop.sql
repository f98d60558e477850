-- PrestaShop 8: install-dev/data/db_structure.sql, cut to what matters.
CREATE TABLE ps_customer (
    id_customer int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, id_shop int unsigned NOT NULL DEFAULT 1, id_gender int unsigned NOT NULL DEFAULT 1,
    id_default_group int unsigned NOT NULL DEFAULT 1, company varchar(255), firstname varchar(255) NOT NULL, lastname varchar(255) NOT NULL,
    email varchar(255) NOT NULL, passwd varchar(255) NOT NULL, last_passwd_gen timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, birthday date,
    newsletter tinyint unsigned NOT NULL DEFAULT 0, secure_key varchar(32) NOT NULL DEFAULT '-1', active tinyint unsigned NOT NULL DEFAULT 0,
    is_guest tinyint NOT NULL DEFAULT 0, deleted tinyint NOT NULL DEFAULT 0, date_add datetime NOT NULL, date_upd datetime NOT NULL, KEY (email)
) DEFAULT CHARSET=utf8mb4;
INSERT INTO ps_customer (id_customer, id_default_group, company, firstname, lastname, email, passwd, newsletter, active, is_guest, deleted, date_add, date_upd) VALUES
    (1, 3, 'Doe Ltd', 'Jane', 'Doe', 'Jane@example.com', '$2y$04$OijnLy5QU6HkO3xwuLxvwe2EEsSfO16SlKh22zVh9sG/pfOXUIz.i', 1, 1, 0, 0, '2009-02-13 23:31:30', '2010-01-01 00:00:00'),
    (2, 3, NULL, 'Jürgen', 'Größe', 'juergen@example.com', '$2y$04$Ke2tzhz1aitaRqhIOj615.mKNFmTYjFa1saa92xwofp63Z.QAnJty', 0, 1, 0, 0, '2010-01-01 00:00:00', '2010-01-01 00:00:00'),
    (3, 2, NULL, 'Guest', 'Guest', 'jane@example.com', '$2y$04$OijnLy5QU6HkO3xwuLxvwe2EEsSfO16SlKh22zVh9sG/pfOXUIz.i', 0, 1, 1, 0, '2010-01-01 00:00:00', '2010-01-01 00:00:00'),
    (4, 3, NULL, 'Gone', 'Gone', 'gone@example.com', '$2y$04$OijnLy5QU6HkO3xwuLxvwe2EEsSfO16SlKh22zVh9sG/pfOXUIz.i', 0, 1, 0, 1, '2010-01-01 00:00:00', '2010-01-01 00:00:00'),
    (5, 3, NULL, 'Bob', 'Roe', 'bob@example.com', '$2y$04$OijnLy5QU6HkO3xwuLxvwe2EEsSfO16SlKh22zVh9sG/pfOXUIz.i', 0, 0, 0, 0, '2010-01-01 00:00:00', '2010-01-01 00:00:00');
