//! Which server tests use: the one that the environment names, or one that listens in a usual place.

use std::{
    env,
    net::TcpStream,
    path::{Path, PathBuf},
    sync::OnceLock,
    thread,
    time::Duration,
};

use mysql_async::{Conn, Opts, prelude::Queryable};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::{runtime, time};
use tokio_postgres::{NoTls, config::Host};

use crate::own;

/// A probe must not hang on something else that listens on a usual port.
const PROBE: Duration = Duration::from_secs(5);

/// A kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// PostgreSQL.
    Postgres,
    /// MariaDB or MySQL.
    Mysql,
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Host and port.
    Tcp(String, u16),
    /// The file of a Unix socket.
    Socket(PathBuf),
}

/// A server, and a user there who may make schemas (PostgreSQL) or databases (MySQL).
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// Its kind.
    pub which: Which,
    /// Where it listens.
    pub address: Address,
    /// The user's name.
    pub user: String,
    /// The user's password, where there is one.
    pub password: Option<String>,
    /// The database that tests are at home in; none with MySQL, where each makes its own.
    pub database: Option<String>,
}

/// Whether a list such as that in `CROSSWALK_REQUIRE` (`postgres,mysql`, or `all`) has this kind.
pub fn required(which: Which, list: &str) -> bool {
    list.split(',').map(str::trim).any(|word| word == "all" || word == which.name())
}

impl Which {
    /// Every kind.
    pub const ALL: [Which; 2] = [Which::Postgres, Which::Mysql];

    /// The name in `CROSSWALK_REQUIRE` and in configurations.
    pub fn name(self) -> &'static str {
        match self {
            Which::Postgres => "postgres",
            Which::Mysql => "mysql",
        }
    }

    /// The environment variable that names a server of this kind by its URL.
    pub fn variable(self) -> &'static str {
        match self {
            Which::Postgres => "CROSSWALK_TEST_POSTGRES",
            Which::Mysql => "CROSSWALK_TEST_MYSQL",
        }
    }

    /// Whether tests that need such a server must not be ignored: `CROSSWALK_REQUIRE` has it. Without that, they may.
    pub fn is_required(self) -> bool {
        required(self, &env::var("CROSSWALK_REQUIRE").unwrap_or_default())
    }

    fn usual_port(self) -> u16 {
        match self {
            Which::Postgres => 5432,
            Which::Mysql => 3306,
        }
    }

    fn usual_sockets(self) -> &'static [&'static str] {
        match self {
            Which::Postgres => &["/var/run/postgresql/.s.PGSQL.5432", "/tmp/.s.PGSQL.5432"],
            Which::Mysql => &["/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock"],
        }
    }
}

impl Server {
    /// The server that the environment names, else one that listens in a usual place and lets a usual user in. Looked
    /// for once in each process.
    ///
    /// # Errors
    /// Why there is none, for a person.
    pub fn find(which: Which) -> Result<Server, String> {
        static FOUND: [OnceLock<Result<Server, String>>; 2] = [OnceLock::new(), OnceLock::new()];
        let found = &FOUND[usize::from(which == Which::Mysql)];
        found.get_or_init(|| Server::named(which).unwrap_or_else(|| Server::listening(which))).clone()
    }

    /// The server that the environment names, where it names one.
    pub fn named(which: Which) -> Option<Result<Server, String>> {
        let url = env::var(which.variable()).ok().filter(|url| !url.is_empty())?;
        let usable = Server::parse(which, &url).and_then(|server| server.probe().map(|()| server));
        Some(usable.map_err(|reason| format!("the server of {} cannot be used: {reason}", which.variable())))
    }

    /// A server that listens in a usual place and lets a usual user in.
    ///
    /// # Errors
    /// Why there is none, for a person.
    pub fn listening(which: Which) -> Result<Server, String> {
        let sockets = which.usual_sockets().iter().map(PathBuf::from).filter(|path| path.exists());
        let mut addresses: Vec<Address> = sockets.map(Address::Socket).collect();
        if TcpStream::connect(("127.0.0.1", which.usual_port())).is_ok() {
            addresses.push(Address::Tcp("127.0.0.1".to_owned(), which.usual_port()));
        }
        let mut users = vec![if which == Which::Postgres { "postgres" } else { "root" }.to_owned()];
        users.extend(own::user_name().filter(|name| *name != users[0]));
        let mut reasons = Vec::new();
        for address in &addresses {
            for user in &users {
                for password in [None, Some(user.clone())] {
                    let database = (which == Which::Postgres).then(|| "postgres".to_owned());
                    let server = Server { which, address: address.clone(), user: user.clone(), password, database };
                    match server.probe() {
                        Ok(()) => return Ok(server),
                        Err(reason) => reasons.push(reason),
                    }
                }
            }
        }
        let reason = reasons.first().map_or("nothing listens in a usual place", String::as_str);
        Err(format!("no {} server can be used ({reason}); name one in {}", which.name(), which.variable()))
    }

