//! The configuration as somebody writes it: what is right is read, and every mistake is told at once.

use std::{sync::Arc, time::Duration};

use crosswalk::config::{Config, Mistakes};
use crosswalk_contract::{Adapter, Error, Kind, Opening, SecretRef, Settings, SettingsError};
use serde::Deserialize;

/// A kind of store as adapters have them, which this test opens nothing of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shelf {
    url: SecretRef,
    table: String,
    #[serde(default)]
    condition: Option<String>,
    #[serde(default)]
    columns: Vec<String>,
    #[serde(default)]
    pool: Pool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Pool {
    max_size: u16,
    wait: Option<Sharp>,
}

/// A type whose own words repeat what was written.
struct Sharp;

impl<'de> Deserialize<'de> for Sharp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Err(serde::de::Error::custom(format!("{text:?} is no wait")))
    }
}

impl Settings for Shelf {
    fn problems(&self) -> Vec<SettingsError> {
        let problem = |path: &str, message: &str| SettingsError { path: path.into(), message: message.into() };
        let mut problems = Vec::new();
        if self.table.is_empty() {
            problems.push(problem("table", "a name is empty"));
        }
        if let SecretRef::Plain(url) = &self.url
            && !url.contains("://")
        {
            problems.push(problem("url", &format!("{url} is no URL")));
        }
        if self.condition.as_deref() == Some("") {
            problems.push(problem("condition", "the condition is empty"));
        }
        let empty = self.columns.iter().position(|column| column.is_empty());
        problems.extend(empty.map(|index| problem(&format!("columns[{index}]"), "a name is empty")));
        if self.pool.max_size > 100 {
            problems.push(problem("pool.max_size", "more than 100 connections are not meant"));
        }
        problems
    }

    fn open(self, opening: &Opening) -> crosswalk_contract::Result<Arc<dyn Adapter>> {
        self.url.resolve(&opening.dir)?;
        Err(Error::unsupported("only an example"))
    }
}

fn parse(text: &str) -> Result<Config, Mistakes> {
    Config::parse(text, "c.toml", "/etc/shop", &[Kind::of::<Shelf>("shelf"), Kind::of::<Shelf>("drawer")])
}

fn mistakes(text: &str) -> String {
    parse(text).map(drop).expect_err(text).to_string()
}

const GOOD: &str = r#"
[directory]
path = "state/users.db"

[hashing]
threads = 2
queue = 64
memory = "256 MB"
deadline = "5s"
argon2 = { memory_kib = 19456, passes = 2, lanes = 1 }

[connection.shop]
kind = "shelf"
mode = "migrate"
timeout = "500ms"
tombstones = false
test_store = true

[connection.shop.store]
url = { env = "SHOP_DB" }
table = "tbl_customers"
columns = ["cust_no", "mail_addr"]

[connection.shop.policy]
metadata_limit = "1 MB"
types = "enforce"
"#;

#[test]
fn a_good_file_is_read_as_it_was_written() {
    let config = parse(GOOD).unwrap();
    assert_eq!(config.warnings(), []);
    assert_eq!(config.directory_file(), Some("/etc/shop/state/users.db".into()));
    let hashing = &config.settings().hashing;
    assert_eq!((hashing.threads, hashing.queue, hashing.memory.bytes()), (Some(2), 64, 256 << 20));
    assert_eq!((hashing.deadline, hashing.argon2.memory_kib), (Duration::from_secs(5), Some(19456)));
    let shop = &config.settings().connection["shop"];
    assert_eq!(
        (shop.kind.as_str(), shop.mode.name(), shop.timeout),
        ("shelf", "migrate", Some(Duration::from_millis(500)))
    );
    assert!(!shop.tombstones && shop.test_store);
    assert_eq!(shop.policy.metadata_limit.bytes(), 1 << 20);
}

#[test]
fn what_is_left_out_has_a_default() {
    let config = parse("[connection.shop]\nkind = 'shelf'\nstore = { url = { env = 'X' }, table = 't' }\n").unwrap();
    assert_eq!(config.directory_file(), Some("/etc/shop/crosswalk.db".into()));
    let shop = &config.settings().connection["shop"];
    assert_eq!((shop.mode.name(), shop.timeout), ("bridge", None));
    assert!(shop.tombstones && !shop.test_store);
    assert_eq!(config.settings().hashing.deadline, Duration::from_secs(10));
}

