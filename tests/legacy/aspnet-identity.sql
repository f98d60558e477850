-- ASP.NET Core Identity 8 by Npgsql: the migration of `dotnet new mvc --auth Individual`, cut to what matters.
CREATE TABLE "AspNetUsers" (
    "Id" text PRIMARY KEY, "UserName" varchar(256), "NormalizedUserName" varchar(256) UNIQUE, "Email" varchar(256), "NormalizedEmail" varchar(256),
    "EmailConfirmed" boolean NOT NULL, "PasswordHash" text, "SecurityStamp" text, "ConcurrencyStamp" text, "PhoneNumber" text, "PhoneNumberConfirmed" boolean NOT NULL,
    "TwoFactorEnabled" boolean NOT NULL DEFAULT false, "LockoutEnd" timestamptz, "LockoutEnabled" boolean NOT NULL, "AccessFailedCount" integer NOT NULL DEFAULT 0
);
CREATE TABLE "AspNetRoles" ("Id" text PRIMARY KEY, "Name" varchar(256));
CREATE TABLE "AspNetUserRoles" ("UserId" text NOT NULL, "RoleId" text NOT NULL, PRIMARY KEY ("UserId", "RoleId"));
INSERT INTO "AspNetUsers" ("Id", "UserName", "NormalizedUserName", "Email", "NormalizedEmail", "EmailConfirmed", "PasswordHash", "PhoneNumber", "PhoneNumberConfirmed", "LockoutEnd", "LockoutEnabled") VALUES
    ('6f9619ff-8b86-d011-b42d-00cf4fc964f1', 'jane', 'JANE', 'Jane@example.com', 'JANE@EXAMPLE.COM', true, 'AQAAAAEAACcQAAAAEHARBYZuR5Ay+PKFIphN1ghkMFEWozT24gkkCeqAGoyjg894SmmzqGPrt1C8rBq4MQ==', '+491234', true, NULL, true),
    ('6f9619ff-8b86-d011-b42d-00cf4fc964f2', 'juergen', 'JUERGEN', 'juergen@example.com', 'JUERGEN@EXAMPLE.COM', false, 'AQAAAAEAACcQAAAAECTzaNE+JkW1g9c7NIA8eVeJCUdBrM2+G7RbqeeY125CGIB7zPfBxepvAHzdWZzs6w==', NULL, false, NULL, true),
    ('6f9619ff-8b86-d011-b42d-00cf4fc964f3', 'bob', 'BOB', 'bob@example.com', 'BOB@EXAMPLE.COM', true, 'AQAAAAEAACcQAAAAEHARBYZuR5Ay+PKFIphN1ghkMFEWozT24gkkCeqAGoyjg894SmmzqGPrt1C8rBq4MQ==', NULL, false, '2999-01-01', true),
    ('6f9619ff-8b86-d011-b42d-00cf4fc964f4', 'old', 'OLD', 'old@example.com', 'OLD@EXAMPLE.COM', true, 'AEhNvtxbnvkRnAEPRS6ol0Edi+WF6AtXOwDk3Eck/dfeUpCulPX1yVU4G9UpFRycjQ==', NULL, false, NULL, true);
INSERT INTO "AspNetRoles" VALUES ('r1', 'Admin'), ('r2', 'Editor');
INSERT INTO "AspNetUserRoles" VALUES ('6f9619ff-8b86-d011-b42d-00cf4fc964f1', 'r1'), ('6f9619ff-8b86-d011-b42d-00cf4fc964f1', 'r2');
