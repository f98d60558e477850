-- MediaWiki 1.39: sql/mysql/tables-generated.sql, cut to what matters.
CREATE TABLE user (
    user_id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, user_name varbinary(255) NOT NULL DEFAULT '',
    user_real_name varbinary(255) NOT NULL DEFAULT '', user_password tinyblob NOT NULL, user_newpassword tinyblob NOT NULL DEFAULT '',
    user_email tinyblob NOT NULL, user_touched binary(14) NOT NULL DEFAULT '20200101000000', user_token binary(32) NOT NULL DEFAULT '',
    user_email_authenticated binary(14), user_registration binary(14), user_editcount int unsigned,
    UNIQUE KEY user_name (user_name), KEY user_email (user_email(50))
) DEFAULT CHARSET=binary;
CREATE TABLE user_groups (ug_user int unsigned NOT NULL, ug_group varbinary(255) NOT NULL, ug_expiry varbinary(14), PRIMARY KEY (ug_user, ug_group)) DEFAULT CHARSET=binary;
INSERT INTO user (user_id, user_name, user_real_name, user_password, user_email, user_email_authenticated, user_registration, user_editcount) VALUES
    (1, 'Jane', 'Jane Doe', ':pbkdf2:sha512:1000:64:MDEyMzQ1Njc4OWFiY2RlZg==:38DzhdBT7fPaUGBlsh42VTuuKSFAIYGZJ7l6feCDLIl+K3hdPFgxxu7xuUi4gIuH6cEIoODn18xH9Ig2ryNgUw==', 'Jane@example.com', '20090214000000', '20090213233130', 1234),
    (2, 'Jürgen Größe', 'Jürgen', ':B:YcbZf3sD:4fc2320c8f5e22b20fc0ebaa3185ae22', 'juergen@example.com', NULL, NULL, NULL);
INSERT INTO user_groups (ug_user, ug_group) VALUES (1, 'bureaucrat'), (1, 'sysop');
