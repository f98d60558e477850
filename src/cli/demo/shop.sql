-- The customers of a web shop that opened in 2009, as its programmers left them.
CREATE TABLE tbl_customers (
  cust_no   INTEGER PRIMARY KEY,
  login     VARCHAR(32),
  mail_addr VARCHAR(120),
  mail_ok   CHAR(1)      NOT NULL DEFAULT 'N',                    -- Y, N
  pw        VARCHAR(255) NOT NULL DEFAULT '',                     -- see passwords below
  pw_salt   VARCHAR(16)  NOT NULL DEFAULT '',
  pw_kind   VARCHAR(16),                                          -- django, or nothing: see below
  first_nm  VARCHAR(60)  NOT NULL DEFAULT '',
  last_nm   VARCHAR(60)  NOT NULL DEFAULT '',
  tel       VARCHAR(30),
  status    CHAR(1)      NOT NULL DEFAULT 'A',                    -- A active, B blocked, C closed
  created   INTEGER      NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)),  -- unix seconds
  last_seen VARCHAR(19)  NOT NULL DEFAULT '0000-00-00 00:00:00',  -- the clock on the wall in Berlin
  prefs     TEXT         NOT NULL DEFAULT '{}',                   -- what customers choose themselves, JSON
  metadata  TEXT         NOT NULL DEFAULT ''                      -- plan, points, roles, JSON
);
CREATE INDEX ix_customers_mail  ON tbl_customers (lower(mail_addr));
CREATE INDEX ix_customers_login ON tbl_customers (lower(login));

-- Passwords: md5(password . salt) since 2009, phpass since 2012, bcrypt since 2015, and since 2019 what Django writes,
-- which got a mark in pw_kind. Nobody ever converted the old ones, so all four stand side by side.