    /// Reads a URL. Options behind a `?` are left out, but for the socket of MySQL.
    ///
    /// # Errors
    /// What is wrong with it; never the password.
    pub fn parse(which: Which, url: &str) -> Result<Server, String> {
        match which {
            Which::Postgres => {
                let config: tokio_postgres::Config =
                    url.parse().map_err(|error: tokio_postgres::Error| error.to_string())?;
                let port = config.get_ports().first().copied().unwrap_or(5432);
                let address = match config.get_hosts().first().ok_or("the URL names no host")? {
                    Host::Tcp(host) => Address::Tcp(host.clone(), port),
                    Host::Unix(folder) => Address::Socket(folder.join(format!(".s.PGSQL.{port}"))),
                };
                let user = config.get_user().unwrap_or("postgres").to_owned();
                let password = config.get_password().map(|password| String::from_utf8_lossy(password).into_owned());
                let database = Some(config.get_dbname().unwrap_or(&user).to_owned());
                Ok(Server { which, address, user, password, database })
            }
            Which::Mysql => {
                let opts = Opts::from_url(url).map_err(|_| "the URL is not one of MySQL".to_owned())?;
                let address = match opts.socket() {
                    Some(socket) => Address::Socket(socket.into()),
                    None => Address::Tcp(opts.ip_or_hostname().to_owned(), opts.tcp_port()),
                };
                let user = opts.user().unwrap_or("root").to_owned();
                Ok(Server { which, address, user, password: opts.pass().map(str::to_owned), database: None })
            }
        }
    }

    /// Its URL, as both adapters, `psql` and `pgbench` read it.
    pub fn url(&self) -> String {
        self.url_of(self.database.as_deref().unwrap_or_default())
    }

    /// The URL of another database.
    pub fn url_of(&self, database: &str) -> String {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let password = self.password.as_deref().map(|password| format!(":{}", encoded(password))).unwrap_or_default();
        let user = format!("{}{password}", encoded(&self.user));
        match (self.which, &self.address) {
            (Which::Postgres, Address::Tcp(host, port)) => format!("postgres://{user}@{host}:{port}/{database}"),
            (Which::Postgres, Address::Socket(path)) => {
                let folder = path.parent().unwrap_or(Path::new("/")).display().to_string();
                let port = path.extension().and_then(|port| port.to_str()).unwrap_or("5432");
                format!("postgres://{user}@{}:{port}/{database}", encoded(&folder))
            }
            (Which::Mysql, Address::Tcp(host, port)) => format!("mysql://{user}@{host}:{port}/{database}"),
            (Which::Mysql, Address::Socket(path)) => {
                format!("mysql://{user}@localhost/{database}?socket={}", path.display())
            }
        }
    }

    /// The same server as seen through a port of this machine.
    #[must_use]
    pub fn through(&self, port: u16) -> Server {
        Server { address: Address::Tcp("127.0.0.1".to_owned(), port), ..self.clone() }
    }

    /// Whether it lets the user in, and lets them make what tests make.
    ///
    /// # Errors
    /// Why not.
    pub fn probe(&self) -> Result<(), String> {
        let server = self.clone();
        // A thread of its own: this is asked inside and outside of runtimes.
        let probing = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
            let probed = runtime.block_on(async { time::timeout(PROBE, server.ask()).await });
            probed.unwrap_or_else(|_| Err("it does not answer".to_owned()))
        });
        probing.join().unwrap_or_else(|_| Err("the probe fell over".to_owned()))
    }

    async fn ask(&self) -> Result<(), String> {
        match self.which {
            Which::Postgres => {
                let failed =
                    |error: tokio_postgres::Error| match (error.as_db_error(), std::error::Error::source(&error)) {
                        (Some(said), _) => said.message().to_owned(),
                        (None, Some(source)) => format!("{error}: {source}"),
                        (None, None) => error.to_string(),
                    };
                let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.map_err(failed)?;
                tokio::spawn(connection);
                let sql = "SELECT has_database_privilege(current_database(), 'CREATE')";
                match client.query_one(sql, &[]).await.map_err(failed)?.get(0) {
                    true => Ok(()),
                    false => Err(format!("{} may not make schemas there", self.user)),
                }
            }
            Which::Mysql => {
                let opts = Opts::from_url(&self.url()).map_err(|_| "the URL is not one of MySQL".to_owned())?;
                let mut conn = Conn::new(opts).await.map_err(|error| error.to_string())?;
                let name = format!("crosswalk_probe_{}", std::process::id());
                let sql = format!("CREATE DATABASE {name}; DROP DATABASE {name}");
                conn.query_drop(sql).await.map_err(|error| error.to_string())
            }
        }
    }
}

/// The password is nobody's business.
impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// Kind, user and place, for a person.
impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.address {
            Address::Tcp(host, port) => write!(f, "{host}:{port} as {}", self.user),
            Address::Socket(path) => write!(f, "{} as {}", path.display(), self.user),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_reads_back_as_the_server_that_it_was_written_from() {
        for which in Which::ALL {
            for address in [Address::Tcp("db.example".to_owned(), 7), Address::Socket("/tmp/a b/.s.PGSQL.77".into())] {
                // MySQL's driver takes the path of a socket as it is.
                let address = match (which, address) {
                    (Which::Mysql, Address::Socket(_)) => Address::Socket("/tmp/x/mysql.sock".into()),
                    (_, address) => address,
                };
                for password in [None, Some("p@ss:w/rd?#%".to_owned())] {
                    let database = (which == Which::Postgres).then(|| "home".to_owned());
                    let server = Server { which, address: address.clone(), user: "jane@x".into(), password, database };
                    assert_eq!(Server::parse(which, &server.url()).unwrap(), server, "{}", server.url());
                    assert!(!format!("{server:?}").contains("ss:w"));
                }
            }
        }
        let words = "host=/var/run/postgresql user=root dbname=test";
        let server = Server::parse(Which::Postgres, words).unwrap();
        assert_eq!(server.address, Address::Socket("/var/run/postgresql/.s.PGSQL.5432".into()));
    }
}
