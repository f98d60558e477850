-- Nextcloud 28: core/Migrations/Version13000Date20170718121200.php, cut to what matters; for MySQL and PostgreSQL.
CREATE TABLE oc_users (uid varchar(64) NOT NULL PRIMARY KEY, displayname varchar(64), password varchar(255) NOT NULL DEFAULT '', uid_lower varchar(64));
CREATE TABLE oc_preferences (userid varchar(64) NOT NULL DEFAULT '', appid varchar(32) NOT NULL DEFAULT '', configkey varchar(64) NOT NULL DEFAULT '', configvalue text, PRIMARY KEY (userid, appid, configkey));
CREATE TABLE oc_group_user (gid varchar(64) NOT NULL DEFAULT '', uid varchar(64) NOT NULL DEFAULT '', PRIMARY KEY (gid, uid));
INSERT INTO oc_users VALUES
    ('Jane', 'Jane Doe', '3|$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Gpj7qOY5RCXJvcMzqcdQqvgR3wcPX7SleI4c9NtXk6E', 'jane'),
    ('juergen', 'Jürgen Größe', '1|$2y$04$5t/rb4941cEMmYLzUt5Dn.4lZqCbxK/5YWb3EMAX1hJoXwhhsmi0q', 'juergen'),
    ('bob', NULL, '1|$2y$04$xtse5wl/iRDROrvDLr5BzOzlMtsa7rhUuLm90uAiZ.HeE7lRxckQy', 'bob');
INSERT INTO oc_preferences VALUES ('Jane', 'settings', 'email', 'Jane@example.com'), ('Jane', 'core', 'lang', 'de'), ('juergen', 'settings', 'email', 'juergen@example.com'), ('bob', 'core', 'enabled', 'false');
INSERT INTO oc_group_user VALUES ('admin', 'Jane'), ('staff', 'Jane');
