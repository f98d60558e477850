//! Making connections: the address, TLS, fail-over, and what every session is set to.

use std::{path::Path, time::Duration};

use crosswalk_contract::{Error, ErrorKind, Opening, Result, Secret};
use mysql_async::{ClientIdentity, Conn, DriverError, Opts, OptsBuilder, PoolOpts, SslOpts, UrlError};
use tokio::time;

use crate::{
    failure,
    settings::{MysqlSettings, TlsMode, TlsSettings},
};

/// So many statements stay prepared on one connection; each shape of call is one.
const PREPARED_STATEMENTS: usize = 128;

/// An idle connection that a firewall has forgotten is found out after about this long.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Makes connections to the first host that answers.
#[derive(Debug)]
pub(crate) struct Connector {
    hosts: Vec<Host>,
    timeout: Duration,
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Short statements, one after the other.
    Calls,
    /// One long answer, read as fast as its reader likes.
    Listing,
}

struct Host {
    name: String,
    calls: Opts,
    listing: Opts,
    /// The server may have no TLS, and that is fine.
    plain_will_do: bool,
}

impl Connector {
    /// Nothing is reached yet.
    pub(crate) fn new(settings: &MysqlSettings, opening: &Opening) -> Result<Connector> {
        let url = settings.url.resolve(&opening.dir)?;
        let tls = encryption(&settings.tls, &opening.dir);
        let hosts: Result<Vec<Host>> =
            addresses(&url)?.iter().map(|address| Host::new(address, settings, tls.as_ref())).collect();
        Ok(Connector { hosts: hosts?, timeout: settings.connect_timeout })
    }

    /// A new connection, its session set.
    ///
    /// # Errors
    /// Of the first host, where none answers. A host that answers and refuses ends the search: another host would only
    /// hide a wrong password.
    pub(crate) async fn connect(&self, purpose: Purpose) -> Result<Conn> {
        let mut first = None;
        for host in &self.hosts {
            match host.connect(purpose, self.timeout).await {
                Ok(conn) => return Ok(conn),
                Err(error) if error.kind() != ErrorKind::Unavailable => return Err(error),
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.unwrap_or_else(|| Error::new(ErrorKind::Config, "the URL of the store names no host")))
    }
}

impl Host {
    fn new(address: &str, settings: &MysqlSettings, tls: Option<&SslOpts>) -> Result<Host> {
        let opts = Opts::from_url(address).map_err(|error| bad_url(&error))?;
        let name = match opts.socket() {
            Some(socket) => socket.to_owned(),
            None => format!("{}:{}", opts.ip_or_hostname(), opts.tcp_port()),
        };
        let tls = tls.filter(|_| opts.socket().is_none()).cloned();
        let with = |purpose| {
            let builder = OptsBuilder::from_opts(opts.clone())
                .ssl_opts(tls.clone())
                // A same-value UPDATE would report 0 rows, which looks like an unknown user.
                .client_found_rows(true)
                .prefer_socket(false)
                .stmt_cache_size(PREPARED_STATEMENTS)
                .tcp_keepalive(Some(KEEPALIVE))
                .tcp_nodelay(true)
                .pool_opts(PoolOpts::default().with_reset_connection(false))
                .setup(vec![session(purpose, settings.statement_timeout)]);
            Opts::from(builder)
        };
        Ok(Host {
            name,
            calls: with(Purpose::Calls),
            listing: with(Purpose::Listing),
            plain_will_do: settings.tls.mode == TlsMode::Prefer,
        })
    }

    async fn connect(&self, purpose: Purpose, timeout: Duration) -> Result<Conn> {
        let opts = match purpose {
            Purpose::Calls => &self.calls,
            Purpose::Listing => &self.listing,
        };
        let connecting = async {
            match Conn::new(opts.clone()).await {
                Err(mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer)) if self.plain_will_do => {
                    Conn::new(OptsBuilder::from_opts(opts.clone()).ssl_opts(None)).await
                }
                other => other,
            }
        };
        match time::timeout(timeout, connecting).await {
            Ok(Ok(conn)) => Ok(conn),
            Ok(Err(error)) => Err(failure::connecting(&error, &self.name, opts.db_name())),
            Err(_) => Err(Error::new(ErrorKind::Unavailable, "the database server does not answer in time")
                .code("unreachable")
                .with("host", &self.name)
                .hint("check that the server runs and can be reached, or raise connect_timeout")),
        }
    }
}

