//! One club with roles in a table of their own, and what its owner may get wrong.

use std::sync::Arc;

use crosswalk::{
    engine::{Error, ErrorKind, Result},
    translate::{MapSettings, Translation},
};
use crosswalk_contract::{Adapter, Field, Fold, Key, NewPassword, Opening, Severity};
use crosswalk_test_servers::{Database, Gate, Which};
use futures::{TryStreamExt, future::BoxFuture};
use serde_json::{Value, json};

/// A sentence, and what shows that it is true.
pub(crate) type Case = (&'static str, fn(Which) -> BoxFuture<'static, Result<()>>);

pub(crate) const CASES: [Case; 7] = [
    ("rows of an extra query are a list of the profile", |which| Box::pin(extra_rows(which))),
    ("a parameter that nothing gives a value is told with the right one", |which| Box::pin(unknown_parameter(which))),
    ("doctor proves that pages rise, and tells where they do not", |which| Box::pin(doctor(which))),
    ("a listing in circles ends in an error", |which| Box::pin(circles(which))),
    ("two rows for one user are inconsistent", |which| Box::pin(two_rows(which))),
    ("what has no query is done by the table", |which| Box::pin(by_table(which))),
    ("a routine of the database finds users", |which| Box::pin(routine(which))),
];

const CLUB: &str = "
    CREATE TABLE member (id integer PRIMARY KEY, mail varchar(100) NOT NULL, pw varchar(100));
    CREATE TABLE member_role (member_id integer NOT NULL, role varchar(40) NOT NULL);
    INSERT INTO member VALUES (1, 'ann@example.com', 'x'), (2, 'bob@example.com', 'y'), (3, 'cid@example.com', 'z'),
        (4, 'dan@example.com', 'z'), (5, 'eve@example.com', 'z'), (6, 'fay@example.com', 'z'), (7, 'gus@example.com', 'z');
    INSERT INTO member_role VALUES (1, 'chair'), (1, 'treasurer'), (2, 'cook')";

struct Club {
    database: Database,
    gate: Gate,
}

impl Club {
    async fn new(which: Which) -> Result<Club> {
        let database = Database::make(which).await.map_err(wrong)?;
        database.run(CLUB).await.map_err(wrong)?;
        let gate = Gate::before(&database.server().address);
        Ok(Club { database, gate })
    }

    fn adapter(&self, mut queries: Value, table: Option<&str>) -> Result<Arc<dyn Adapter>> {
        if queries.get("get_user").is_none() {
            queries["get_user"] = json!({
                "id": "SELECT * FROM member WHERE id = :id",
                "email": "SELECT * FROM member WHERE mail = :email",
            });
        }
        let mut settings = json!({ "url": self.database.url(&self.gate) });
        settings["queries"] = queries;
        if let Some(table) = table {
            settings["table"] = table.into();
        }
        let map = translation();
        let opening = Opening {
            fields: map.columns_read(),
            id_fields: map.id_columns(),
            lookup_fields: map.lookup_columns(),
            identifiers: map.identifier_columns(),
            container_fields: map.container_columns(),
            ..Opening::new("club", "/")
        };
        let kind = match self.database.server().which {
            Which::Postgres => crosswalk_postgres::KIND,
            Which::Mysql => crosswalk_mysql::KIND,
        };
        let settings = kind.parse(&settings).expect("the settings can be read");
        settings.open(&opening)
    }
}

fn translation() -> Translation {
    let map = json!({
        "user_id": "id",
        "email": { "field": "mail", "fold": "lower" },
        "password": "pw",
        "app_metadata": { "roles": { "field": "roles", "list": "," } },
    });
    let settings: MapSettings = serde_json::from_value(map).expect("the map can be read");
    Translation::compile("club", "", Some(&settings)).expect("the map has no mistakes")
}

fn wrong(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Unexpected, what.to_string())
}

fn list(sql: &str) -> Value {
    json!({ "sql": sql, "key": ["id"], "start": [0] })
}

const GOOD_LIST: &str = "SELECT * FROM member WHERE id > :after ORDER BY id LIMIT :limit";

