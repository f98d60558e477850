-- The table that these scripts expect; rename freely, in the scripts as well.
CREATE TABLE users (
    id             BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email          VARCHAR(190) NOT NULL UNIQUE,
    email_verified TINYINT(1) NOT NULL DEFAULT 0,
    name           VARCHAR(255),
    password_hash  VARCHAR(255),
    metadata       LONGTEXT,      -- shown as app_metadata
    user_metadata  LONGTEXT
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