/// The options hold the password.
impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What every session is set to, in one statement.
///
/// Without STRICT_ALL_TABLES, MariaDB silently cuts 70 kB of JSON to 65,535 bytes; NO_ZERO_DATE is left off, since old
/// rows hold zero dates that must be writable again. Only MariaDB reads `/*M!…*/`, and it skips `/*!50708…*/`, which MySQL
/// reads. The time zone is the server's own: typed values have no zone.
fn session(purpose: Purpose, timeout: Duration) -> String {
    let (milliseconds, stop) = match purpose {
        Purpose::Calls => (timeout.as_millis().max(1), String::new()),
        // A reader who takes a break must not lose the listing after a minute.
        Purpose::Listing => (0, ", net_write_timeout = 3600".to_owned()),
    };
    let seconds = timeout.as_secs_f64().ceil().max(1.0);
    format!(
        "SET NAMES utf8mb4, sql_mode = 'STRICT_ALL_TABLES', autocommit = 1, lock_wait_timeout = {seconds}, \
         innodb_lock_wait_timeout = {seconds}{stop} \
         /*M!100101 , max_statement_time = {}.{:03} */ /*!50708 , max_execution_time = {milliseconds} */",
        milliseconds / 1_000,
        milliseconds % 1_000,
    )
}

fn encryption(settings: &TlsSettings, dir: &Path) -> Option<SslOpts> {
    let file = |path: &Path| dir.join(path).into();
    if settings.mode == TlsMode::Off {
        return None;
    }
    let identity = settings.cert.as_ref().zip(settings.key.as_ref());
    let authorities: Vec<_> = settings.ca.iter().map(|path| file(path)).collect();
    Some(
        SslOpts::default()
            .with_disable_built_in_roots(!authorities.is_empty())
            .with_root_certs(authorities)
            .with_client_identity(identity.map(|(cert, key)| ClientIdentity::new(file(cert), file(key))))
            .with_danger_accept_invalid_certs(settings.mode != TlsMode::VerifyFull),
    )
}

/// One URL per host of `mysql://user:password@host,host/database?options`.
fn addresses(url: &Secret) -> Result<Vec<String>> {
    let url = url.expose();
    let rest = ["mysql://", "mariadb://"].iter().find_map(|scheme| url.strip_prefix(scheme));
    let Some(rest) = rest else {
        return Err(bad_url(&UrlError::Invalid));
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (user, hosts) = authority.rfind('@').map_or(("", authority), |at| authority.split_at(at + 1));
    Ok(hosts.split(',').map(|host| format!("mysql://{user}{host}{path}")).collect())
}

/// The driver's own text would show the URL's values.
fn bad_url(error: &UrlError) -> Error {
    let message = match error {
        UrlError::UnknownParameter { param } => format!("the URL of the store has an unknown option `{param}`"),
        UrlError::InvalidParamValue { param, .. } => format!("the URL of the store has a wrong value for `{param}`"),
        UrlError::FeatureRequired { param, .. } => {
            format!("the URL of the store has an option `{param}` that is not here")
        }
        UrlError::Parse(error) => format!("the URL of the store cannot be read: {error}"),
        _ => "the URL of the store is not one of MySQL or MariaDB".to_owned(),
    };
    Error::new(ErrorKind::Config, message)
        .code("bad_url")
        .hint("write it as mysql://user:password@host:3306/database, special characters percent-encoded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_hosts_share_user_database_and_options() {
        let url = Secret::new("mariadb://jane:p%40ss@db1:3307,db2,[::1]:3308/shop?tcp_nodelay=true");
        let all = addresses(&url).unwrap();
        assert_eq!(all[1], "mysql://jane:p%40ss@db2/shop?tcp_nodelay=true");
        let opts = Opts::from_url(&all[2]).unwrap();
        assert_eq!((opts.tcp_port(), opts.db_name(), opts.pass()), (3308, Some("shop"), Some("p@ss")));
    }

    #[test]
    fn a_wrong_url_is_told_without_its_values() {
        for url in
            ["postgres://jane:secret@db/shop", "mysql://jane:secret@db:99999/shop", "mysql://j:secret@h/d?x=secret"]
        {
            let error = addresses(&Secret::new(url))
                .and_then(|all| Opts::from_url(&all[0]).map_err(|error| bad_url(&error)).map(drop))
                .unwrap_err();
            assert_eq!((error.kind(), error.code_name()), (ErrorKind::Config, "bad_url"));
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
