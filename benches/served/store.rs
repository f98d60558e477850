//! A legacy table of many users on a server, and engines over it.

use crosswalk::{config::Config, engine::Engine, registry};
use crosswalk_test_servers::{Database, Which};
use tempfile::TempDir;

/// The one connection's name.
pub(crate) const CONNECTION: &str = "bench";

/// The columns that are read.
pub(crate) const COLUMNS: &str = "id, email, passwd, name, created, active, metadata";

/// A table `people` in a database of its own.
pub(crate) struct Store {
    pub(crate) which: Which,
    pub(crate) database: Database,
    folder: TempDir,
}

impl Store {
    pub(crate) async fn filled(which: Which, rows: u64) -> Store {
        let database = Database::make(which).await.unwrap();
        let fill = match which {
            Which::Postgres => format!(
                "CREATE TABLE people (id bigint PRIMARY KEY, email text NOT NULL, passwd text, name text, created bigint,
                     active char(1), metadata text);
                 INSERT INTO people SELECT i, 'user' || i || '@example.com', md5(i::text) || md5(i::text), 'Name ' || i,
                     1234567890 + i, 'Y', '{{\"plan\":\"gold\",\"notes\":\"' || repeat('x', 300) || '\"}}'
                     FROM generate_series(1, {rows}) i;
                 CREATE UNIQUE INDEX ON people (email);
                 ANALYZE people"
            ),
            Which::Mysql => format!(
                "CREATE TABLE people (id BIGINT PRIMARY KEY, email VARCHAR(100) NOT NULL, passwd VARCHAR(64), name VARCHAR(100),
                     created BIGINT, active CHAR(1), metadata TEXT);
                 INSERT INTO people SELECT seq, CONCAT('user', seq, '@example.com'), CONCAT(MD5(seq), MD5(seq)),
                     CONCAT('Name ', seq), 1234567890 + seq, 'Y', CONCAT('{{\"plan\":\"gold\",\"notes\":\"', REPEAT('x', 300), '\"}}')
                     FROM seq_1_to_{rows};
                 CREATE UNIQUE INDEX email ON people (email);
                 ANALYZE TABLE people"
            ),
        };
        database.run(&fill).await.unwrap();
        Store { which, database, folder: TempDir::new().unwrap() }
    }

    /// The server's own address: a gate would be measured too.
    pub(crate) fn url(&self) -> String {
        match self.which {
            Which::Postgres => {
                format!("{}?options=-csearch_path%3D{}", self.database.server().url(), self.database.name())
            }
            Which::Mysql => self.database.server().url_of(self.database.name()),
        }
    }

    pub(crate) fn engine(&self, pool: usize) -> Engine {
        let text = format!(
            "[directory]\npath = \"directory.db\"\n\n\
             [connection.{CONNECTION}]\nkind = \"{}\"\ntimeout = \"30s\"\n\n\
             [connection.{CONNECTION}.store]\nurl = {:?}\ntable = \"people\"\n{}pool = {{ max_size = {pool}, wait = \"10s\" }}\n\n\
             [connection.{CONNECTION}.map]\nuser_id = \"id\"\nemail = \"email\"\nname = \"name\"\n\
             created_at = {{ field = \"created\", date = \"unix\" }}\n\
             blocked = {{ field = \"active\", true_is = [\"N\"], false_is = [\"Y\"] }}\n\
             password = {{ field = \"passwd\", scheme = \"sha256\" }}\napp_metadata = \"metadata\"\n\n\
             [connection.{CONNECTION}.policy]\ntypes = \"off\"\n",
            self.which.name(),
            self.url(),
            if self.which == Which::Postgres {
                format!("schema = {:?}\n", self.database.name())
            } else {
                String::new()
            },
        );
        let config =
            Config::parse(&text, "bench", self.folder.path(), &registry::kinds()).unwrap_or_else(|it| panic!("{it}"));
        config.open(&registry::kinds()).unwrap()
    }
}