#[test]
fn each_mistake_is_told_with_its_place_its_reason_and_the_right_word() {
    let head = "[connection.shop]\nkind = 'shelf'\n";
    let store = "[connection.shop.store]\nurl = { env = 'X' }\ntable = 't'\n";
    let table: &[(&str, &str)] = &[
        ("a = ", "c.toml:1:5: string values must be quoted, expected literal string"),
        ("[hashing]\nqueue = 1\nqueue = 2\n", "c.toml:3:1: `queue` is written twice"),
        ("[hasing]\nqueue = 1\n", "c.toml:1:2: [hasing] is not a section; did you mean `hashing`?"),
        ("[zebra]\n", "c.toml:1:2: [zebra] is not a section; the sections are `directory`, `hashing`, `connection`"),
        ("hashing = 5\n", "c.toml:1:11: [hashing] must be a table, not a number"),
        ("[directory]\npth = 'x'\n", "c.toml:2:1: `pth` is not a key of [directory]; did you mean `path`?"),
        ("[directory]\npath = 5\n", "c.toml:2:8: `path` of [directory] must be text, not a number"),
        (
            "[directory]\npath = ''\n",
            "c.toml:2:8: `path` of [directory]: the path is empty; name the file of the directory",
        ),
        (
            "[hashing]\nthreads = -1\n",
            "c.toml:2:11: `threads` of [hashing] must be a whole number that is not negative",
        ),
        (
            "[hashing]\nthreads = 0\n",
            "c.toml:2:11: `threads` of [hashing]: without a thread nobody could log in; leave the key out for one per core",
        ),
        (
            "[hashing]\nmemory = '5 parsecs'\n",
            "c.toml:2:10: `memory` of [hashing]: `parsecs` is not a unit of size; use B, kB, MB or GB",
        ),
        (
            "[hashing]\ndeadline = 'soon'\n",
            "c.toml:2:12: `deadline` of [hashing] must be a duration such as \"2s\" or \"500ms\"",
        ),
        (
            "[hashing]\ndeadline = 10\n",
            "c.toml:2:12: `deadline` of [hashing] must be a duration such as \"2s\" or \"500ms\", not a number",
        ),
        ("[hashing]\ndeadline = '-1s'\n", "c.toml:2:12: `deadline` of [hashing]: a duration cannot be negative"),
        (
            "[hashing.argon2]\nmemory_kib = 99999999\n",
            "c.toml:1:1: `argon2` of [hashing]: argon2 memory in KiB is 99999999, the limit is 262144",
        ),
        (
            "[hashing]\nargon2 = { pases = 2 }\n",
            "c.toml:2:12: `pases` is not a key of [hashing.argon2]; did you mean `passes`?",
        ),
        (
            "[hashing]\nqueue = 99999999999999999999\n",
            "c.toml:2:9: a whole number lies between -9223372036854775808 and 9223372036854775807",
        ),
        ("connection = []\n", "c.toml:1:14: [connection] must be a table, not a list"),
        ("[connection]\nshop = 'shelf'\n", "c.toml:2:8: `shop` of [connection] must be a table, not text"),
        ("[connection.shop]\nmode = 'bridge'\n", "c.toml:1:13: `kind` is missing in [connection.shop]"),
        (
            "[connection.shop]\nkind = 'shell'\n[connection.shop.store]\nurl = 'a://b'\ntable = 't'\n",
            "c.toml:2:8: `kind` of [connection.shop] must be one of `shelf`, `drawer`; did you mean `shelf`?",
        ),
        (
            "[connection.shop]\nkind = 'oracle'\n",
            "c.toml:2:8: `kind` of [connection.shop] must be one of `shelf`, `drawer`",
        ),
        (
            &format!("{head}mode = 'migrat'\n{store}"),
            "c.toml:3:8: `mode` of [connection.shop] must be one of `bridge`, `migrate`; did you mean `migrate`?",
        ),
        (
            &format!("{head}{store}[connection.shop.map]\nuser_id = 'id'\nemial = 'm'\n"),
            "c.toml:8:1: `emial` is not a key of [connection.shop.map]; did you mean `email`?",
        ),
        (
            &format!("{head}{store}[connection.shop.map]\nuser_id = 'id'\nemail = {{ feild = 'm' }}\n"),
            "c.toml:8:11: `feild` is not a key of [connection.shop.map.email]; did you mean `field`?",
        ),
        (
            &format!("{head}{store}[connection.shop.map]\nuser_id = 'id'\nmetadata = 'm'\n"),
            "c.toml:8:1: `metadata` is not a key of [connection.shop.map]; did you mean `app_metadata`?",
        ),
        (
            &format!("{head}{store}[connection.shop.map]\nemail = 'm'\n"),
            "c.toml:6:18: `user_id` is missing in [connection.shop.map]",
        ),
        (
            &format!("{head}{store}[connection.shop.map]\nuser_id = 'id'\ncreated_at = 'made'\n"),
            "c.toml:8:1: `created_at.date` of [connection.shop.map]: say how the column holds dates: `date` is \"unix\", \"unix_ms\" or \"sql\"",
        ),
        (
            &format!(
                "{head}{store}[connection.shop.map]\nuser_id = 'id'\npassword = {{ field = 'pw', scheme = 'bcrpt' }}\n"
            ),
            "c.toml:8:37: `scheme` of [connection.shop.map.password] is not a word that is known here; did you mean `bcrypt`?",
        ),
        (
            &format!(
                "{head}{store}[connection.shop.map]\nuser_id = 'id'\npassword.field = 'pw'\npassword.scheme = {{ scheme = 'bcrypt', ordre = 'salt-first' }}\n"
            ),
            "c.toml:9:40: `ordre` is not a key of [connection.shop.map.password.scheme]; did you mean `order`?",
        ),
        (
            &format!(
                "{head}{store}[connection.shop.map]\nuser_id = 'id'\npassword.field = 'pw'\npassword.scheme = {{ scheme = 'bcrypt', order = 'salt-first' }}\n"
            ),
            "c.toml:9:40: `order` of [connection.shop.map.password.scheme]: scheme \"bcrypt\" has no option order",
        ),
        (
            &format!(
                "{head}{store}[connection.shop.map]\nuser_id = 'id'\npassword.field = 'pw'\npassword.scheme = {{ scheme = 'bcrypt', write = {{ cost = 31 }} }}\n"
            ),
            "c.toml:9:48: `write` of [connection.shop.map.password.scheme]: bcrypt cost is 31, the limit is 15",
        ),
        (
            &format!("{head}login_by = ['phone']\n{store}[connection.shop.map]\nuser_id = 'id'\nemail = 'm'\n"),
            "c.toml:3:13: `login_by[0]` of [connection.shop]: phone needs `phone_number` in the map, taken from one column",
        ),
        (
            &format!("{head}mode = true\n{store}"),
            "c.toml:3:8: `mode` of [connection.shop] must be text, not true or false",
        ),
        (
            &format!("{head}timeout = '0s'\n{store}"),
            "c.toml:3:11: `timeout` of [connection.shop]: a duration of nothing would refuse everything",
        ),
        (
            &format!("{head}login_by = ['email', 'phon']\n{store}"),
            "c.toml:3:22: `login_by[1]` of [connection.shop] must be one of `email`, `username`, `phone`; did you mean `phone`?",
        ),
        (
            &format!("{head}login_by = ['email', 'email']\n{store}"),
            "c.toml:3:22: `login_by[1]` of [connection.shop]: email is named twice",
        ),
        (
            &format!("{head}tombstones = 'yes'\n{store}"),
            "c.toml:3:14: `tombstones` of [connection.shop] must be true or false, not text",
        ),
        (
            &format!("{head}site_key = {{ evn = 'X' }}\n{store}"),
            "c.toml:3:12: `site_key` of [connection.shop] must be a string, { env = \"NAME\" } or { file = \"path\" }",
        ),
        (
            "[connection.my_shop]\nkind = 'shelf'\nstore = { url = { env = 'X' }, table = 't' }\n",
            "c.toml:1:13: [connection.my_shop]: the name of a connection consists of letters, digits and single hyphens between them (ASCII)",
        ),
        (
            "[connection.shop]\nkind = 'shelf'\n",
            "c.toml:1:13: `url` is missing in [connection.shop.store]\n\
             c.toml:1:13: `table` is missing in [connection.shop.store]",
        ),
        (
            &format!("{head}{store}pool = {{ max_sise = 5 }}\n"),
            "c.toml:6:10: `max_sise` is not a key of [connection.shop.store.pool]; did you mean `max_size`?",
        ),
        (
            &format!("{head}{store}pool = {{ max_size = 70000 }}\n"),
            "c.toml:6:21: `max_size` of [connection.shop.store.pool] must be a whole number from 0 to 65535",
        ),
        (
            &format!("{head}{store}pool = {{ max_size = 101 }}\n"),
            "c.toml:6:21: `max_size` of [connection.shop.store.pool]: more than 100 connections are not meant",
        ),
        (
            &format!("{head}{store}columns = ['a', 5, '']\n"),
            "c.toml:6:17: `columns[1]` of [connection.shop.store] must be text, not a number\n\
             c.toml:6:20: `columns[2]` of [connection.shop.store]: a name is empty",
        ),
        (
            &format!("{head}{store}columns = ['a', '']\n"),
            "c.toml:6:17: `columns[1]` of [connection.shop.store]: a name is empty",
        ),
        (
            &format!("{head}{store}[connection.shop.polcy]\ntypes = 'of'\n"),
            "c.toml:6:18: `polcy` is not a key of [connection.shop]; did you mean `policy`?\n\
             c.toml:7:9: `types` of [connection.shop.policy] must be one of `off`, `warn`, `enforce`; did you mean `off`?",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(mistakes(text), *expected, "in\n{text}");
    }
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once_in_its_order() {
    let text = r#"
[hashing]
queue = "many"
treads = 4

[connection.shop]
kind = "shelf"
mod = "brigde"
timeout = 2

[connection.shop.store]
tabel = "tbl_customers"
url = 5
condition = ""
pool = { max_size = 500, sise = 1 }

[connection.shop.policy]
metadata_limit = "16 XB"

[connection."a b"]
mode = "bridge"

[other]
x = 1
"#;
    let expected = [
        "c.toml:3:9: `queue` of [hashing] must be a whole number that is not negative, not text",
        "c.toml:4:1: `treads` is not a key of [hashing]; did you mean `threads`?",
        "c.toml:8:1: `mod` is not a key of [connection.shop]; did you mean `mode`?",
        "c.toml:8:7: `mode` of [connection.shop] must be one of `bridge`, `migrate`; did you mean `bridge`?",
        "c.toml:9:11: `timeout` of [connection.shop] must be a duration such as \"2s\" or \"500ms\", not a number",
        "c.toml:12:1: `tabel` is not a key of [connection.shop.store]; did you mean `table`?",
        "c.toml:13:7: `url` of [connection.shop.store] must be a string, { env = \"NAME\" } or { file = \"path\" }",
        "c.toml:14:13: `condition` of [connection.shop.store]: the condition is empty",
        "c.toml:15:21: `max_size` of [connection.shop.store.pool]: more than 100 connections are not meant",
        "c.toml:15:26: `sise` is not a key of [connection.shop.store.pool]; its keys are `max_size`, `wait`",
        "c.toml:18:18: `metadata_limit` of [connection.shop.policy]: `XB` is not a unit of size; use B, kB, MB or GB",
        "c.toml:20:13: `kind` is missing in [connection.a b]",
        "c.toml:20:13: [connection.a b]: the name of a connection consists of letters, digits and single hyphens between them (ASCII)",
        "c.toml:23:2: [other] is not a section; the sections are `directory`, `hashing`, `connection`",
    ];
    let found = mistakes(text);
    assert_eq!(found.lines().collect::<Vec<_>>(), expected, "{found}");
}

#[test]
fn a_broken_line_hides_only_the_mistakes_around_it() {
    let text = "[hashing]\nqueue = \nqueues = 3\n\n[directory]\npaht = 'x'\n[connection.shop]\nmode = 'bridge'\n";
    let found = mistakes(text);
    let expected = [
        "c.toml:2:9: string values must be quoted, expected literal string",
        "c.toml:6:1: `paht` is not a key of [directory]; did you mean `path`?",
    ];
    assert_eq!(found.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    let secret = "hunter2-is-my-password";
    let places = [
        format!("[connection.s]\nkind = 'shelf'\nmode = '{secret}'\nstore = {{ url = 'a://b', table = 't' }}"),
        format!("[connection.s]\nkind = '{secret}'"),
        format!("[connection.s]\nkind = 'shelf'\nstore = '{secret}'"),
        format!("[connection.s]\nkind = 'shelf'\nstore = {{ url = '{secret}', table = 't' }}"),
        format!("[connection.s]\nkind = 'shelf'\nstore = {{ url = ['{secret}'], table = 't' }}"),
        format!("[connection.s]\nkind = 'shelf'\nstore = {{ url = 'a://b', table = ['{secret}'] }}"),
        format!("[connection.s]\nkind = 'shelf'\nstore = {{ url = 'a://b', table = 't', pool = '{secret}' }}"),
        format!(
            "[connection.s]\nkind = 'shelf'\nstore = {{ url = 'a://b', table = 't', pool = {{ wait = '{secret}' }} }}"
        ),
        format!("[connection.s]\nkind = 'shelf'\ntombstones = '{secret}'\ntimeout = '{secret}'"),
        format!("[connection.s]\nkind = 'shelf'\nsite_key = {{ key = '{secret}' }}"),
        format!("[hashing]\nthreads = '{secret}'\ndeadline = '{secret}'"),
        format!("[hashing]\nthreads = {secret}"),
    ];
    for text in places {
        let found = parse(&text).expect_err(&text);
        assert!(!found.to_string().contains("hunter2"), "{found}\nin\n{text}");
        assert!(!serde_json::to_string(&found).unwrap().contains("hunter2"));
        assert!(!format!("{found:?}").contains("hunter2"));
    }
    let config = parse(&format!("[connection.s]\nkind = 'shelf'\nstore = {{ url = 'a://b:{secret}@c', table = 't' }}"));
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn what_is_no_mistake_and_should_be_known_is_a_warning() {
    let name = "a".repeat(36);
    let text = format!(
        "[connection.{name}]\nkind = 'shelf'\n[connection.{name}.store]\nurl = 'http://shop:pw@db.example.com/'\ntable = 't'\n"
    );
    let warnings: Vec<_> = parse(&text).unwrap().warnings().iter().map(ToString::to_string).collect();
    let store = format!("[connection.{name}.store]");
    assert_eq!(
        warnings,
        [
            format!("c.toml:1: [connection.{name}]: some identity systems take names of at most 35 characters"),
            format!(
                "c.toml:4: `url` of {store} holds a secret; keep it out of the file with {{ env = \"NAME\" }} or {{ file = \"…\" }}"
            ),
            format!(
                "c.toml:4: `url` of {store} is reached without encryption; passwords and profiles can be read on the way"
            ),
        ]
    );
    let empty = parse("").unwrap();
    assert_eq!(empty.warnings()[0].to_string(), "c.toml: there is no connection; add a section [connection.<name>]");
}

#[test]
fn an_attribute_that_is_shown_and_never_written_is_a_warning() {
    let text = "[connection.shop]\nkind = 'shelf'\nstore = { url = { env = 'X' }, table = 't' }\n\
                [connection.shop.map]\nuser_id = 'id'\nname = { join = ['first', 'last'] }\n";
    let warnings: Vec<_> = parse(text).unwrap().warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].starts_with("c.toml:6: `name` of [connection.shop.map] is read-only: "), "{warnings:?}");
}

#[test]
fn a_table_of_values_keeps_the_order_of_the_file() {
    let text = "[connection.shop]\nkind = 'shelf'\nstore = { url = { env = 'X' }, table = 't' }\n\
                [connection.shop.map]\nuser_id = 'id'\nblocked = { field = 's', values = { Z = true, M = true, A = false } }\n";
    let config = parse(text).unwrap();
    let map = config.settings().connection["shop"].map.clone().unwrap();
    let values: Vec<_> = map.blocked.unwrap().values.unwrap().0.into_iter().map(|(name, _)| name).collect();
    assert_eq!(values, ["Z", "M", "A"]);
}

mod open {
    use crosswalk::{config::absent_abilities, registry};
    use crosswalk_contract::{By, ErrorKind, Secret, Verdict};

    use super::*;

    const TWO: &str = "[connection.shop]\nkind = 'shelf'\nstore = { url = { env = 'CROSSWALK_TEST_NEVER_SET' }, table = 't' }\n\
                       [connection.crm]\nkind = 'shelf'\nstore = { url = { file = 'secrets/crm' }, table = 't' }\n";

    #[test]
    fn a_secret_that_is_missing_is_told_by_the_name_of_its_variable_or_file() {
        let dir = tempfile::tempdir().unwrap();
        let kinds = [Kind::of::<Shelf>("shelf")];
        let config = Config::parse(TWO, "c.toml", dir.path(), &kinds).unwrap();
        let error = config.open_connection("shop", &kinds).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("CROSSWALK_TEST_NEVER_SET"), "{error}");
        assert!(error.context().contains(&("connection", "shop".to_owned())));
        let error = config.open_connection("crm", &kinds).unwrap_err();
        assert!(error.to_string().contains(&dir.path().join("secrets/crm").display().to_string()), "{error}");
        assert_eq!(config.open(&kinds).unwrap_err().kind(), ErrorKind::Config);
        assert!(!config.directory_file().unwrap().exists(), "a failed start leaves no directory behind");
    }

    #[test]
    fn a_connection_that_is_not_there_is_told_with_the_nearest_name() {
        let kinds = [Kind::of::<Shelf>("shelf")];
        let config = Config::parse(TWO, "c.toml", "/nowhere", &kinds).unwrap();
        let error = config.open_connection("shpo", &kinds).unwrap_err();
        assert_eq!((error.code_name(), error.hint_text()), ("inexistent_connection", Some("did you mean `shop`?")));
    }

    #[cfg(feature = "sqlite")]
    #[tokio::test]
    async fn a_store_that_is_not_there_does_not_stop_the_start() {
        let dir = tempfile::tempdir().unwrap();
        let text = "[connection.shop]\nkind = 'sqlite'\nstore = { path = 'gone.db', table = 'users' }\n\
                    map = { user_id = 'id', email = 'mail' }\n";
        let config = Config::parse(text, "c.toml", dir.path(), &registry::kinds()).unwrap();
        let engine = config.open(&registry::kinds()).unwrap();
        let error = engine.get_user("shop", By::Email, "a@example.com").await.unwrap_err();
        assert!(!dir.path().join("gone.db").exists(), "{error}");
        engine.directory().close().await.unwrap();
    }

    #[cfg(feature = "memory")]
    #[tokio::test]
    async fn a_file_becomes_an_engine_that_answers() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("crosswalk.toml");
        let text = r#"
[directory]
path = "users.db"

[connection.shop]
kind = "memory"
site_key = { file = "key" }

[connection.shop.store]
rows = [{ no = 7, mail = "Jane@Example.com", pw = "5f4dcc3b5aa765d61d8327deb882cf99" }]

[connection.shop.map]
user_id = "no"
email = { field = "mail", fold = "lower" }
password = { field = "pw", scheme = "md5" }
"#;
        std::fs::write(&path, text).unwrap();
        std::fs::write(dir.path().join("key"), "pepper\n").unwrap();
        let config = Config::load(&path).unwrap();
        let engine = config.open(&registry::kinds()).unwrap();
        let shop = engine.connection("shop").unwrap();
        assert_eq!(shop.name(), "shop");
        let jane = engine.get_user("shop", By::Email, "jane@example.com").await.unwrap().expect("Jane");
        assert_eq!(jane.user_id.to_string(), "auth0|shop|7");
        let password = Secret::new("password");
        let verdict = engine.login("shop", "jane@example.com", &password).await.unwrap();
        assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
        assert!(dir.path().join("users.db").exists(), "a relative path starts at the configuration's folder");
        let absent: Vec<_> = absent_abilities(shop).into_iter().map(|(ability, _)| ability.name()).collect();
        assert_eq!(absent, ["verify"], "the map has no column for a verified address");
        engine.directory().close().await.unwrap();
    }
}

