//! Reaching a server: the hosts of the URL in turn, each with its own time, and the session set up once.

use std::{
    fmt, io,
    path::Path,
    str::FromStr,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use crosswalk_contract::{Error, ErrorKind, Result};
use tokio::time;
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    connection::Connection,
    failure::told_by_server,
    settings::{PostgresSettings, TlsMode},
    tls::connector,
};

/// Makes connections.
pub(crate) struct Dialer {
    /// One for each host, in the order of the URL.
    targets: Vec<Target>,
    /// The host that answered last: one that is down is not asked first each time.
    preferred: AtomicUsize,
    tls: MakeRustlsConnect,
    connect_timeout: Duration,
    statement_timeout: Duration,
    /// What is said to the server once for each connection.
    setup: Option<String>,
}

struct Target {
    config: Config,
    label: String,
}

impl Dialer {
    pub(crate) fn new(settings: &PostgresSettings, dir: &Path) -> Result<Dialer> {
        let url = settings.url.resolve(dir)?;
        let mut config = Config::from_str(url.expose()).map_err(|error| {
            Error::new(ErrorKind::Config, "`url` is no address of a PostgreSQL server").source(error.to_string()).hint(
                "write postgres://user:password@host:5432/database, with % codes for special characters in the \
                     password; verify-full is not for the URL but for `tls.mode`",
            )
        })?;
        if config.get_application_name().is_none() {
            config.application_name("crosswalk");
        }
        if let Some(tls) = &settings.tls {
            config.ssl_mode(match tls.mode {
                TlsMode::Off => SslMode::Disable,
                TlsMode::Prefer => SslMode::Prefer,
                TlsMode::Require | TlsMode::VerifyFull => SslMode::Require,
            });
        }
        Ok(Dialer {
            targets: targets(&config)?,
            preferred: AtomicUsize::new(0),
            tls: connector(settings.tls.as_ref(), dir)?,
            connect_timeout: settings.connect_timeout,
            statement_timeout: settings.statement_timeout,
            setup: (!settings.pgbouncer).then(|| setup(settings)),
        })
    }

    /// A new connection to the first host that gives one, beginning with the one that did last.
    ///
    /// # Errors
    /// `Unavailable` where no host answers, `Config` where one refuses the user or the database.
    pub(crate) async fn dial(&self) -> Result<Connection> {
        let first = self.preferred.load(Ordering::Relaxed);
        let mut last = None;
        for offset in 0..self.targets.len() {
            let index = (first + offset) % self.targets.len();
            let Some(target) = self.targets.get(index) else { continue };
            let error = match time::timeout(self.connect_timeout, self.open(target)).await {
                Ok(Ok(connection)) => {
                    self.preferred.store(index, Ordering::Relaxed);
                    return Ok(connection);
                }
                Ok(Err(error)) => not_connected(&error, target),
                Err(_) => unavailable("the database server does not answer in time", target)
                    .hint("check the address in `url` and the network, or raise connect_timeout"),
            };
            if error.kind() == ErrorKind::Config {
                return Err(error);
            }
            last = Some(error);
        }
        Err(last.unwrap_or_else(|| Error::new(ErrorKind::Config, "`url` names no host")))
    }

    /// Whether there are other hosts to turn to.
    pub(crate) fn has_others(&self) -> bool {
        self.targets.len() > 1
    }

    async fn open(&self, target: &Target) -> Result<Connection, tokio_postgres::Error> {
        let (client, link) = target.config.connect(self.tls.clone()).await?;
        let connection =
            Connection::start(client, link, self.tls.clone(), self.statement_timeout, self.setup.is_some());
        if let Some(setup) = &self.setup {
            connection.set_up(setup).await?;
        }
        Ok(connection)
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.targets.iter().map(|target| &target.label)).finish()
    }
}

/// What a text is read as must not depend on the database's own defaults.
fn setup(settings: &PostgresSettings) -> String {
    let timeout = settings.statement_timeout.as_millis();
    let mut setup = format!(
        "SET statement_timeout = {timeout}; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; \
         SET timezone = 'UTC'; SET bytea_output = 'hex'; SET standard_conforming_strings = on"
    );
    if settings.read_only {
        setup.push_str("; SET default_transaction_read_only = on");
    }
    setup
}

/// The configuration of each host alone: the driver would wait for a silent one without end before it tries the next.
fn targets(all: &Config) -> Result<Vec<Target>> {
    let (hosts, addresses, ports) = (all.get_hosts(), all.get_hostaddrs(), all.get_ports());
    let count = hosts.len().max(addresses.len());
    let wrong =
        |message: &str| Error::new(ErrorKind::Config, message).hint("correct `url` in the settings of the store");
    if count == 0 {
        return Err(
            wrong("`url` names no host").hint("name one, or the folder of its socket: host=/var/run/postgresql")
        );
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(wrong("`url` names several ports, but not one for each host"));
    }
    if !hosts.is_empty() && !addresses.is_empty() && hosts.len() != addresses.len() {
        return Err(wrong("`url` names several addresses, but not one for each host"));
    }
    let targets = (0..count).map(|index| {
        let mut config = same_session(all);
        let port = ports.get(index).or_else(|| ports.first()).copied().unwrap_or(5432);
        config.port(port);
        let mut name = String::new();
        if let Some(address) = addresses.get(index) {
            config.hostaddr(*address);
            name = address.to_string();
        }
        match hosts.get(index) {
            Some(Host::Tcp(host)) => {
                config.host(host);
                name.clone_from(host);
            }
            #[cfg(unix)]
            Some(Host::Unix(path)) => {
                config.host_path(path).ssl_mode(SslMode::Disable);
                name = path.display().to_string();
            }
            None => {}
        }
        Target { config, label: format!("{name}:{port}") }
    });
    Ok(targets.collect())
}