async fn extra_rows(which: Which) -> Result<()> {
    let club = Club::new(which).await?;
    let roles = "SELECT role FROM member_role WHERE member_id = :id ORDER BY role";
    let adapter = club.adapter(json!({ "extra": { "roles": roles }, "list": list(GOOD_LIST) }), None)?;
    let ann = adapter.get_user().ok_or(wrong("no get_user"))?.get_user(&Key::field("id", "1")).await?;
    let ann = translation().profile(&ann.ok_or(wrong("nobody"))?)?.profile.to_json();
    assert!(ann.contains(r#""roles":["chair","treasurer"]"#), "{ann}");
    let everybody: Vec<_> = adapter.list_users().ok_or(wrong("no list"))?.list_users(None).try_collect().await?;
    let records: Vec<_> = everybody.iter().flat_map(|batch| &batch.records).collect();
    let roles: Vec<_> = records.iter().map(|record| record.get("roles").cloned()).collect();
    assert_eq!(roles.len(), 7);
    assert_eq!(roles[1], Some(Field::List(vec![Field::Text("cook".to_owned())])));
    assert_eq!(roles[2], Some(Field::List(Vec::new())));
    Ok(())
}

async fn unknown_parameter(which: Which) -> Result<()> {
    let club = Club::new(which).await?;
    let error = club.adapter(json!({ "delete": "DELETE FROM member WHERE id = :idd" }), None).err();
    let error = error.ok_or(wrong("a mistake was let pass"))?;
    assert_eq!((error.kind(), error.hint_text()), (ErrorKind::Config, Some("did you mean :id?")), "{error}");
    Ok(())
}

async fn doctor(which: Which) -> Result<()> {
    let club = Club::new(which).await?;
    let blockers = async |sql: &str| -> Result<Vec<String>> {
        let extra = json!({ "roles": "SELECT role FROM member_role WHERE member_id = :id" });
        let examined = club.adapter(json!({ "list": list(sql), "extra": extra }), None)?.examine().await?;
        let found = examined.findings.into_iter().filter(|finding| finding.severity == Severity::Blocker);
        Ok(found.map(|finding| finding.text).collect())
    };
    assert_eq!(blockers(GOOD_LIST).await?, [""; 0]);
    for (sql, said) in [
        ("SELECT * FROM member WHERE id > :after ORDER BY id DESC LIMIT :limit", "rise"),
        ("SELECT * FROM member WHERE id >= :after ORDER BY id LIMIT :limit", "rise"),
        ("SELECT * FROM member WHERE id > :after ORDER BY mail DESC LIMIT :limit", "rise"),
        ("SELECT * FROM member WHERE id > :after ORDER BY id LIMIT 6", ":limit"),
        ("SELECT m.* FROM member m, member_role r WHERE m.id > :after ORDER BY m.id LIMIT :limit", "rise"),
        ("SELECT mail, pw FROM member WHERE id > :after ORDER BY id LIMIT :limit", "no column id"),
        ("SELECT id, mail FROM member WHERE id > :after ORDER BY id LIMIT :limit", "does not return the column pw"),
        ("SELECT * FROM members WHERE id > :after ORDER BY id LIMIT :limit", "The query `list`"),
    ] {
        let found = blockers(sql).await?;
        assert!(found.iter().any(|text| text.contains(said)), "{sql}: {found:?}");
    }
    Ok(())
}

async fn circles(which: Which) -> Result<()> {
    let club = Club::new(which).await?;
    let sql = "SELECT * FROM member WHERE id >= :after ORDER BY id LIMIT :limit";
    let adapter = club.adapter(json!({ "list": list(sql) }), None)?;
    let everybody: Result<Vec<_>> = adapter.list_users().ok_or(wrong("no list"))?.list_users(None).try_collect().await;
    let error = everybody.err().ok_or(wrong("it came to an end"))?;
    assert_eq!(error.kind(), ErrorKind::Inconsistent, "{error}");
    Ok(())
}

async fn two_rows(which: Which) -> Result<()> {
    let club = Club::new(which).await?;
    let join = "SELECT m.* FROM member m JOIN member_role r ON r.member_id = m.id WHERE m.id = :id";
    let adapter =
        club.adapter(json!({ "get_user": { "id": join }, "delete": "DELETE FROM member WHERE id = :id" }), None)?;
    let get_user = adapter.get_user().ok_or(wrong("no get_user"))?;
    let error = get_user.get_user(&Key::field("id", "1")).await.err().ok_or(wrong("the first row was taken"))?;
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Inconsistent, "two_rows"));
    assert!(get_user.get_user(&Key::field("id", "2")).await?.is_some());
    let delete = adapter.delete().ok_or(wrong("no delete"))?;
    assert!(delete.delete(&Key::field("id", "1")).await.is_err());
    for nobody in ["2abc", " 2", "2.0", "02", "2' OR '1'='1"] {
        assert!(!delete.delete(&Key::field("id", nobody)).await?, "{nobody}");
    }
    assert!(delete.delete(&Key::field("id", "2")).await?);
    assert_eq!(club.database.rows("SELECT id FROM member").await.map_err(wrong)?.len(), 6);
    Ok(())
}

async fn by_table(which: Which) -> Result<()> {
    let club = Club::new(which).await?;
    let adapter = club.adapter(json!({ "list": list(GOOD_LIST) }), Some("member"))?;
    assert!(adapter.create().is_none() && adapter.change_email().is_none());
    let change = NewPassword { fields: vec![("pw".to_owned(), Field::Text("new".to_owned()))], clear: None };
    let mut key = Key::field("id", "3");
    key.fold = Fold::Exact;
    assert!(adapter.change_password().ok_or(wrong("no change_password"))?.change_password(&key, &change).await?);
    let rows = club.database.rows("SELECT pw FROM member WHERE id = 3").await.map_err(wrong)?;
    assert_eq!(rows[0][0].1.as_deref(), Some("new"));
    Ok(())
}

async fn routine(which: Which) -> Result<()> {
    let club = Club::new(which).await?;
    let (make, call) = match which {
        Which::Postgres => (
            "CREATE FUNCTION find_member(wanted integer) RETURNS SETOF member LANGUAGE sql AS \
             'SELECT * FROM member WHERE id = wanted'",
            "SELECT * FROM find_member(:id)",
        ),
        Which::Mysql => (
            "CREATE PROCEDURE find_member(wanted integer) SELECT * FROM member WHERE id = wanted",
            "CALL find_member(:id)",
        ),
    };
    club.database.run(make).await.map_err(wrong)?;
    let adapter = club.adapter(json!({ "get_user": { "id": call } }), None)?;
    let get_user = adapter.get_user().ok_or(wrong("no get_user"))?;
    for _ in 0..3 {
        let bob = get_user.get_user(&Key::field("id", "2")).await?.ok_or(wrong("nobody"))?;
        assert_eq!(bob.get("mail"), Some(&Field::Text("bob@example.com".to_owned())));
        assert!(get_user.get_user(&Key::field("id", "99")).await?.is_none());
    }
    Ok(())
}
