-- Keycloak 24: what its Liquibase changelogs make, cut to what matters.
CREATE TABLE user_entity (
    id varchar(36) PRIMARY KEY, email varchar(255), email_constraint varchar(255), email_verified boolean NOT NULL DEFAULT false, enabled boolean NOT NULL DEFAULT false,
    federation_link varchar(255), first_name varchar(255), last_name varchar(255), realm_id varchar(255), username varchar(255), created_timestamp bigint,
    service_account_client_link varchar(255), not_before integer NOT NULL DEFAULT 0, UNIQUE (realm_id, email_constraint), UNIQUE (realm_id, username)
);
CREATE TABLE credential (
    id varchar(36) PRIMARY KEY, salt bytea, type varchar(255), user_id varchar(36), created_date bigint, user_label varchar(255), secret_data text, credential_data text, priority integer
);
CREATE TABLE keycloak_role (id varchar(36) PRIMARY KEY, name varchar(255), realm_id varchar(255));
CREATE TABLE user_role_mapping (role_id varchar(255) NOT NULL, user_id varchar(36) NOT NULL, PRIMARY KEY (role_id, user_id));
INSERT INTO user_entity (id, email, email_constraint, email_verified, enabled, first_name, last_name, realm_id, username, created_timestamp, service_account_client_link) VALUES
    ('0190a6f2-0000-7000-8000-000000000001', 'jane@example.com', 'jane@example.com', true, true, 'Jane', 'Doe', 'r', 'jane', 1234567890000, NULL),
    ('0190a6f2-0000-7000-8000-000000000002', 'juergen@example.com', 'juergen@example.com', false, true, 'Jürgen', 'Größe', 'r', 'juergen', 1234567891000, NULL),
    ('0190a6f2-0000-7000-8000-000000000003', 'bob@example.com', 'bob@example.com', true, false, 'Bob', NULL, 'r', 'bob', 1234567892000, NULL),
    ('0190a6f2-0000-7000-8000-000000000004', NULL, 'x', false, true, NULL, NULL, 'r', 'service-account-app', 1234567892000, 'client');
INSERT INTO credential (id, type, user_id, secret_data, credential_data, priority) VALUES
    ('c1', 'password', '0190a6f2-0000-7000-8000-000000000001', '{"value": "V2onO96rjZXIbLcYHATDZN2G4dwwHXjj9TCQFy8zJe+g3dTubmaNcneDqvCg32uIKKP60ITX8hMw7L20eAnEEw==", "salt": "MDEyMzQ1Njc4OWFiY2RlZg=="}', '{"hashIterations": 2100, "algorithm": "pbkdf2-sha512"}', 10),
    ('c2', 'password', '0190a6f2-0000-7000-8000-000000000002', '{"value": "QgL1KXKwQ67xPz17/RPL/sB/XVCTWM9eolyiPV20KuMu09GoVSRHWMYt1thJ1j6Q/ZXPv4jszi6zPhjqgXvUGA==", "salt": "MDEyMzQ1Njc4OWFiY2RlZg=="}', '{"hashIterations": 2000, "algorithm": "pbkdf2"}', 10),
    ('c3', 'password', '0190a6f2-0000-7000-8000-000000000003', '{"value": "V2onO96rjZXIbLcYHATDZN2G4dwwHXjj9TCQFy8zJe+g3dTubmaNcneDqvCg32uIKKP60ITX8hMw7L20eAnEEw==", "salt": "MDEyMzQ1Njc4OWFiY2RlZg=="}', '{"hashIterations": 2100, "algorithm": "pbkdf2-sha512"}', 10),
    ('c4', 'otp', '0190a6f2-0000-7000-8000-000000000001', '{"value":"x"}', '{"digits":6}', 5);
INSERT INTO keycloak_role VALUES ('r1', 'admin', 'r'), ('r2', 'user', 'r');
INSERT INTO user_role_mapping VALUES ('r1', '0190a6f2-0000-7000-8000-000000000001'), ('r2', '0190a6f2-0000-7000-8000-000000000001');
