//! What is expected of each application's users.

/// One application.
pub(crate) struct Case {
    pub(crate) map: &'static str,
    /// Identifier, password, and what the login comes to.
    pub(crate) logins: &'static [(&'static str, &'static str, &'static str)],
    /// Who is looked at closely: the id in the store, and part of the profile as JSON.
    pub(crate) jane: (&'static str, &'static str),
    /// How many users a listing has.
    pub(crate) users: usize,
    /// The table and column of the hash, and how a new one begins.
    pub(crate) hash: (&'static str, &'static str, &'static str),
    /// What else can be done: `verify`, `change_email`, `create`.
    pub(crate) can: &'static [&'static str],
}

const P: &str = "password";
const U: &str = "pässwörd-日本語🔑";

pub(crate) const CASES: [Case; 16] = [
    Case {
        map: "wordpress",
        logins: &[
            ("jane@EXAMPLE.com", P, "accepted"),
            ("jane", P, "accepted"),
            ("juergen", U, "accepted"),
            ("old", P, "accepted"),
        ],
        jane: (
            "1",
            r#"{"email":"jane@example.com","username":"jane","name":"Jane Doe","given_name":"Jane","family_name":"Doe",
                "nickname":"janie","created_at":"2009-02-13T23:31:30.000Z","user_metadata":{"locale":"sv_SE"},
                "app_metadata":{"administrator":true,"editor":true}}"#,
        ),
        users: 3,
        hash: ("wp_users", "user_pass", "$wp$2y$"),
        can: &["change_email"],
    },
    Case {
        map: "drupal7",
        logins: &[
            ("jane@example.com", P, "accepted"),
            ("Jane", P, "accepted"),
            ("juergen", U, "accepted"),
            ("bob", P, "blocked"),
        ],
        jane: (
            "1",
            r#"{"email":"jane@example.com","username":"jane","created_at":"2009-02-13T23:31:30.000Z",
                "last_login":"2011-03-13T07:06:40.000Z","user_metadata":{"language":"de","timezone":"Europe/Berlin"},
                "app_metadata":{"roles":["administrator","editor"]}}"#,
        ),
        users: 3,
        hash: ("users", "pass", "$S$D"),
        can: &["change_email"],
    },
    Case {
        map: "drupal10",
        logins: &[
            ("jane@example.com", P, "accepted"),
            ("JANE", P, "accepted"),
            ("juergen", U, "accepted"),
            ("bob", P, "blocked"),
        ],
        jane: (
            "1",
            r#"{"email":"jane@example.com","created_at":"2009-02-13T23:31:30.000Z","updated_at":"2011-03-13T07:06:41.000Z",
                "user_metadata":{"language":"de"},"app_metadata":{"roles":["administrator","editor"]}}"#,
        ),
        users: 3,
        hash: ("users_field_data", "pass", "$2y$"),
        can: &["change_email"],
    },
    Case {
        map: "joomla",
        logins: &[
            ("jane", P, "accepted"),
            ("jane@example.com", P, "accepted"),
            ("juergen", U, "accepted"),
            ("bob", P, "blocked"),
        ],
        jane: (
            "42",
            r#"{"name":"Jane Doe","last_login":"2011-03-13T07:06:40.000Z",
                "app_metadata":{"groups":["Registered","Super Users"]}}"#,
        ),
        users: 3,
        hash: ("jos_users", "password", "$2y$"),
        can: &["change_email"],
    },
    Case {
        map: "django",
        logins: &[
            ("jane", P, "accepted"),
            ("JANE@example.com", P, "accepted"),
            ("juergen", U, "accepted"),
            ("bob", P, "blocked"),
            ("sso", P, "locked"),
        ],
        jane: (
            "1",
            r#"{"name":"Jane Doe","created_at":"2009-02-13T23:31:30.000Z","last_login":"2011-03-13T07:06:40.000Z",
                "app_metadata":{"staff":true,"superuser":true,"groups":["editors","staff"]}}"#,
        ),
        users: 4,
        hash: ("auth_user", "password", "pbkdf2_sha256$"),
        can: &["change_email"],
    },
    Case {
        map: "laravel",
        logins: &[("Jane@Example.com", P, "accepted"), ("juergen@example.com", U, "accepted")],
        jane: (
            "1001",
            r#"{"name":"Jane Doe","email_verified":true,"created_at":"2009-02-13T23:31:30.000Z",
                "updated_at":"2010-01-01T00:00:00.000Z"}"#,
        ),
        users: 2,
        hash: ("users", "password", "$2y$"),
        can: &["verify", "change_email", "create"],
    },
    Case {
        map: "devise",
        logins: &[("jane@example.com", P, "accepted"), ("juergen@example.com", U, "accepted")],
        jane: ("1001", r#"{"email_verified":true,"logins_count":7,"last_login":"2011-03-13T07:06:40.000Z"}"#),
        users: 3,
        hash: ("users", "encrypted_password", "$2a$"),
        can: &["verify", "change_email"],
    },
    Case {
        map: "mediawiki",
        logins: &[
            ("Jane", P, "accepted"),
            ("jane@example.com", P, "accepted"),
            ("Jürgen Größe", U, "accepted"),
            ("jane", P, "unknown_user"),
        ],
        jane: (
            "1",
            r#"{"username":"Jane","name":"Jane Doe","email_verified":true,"created_at":"2009-02-13T23:31:30.000Z",
                "app_metadata":{"edits":1234,"groups":["bureaucrat","sysop"]}}"#,
        ),
        users: 2,
        hash: ("user", "user_password", ":pbkdf2:sha512:"),
        can: &["verify", "change_email"],
    },
    Case {
        map: "discourse",
        logins: &[
            ("jane@example.com", P, "accepted"),
            ("JANE", P, "accepted"),
            ("jane.doe@example.org", P, "unknown_user"),
            ("system", P, "unknown_user"),
            ("bob", P, "blocked"),
        ],
        jane: (
            "1",
            r#"{"email":"jane@example.com","username":"jane","nickname":"Jane","name":"Jane Doe","email_verified":true,
                "app_metadata":{"admin":true,"moderator":false,"trust_level":4,"groups":["admins","trust_level_1"],
                "emails":["Jane@example.com","jane.doe@example.org"]}}"#,
        ),
        users: 3,
        hash: ("users", "password_hash", ""),
        can: &[],
    },
    Case {
        map: "magento2",
        logins: &[
            ("jane@example.com", P, "accepted"),
            ("juergen@example.com", U, "accepted"),
            ("bob@example.com", P, "blocked"),
        ],
        jane: (
            "1",
            r#"{"name":"Jane Doe","email_verified":true,"created_at":"2009-02-13T23:31:30.000Z",
                "app_metadata":{"group":"Wholesale","website_id":1}}"#,
        ),
        users: 4,
        hash: ("customer_entity", "password_hash", ""),
        can: &["verify", "change_email"],
    },
    Case {
        map: "prestashop",
        logins: &[
            ("jane@example.com", P, "accepted"),
            ("juergen@example.com", U, "accepted"),
            ("gone@example.com", P, "unknown_user"),
            ("bob@example.com", P, "blocked"),
        ],
        jane: (
            "1",
            r#"{"name":"Jane Doe","user_metadata":{"newsletter":true},
                "app_metadata":{"group_id":3,"company":"Doe Ltd"}}"#,
        ),
        users: 3,
        hash: ("ps_customer", "passwd", "$2y$"),
        can: &[],
    },
    Case {
        map: "phpbb",
        logins: &[
            ("Jane", P, "accepted"),
            ("jane@example.com", P, "accepted"),
            ("JÜRGEN", U, "accepted"),
            ("old", P, "accepted"),
            ("bob", P, "blocked"),
            ("anonymous", "", "unknown_user"),
        ],
        jane: (
            "2",
            r#"{"username":"jane","nickname":"Jane","last_login":"2011-03-13T07:06:40.000Z",
                "user_metadata":{"language":"de","timezone":"Europe/Berlin"},
                "app_metadata":{"posts":42,"groups":["ADMINISTRATORS","REGISTERED"]}}"#,
        ),
        users: 4,
        hash: ("phpbb_users", "user_password", "$2y$"),
        can: &["change_email"],
    },
    Case {
        map: "moodle",
        logins: &[
            ("jane", P, "accepted"),
            ("jane@example.com", P, "accepted"),
            ("juergen", U, "accepted"),
            ("bob", P, "blocked"),
            ("ldap", P, "locked"),
            ("guest", P, "unknown_user"),
        ],
        jane: (
            "2",
            r#"{"name":"Jane Doe","email_verified":true,"created_at":"2009-02-13T23:31:30.000Z",
                "user_metadata":{"language":"de","city":"Köln","country":"DE"},
                "app_metadata":{"idnumber":"S-17","auth":"manual"}}"#,
        ),
        users: 4,
        hash: ("mdl_user", "password", "$6$"),
        can: &["verify", "change_email"],
    },
    Case {
        map: "nextcloud",
        logins: &[
            ("jane", P, "accepted"),
            ("jane@example.com", P, "accepted"),
            ("juergen", U, "accepted"),
            ("bob", P, "blocked"),
        ],
        jane: (
            "Jane",
            r#"{"username":"jane","name":"Jane Doe","email":"jane@example.com","user_metadata":{"language":"de"},
                "app_metadata":{"groups":["admin","staff"]}}"#,
        ),
        users: 3,
        hash: ("oc_users", "password", "3|$argon2id$"),
        can: &[],
    },
    Case {
        map: "keycloak",
        logins: &[
            ("jane", P, "accepted"),
            ("jane@example.com", P, "accepted"),
            ("juergen", U, "accepted"),
            ("bob", P, "blocked"),
            ("service-account-app", P, "unknown_user"),
        ],
        jane: (
            "0190a6f2-0000-7000-8000-000000000001",
            r#"{"name":"Jane Doe","email_verified":true,"created_at":"2009-02-13T23:31:30.000Z",
                "app_metadata":{"roles":["admin","user"]}}"#,
        ),
        users: 3,
        hash: ("credential", "secret_data", "{\"additionalParameters\""),
        can: &["verify", "change_email"],
    },
    Case {
        map: "aspnet-identity",
        logins: &[
            ("jane", P, "accepted"),
            ("JANE@example.com", P, "accepted"),
            ("juergen", U, "accepted"),
            ("old", "supersecret", "accepted"),
        ],
        jane: (
            "6f9619ff-8b86-d011-b42d-00cf4fc964f1",
            r#"{"username":"jane","phone_number":"+491234","phone_verified":true,"email_verified":true,
                "app_metadata":{"roles":["Admin","Editor"]}}"#,
        ),
        users: 4,
        hash: ("AspNetUsers", "PasswordHash", "AQAAAA"),
        can: &["verify", "change_email"],
    },
];