fn same_session(all: &Config) -> Config {
    let mut config = Config::new();
    config
        .ssl_mode(all.get_ssl_mode())
        .ssl_negotiation(all.get_ssl_negotiation())
        .keepalives(all.get_keepalives())
        .keepalives_idle(all.get_keepalives_idle())
        .target_session_attrs(all.get_target_session_attrs())
        .channel_binding(all.get_channel_binding())
        .load_balance_hosts(all.get_load_balance_hosts());
    if let Some(user) = all.get_user() {
        config.user(user);
    }
    if let Some(password) = all.get_password() {
        config.password(password);
    }
    if let Some(database) = all.get_dbname() {
        config.dbname(database);
    }
    if let Some(options) = all.get_options() {
        config.options(options);
    }
    if let Some(name) = all.get_application_name() {
        config.application_name(name);
    }
    if let Some(timeout) = all.get_connect_timeout() {
        config.connect_timeout(*timeout);
    }
    if let Some(timeout) = all.get_tcp_user_timeout() {
        config.tcp_user_timeout(*timeout);
    }
    if let Some(interval) = all.get_keepalives_interval() {
        config.keepalives_interval(interval);
    }
    if let Some(retries) = all.get_keepalives_retries() {
        config.keepalives_retries(retries);
    }
    config
}

fn unavailable(message: &str, target: &Target) -> Error {
    Error::new(ErrorKind::Unavailable, message).with("server", &target.label)
}

fn not_connected(error: &tokio_postgres::Error, target: &Target) -> Error {
    if let Some(answer) = error.as_db_error() {
        return told_by_server(answer, None).with("server", &target.label);
    }
    let cause = std::error::Error::source(error);
    let Some(cause) = cause.and_then(|cause| cause.downcast_ref::<io::Error>()) else {
        if error.is_closed() {
            return unavailable("the database server hung up", target).hint("try again");
        }
        // What is left is said by the driver about the configuration: no TLS there, no password given, …
        return Error::new(ErrorKind::Config, "the database server cannot be used as configured")
            .with("server", &target.label)
            .source(cause.map_or_else(|| error.to_string(), ToString::to_string))
            .hint("check `url` and `tls` in the settings of the store");
    };
    let text = cause.to_string();
    match cause.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(_)) => {
            Error::new(ErrorKind::Config, "the certificate of the database server is not accepted")
                .with("server", &target.label)
                .source(text)
                .hint("name the certificate that signed it in `tls.ca`, and use the host name that it is made for")
        }
        Some(_) => unavailable("no encrypted connection to the database server", target)
            .source(text)
            .hint("check `tls` in the settings of the store, and the server's own TLS settings"),
        None if cause.kind() == io::ErrorKind::PermissionDenied && text.contains("database") => {
            unavailable("the database server is of the wrong kind for target_session_attrs", target)
                .source(text)
                .hint("name the other servers in `url` as well, or wait until one of them takes over")
        }
        None => unavailable("the database server cannot be reached", target)
            .source(text)
            .hint("check the address in `url`, and that the server runs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(url: &str) -> Vec<String> {
        targets(&Config::from_str(url).unwrap()).unwrap().into_iter().map(|target| target.label).collect()
    }

    #[test]
    fn each_host_of_the_url_is_a_target_of_its_own() {
        assert_eq!(labels("postgres://u@one:1,two:2/db"), ["one:1", "two:2"]);
        assert_eq!(labels("host=one,two port=7 user=u"), ["one:7", "two:7"]);
        assert_eq!(labels("host=/run/postgresql user=u"), ["/run/postgresql:5432"]);
        assert_eq!(labels("postgres:///db?host=/tmp"), ["/tmp:5432"]);
        let all = Config::from_str("postgres://u:secret@one,two/db?options=-c%20a%3Db&sslmode=require").unwrap();
        for target in targets(&all).unwrap() {
            assert_eq!(target.config.get_password(), all.get_password());
            assert_eq!((target.config.get_dbname(), target.config.get_options()), (Some("db"), Some("-c a=b")));
            assert_eq!(target.config.get_ssl_mode(), SslMode::Require);
            assert_eq!(target.config.get_hosts().len(), 1);
        }
        assert!(targets(&Config::from_str("user=u").unwrap()).is_err());
        assert!(targets(&Config::from_str("host=a,b port=1,2,3").unwrap()).is_err());
    }
}