#[test]
fn a_file_that_is_not_there_is_told_by_its_name() {
    let found = Config::load("/nowhere/at/all.toml").unwrap_err().to_string();
    assert!(found.starts_with("/nowhere/at/all.toml: the configuration cannot be read: "), "{found}");
}

/// The page for those who write the file.
const PAGE: &str = include_str!("../docs/configuration.md");

#[test]
fn the_page_names_every_key_and_its_examples_are_right() {
    let connection = "[connection.x]\nkind = 'shelf'\nstore = { url = 'a://b', table = 't' }\n";
    let sections = [
        "[directory]\n".to_owned(),
        "[hashing]\n".to_owned(),
        "[hashing.argon2]\n".to_owned(),
        connection.to_owned(),
        format!("{connection}[connection.x.policy]\n"),
        format!("{connection}[connection.x.map]\nuser_id = 'id'\n"),
        format!("{connection}[connection.x.map]\nuser_id = 'id'\n[connection.x.map.email]\n"),
        format!("{connection}[connection.x.map]\nuser_id = 'id'\n[connection.x.map.password]\nfield = 'p'\n"),
    ];
    for section in sections {
        let found = mistakes(&format!("{section}zzzzzzzzzzzz = 1\n"));
        tells_of_keys(&found, &section);
    }
    for kind in crosswalk::registry::kinds() {
        for table in ["store", "store.pool", "store.tls"] {
            let text = format!("[connection.x]\nkind = '{}'\n[connection.x.{table}]\nzzzzzzzzzzzz = 1\n", kind.name);
            let found = Config::parse(&text, "c.toml", ".", &crosswalk::registry::kinds()).unwrap_err().to_string();
            tells_of_keys(&found, &text);
        }
        assert!(PAGE.contains(&format!("`kind = \"{}\"`", kind.name)), "docs/configuration.md has no {}", kind.name);
    }
    let examples: Vec<&str> = PAGE.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!examples.is_empty());
    #[cfg(all(feature = "memory", feature = "mysql", feature = "postgres", feature = "script", feature = "sqlite"))]
    for example in examples {
        let checked = Config::parse(example, "configuration.md", ".", &crosswalk::registry::kinds());
        assert!(checked.is_ok(), "{}", checked.unwrap_err());
    }
}

