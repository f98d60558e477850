-- Magento 2.4: vendor/magento/module-customer/etc/db_schema.xml, cut to what matters.
CREATE TABLE customer_group (customer_group_id int unsigned NOT NULL PRIMARY KEY, customer_group_code varchar(32) NOT NULL);
CREATE TABLE customer_entity (
    entity_id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, website_id smallint unsigned, email varchar(255), group_id smallint unsigned NOT NULL DEFAULT 0,
    store_id smallint unsigned DEFAULT 0, created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    is_active smallint unsigned NOT NULL DEFAULT 1, firstname varchar(255), lastname varchar(255), dob date, password_hash varchar(128),
    confirmation varchar(64), lock_expires timestamp NULL, UNIQUE KEY (email, website_id)
) DEFAULT CHARSET=utf8mb4;
INSERT INTO customer_group VALUES (0, 'NOT LOGGED IN'), (1, 'General'), (2, 'Wholesale');
INSERT INTO customer_entity (entity_id, website_id, email, group_id, created_at, updated_at, is_active, firstname, lastname, password_hash, confirmation, lock_expires) VALUES
    (1, 1, 'Jane@example.com', 2, '2009-02-13 23:31:30', '2010-01-01 00:00:00', 1, 'Jane', 'Doe', '5c8a078f871b0bdc2174aac79e52288b91cd5eafc8932c41ec5f27fb149c0f1e:saltsaltsaltsaltsaltsaltsaltsalt:1', NULL, NULL),
    (2, 1, 'juergen@example.com', 1, '2010-01-01 00:00:00', '2010-01-01 00:00:00', 1, 'Jürgen', 'Größe', '975ddd9d82ffff90ca6847e16acccab9f1553ef988198c8d00b7373ed0f4b4e0:saltsaltsaltsaltEXTRA:3_32_2_67108864', 'f2a1', NULL),
    (3, 1, 'bob@example.com', 1, '2010-01-01 00:00:00', '2010-01-01 00:00:00', 0, 'Bob', 'Roe', '5c8a078f871b0bdc2174aac79e52288b91cd5eafc8932c41ec5f27fb149c0f1e:saltsaltsaltsaltsaltsaltsaltsalt:1', NULL, NULL),
    (4, 1, 'locked@example.com', 1, '2010-01-01 00:00:00', '2010-01-01 00:00:00', 1, 'Lo', 'Cked', '5c8a078f871b0bdc2174aac79e52288b91cd5eafc8932c41ec5f27fb149c0f1e:saltsaltsaltsaltsaltsaltsaltsalt:1', NULL, '2037-01-01 00:00:00');
