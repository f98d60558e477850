-- WordPress 6: wp-admin/includes/schema.php, cut to what matters.
CREATE TABLE wp_users (
    ID bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_login varchar(60) NOT NULL DEFAULT '',
    user_pass varchar(255) NOT NULL DEFAULT '',
    user_nicename varchar(50) NOT NULL DEFAULT '',
    user_email varchar(100) NOT NULL DEFAULT '',
    user_url varchar(100) NOT NULL DEFAULT '',
    user_registered datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
    user_activation_key varchar(255) NOT NULL DEFAULT '',
    user_status int NOT NULL DEFAULT 0,
    display_name varchar(250) NOT NULL DEFAULT '',
    KEY user_login_key (user_login), KEY user_email (user_email)
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE wp_usermeta (
    umeta_id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id bigint unsigned NOT NULL DEFAULT 0,
    meta_key varchar(255) DEFAULT NULL,
    meta_value longtext,
    KEY user_id (user_id), KEY meta_key (meta_key(191))
) DEFAULT CHARSET=utf8mb4;
INSERT INTO wp_users (ID, user_login, user_pass, user_email, user_registered, display_name) VALUES
    (1, 'jane', '$wp$2y$04$QAp9CjUi0Ls0v8Wa6Th2JuVq8AdMr6k5mYMaaDWW6CKK7irHjiDo2', 'Jane@example.com', '2009-02-13 23:31:30', 'Jane Doe'),
    (2, 'juergen', '$P$BrZn9tOFalcEr23x2ffgizFXKgH6qK1', 'juergen@example.com', '2010-01-01 00:00:00', 'Jürgen Größe'),
    (3, 'old', '5f4dcc3b5aa765d61d8327deb882cf99', 'old@example.com', '2005-01-01 00:00:00', 'Old Timer');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES
    (1, 'first_name', 'Jane'), (1, 'last_name', 'Doe'), (1, 'nickname', 'janie'), (1, 'locale', 'sv_SE'),
    (1, 'wp_capabilities', 'a:2:{s:13:"administrator";b:1;s:6:"editor";b:1;}'),
    (2, 'first_name', 'Jürgen'), (2, 'wp_capabilities', 'a:1:{s:10:"subscriber";b:1;}');