/// Whether the page has each key that the answer to a wrong one lists.
fn tells_of_keys(found: &str, section: &str) {
    let (_, keys) = found.split_once("its keys are ").unwrap_or_else(|| panic!("{found}"));
    for key in keys.lines().next().expect("a line").split(", ") {
        assert!(PAGE.contains(key), "docs/configuration.md does not tell of {key} in\n{section}");
    }
}

#[test]
fn mistakes_are_data_for_programs() {
    let found = parse("[directory]\npth = 'x'\n").unwrap_err();
    assert_eq!(
        serde_json::to_value(&found).unwrap(),
        serde_json::json!({ "file": "c.toml", "mistakes": [{
            "line": 2, "column": 1, "section": "directory", "key": "pth",
            "message": "`pth` is not a key of [directory]", "suggestion": "path",
        }] })
    );
}

mod property {
    use proptest::prelude::*;

    use super::parse;

    /// Pieces that make texts which are nearly a configuration.
    const PIECES: &[&str] = &[
        "[connection.shop]\n",
        "[connection.shop.store]\n",
        "[connection.shop.map]\n",
        "[hashing]\n",
        "[[connection]]\n",
        "[connection.shop.map.password]\n",
        "kind = 'shelf'\n",
        "kind = 5\n",
        "url = { env = 'X' }\n",
        "table = ['a', 5]\n",
        "scheme = { scheme = 'bcrpt', write = { cots = 1 } }\n",
        "user_id = 'id'\n",
        "email = { field = 5 }\n",
        "mode = 'x'\n",
        "pool = { max_size = nan }\n",
        "\"\" = 1\n",
        "\"a.b\" = { \"[0]\" = 1 }\n",
        "argon2.lanes = 0\n",
        "x = \"\"\"\n",
        "password = 'pw'\n",
        "columns = [1, [2], { a = 3 }]\n",
        "policy.types = 1\n",
        "é = 'ü'\n",
        "login_by = [1, 'email', 'fone']\n",
    ];

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_every_refusal_has_a_reason(text in "\\PC*|(?s).{0,80}") {
            if let Err(found) = parse(&text) {
                prop_assert!(!found.mistakes.is_empty());
            }
        }

        #[test]
        fn nor_does_a_text_that_is_nearly_right(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
            if let Err(found) = parse(&pieces.concat()) {
                prop_assert!(!found.mistakes.is_empty());
            }
        }
    }
}
