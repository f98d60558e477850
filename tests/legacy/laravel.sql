-- Laravel 11: 0001_01_01_000000_create_users_table.php; for MySQL and PostgreSQL.
CREATE TABLE users (
    id bigint NOT NULL PRIMARY KEY /*! AUTO_INCREMENT */, name varchar(255) NOT NULL, email varchar(255) NOT NULL UNIQUE, email_verified_at timestamp NULL,
    password varchar(255) NOT NULL, remember_token varchar(100), created_at timestamp NULL, updated_at timestamp NULL
);
INSERT INTO users (id, name, email, email_verified_at, password, created_at, updated_at) VALUES
    (1001, 'Jane Doe', 'jane@example.com', '2009-02-14 00:00:00', '$2y$04$OijnLy5QU6HkO3xwuLxvwe2EEsSfO16SlKh22zVh9sG/pfOXUIz.i', '2009-02-13 23:31:30', '2010-01-01 00:00:00'),
    (1002, 'Jürgen Größe', 'juergen@example.com', NULL, '$2y$04$Ke2tzhz1aitaRqhIOj615.mKNFmTYjFa1saa92xwofp63Z.QAnJty', '2010-01-01 00:00:00', '2010-01-01 00:00:00');
