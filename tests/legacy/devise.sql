-- Rails 7 with Devise 4: what `rails generate devise User` migrates with every module; for PostgreSQL and MySQL.
CREATE TABLE users (
    id bigint NOT NULL PRIMARY KEY /*! AUTO_INCREMENT */, email varchar(255) NOT NULL DEFAULT '' UNIQUE, encrypted_password varchar(255) NOT NULL DEFAULT '',
    reset_password_token varchar(255), reset_password_sent_at timestamp NULL, remember_created_at timestamp NULL,
    sign_in_count integer NOT NULL DEFAULT 0, current_sign_in_at timestamp NULL, last_sign_in_at timestamp NULL,
    confirmation_token varchar(255), confirmed_at timestamp NULL, failed_attempts integer NOT NULL DEFAULT 0,
    locked_at timestamp NULL, created_at timestamp NULL, updated_at timestamp NULL
);
INSERT INTO users (id, email, encrypted_password, sign_in_count, last_sign_in_at, confirmed_at, locked_at, created_at, updated_at) VALUES
    (1001, 'jane@example.com', '$2a$04$OijnLy5QU6HkO3xwuLxvwe2EEsSfO16SlKh22zVh9sG/pfOXUIz.i', 7, '2011-03-13 07:06:40', '2009-02-14 00:00:00', NULL, '2009-02-13 23:31:30', '2010-01-01 00:00:00'),
    (1002, 'juergen@example.com', '$2a$04$Ke2tzhz1aitaRqhIOj615.mKNFmTYjFa1saa92xwofp63Z.QAnJty', 0, NULL, NULL, NULL, '2010-01-01 00:00:00', '2010-01-01 00:00:00'),
    (1003, 'locked@example.com', '$2a$04$OijnLy5QU6HkO3xwuLxvwe2EEsSfO16SlKh22zVh9sG/pfOXUIz.i', 0, NULL, '2009-02-14 00:00:00', '2010-01-01 00:00:00', '2010-01-01 00:00:00', '2010-01-01 00:00:00');
