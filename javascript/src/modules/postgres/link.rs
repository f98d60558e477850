//! A connection: dialled, put in order, given up.

use std::{collections::HashMap, fmt::Write, io, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    net::{TcpStream, UnixStream},
    task::AbortHandle,
};
use tokio_postgres::{Client as Driver, Config, NoTls, config::SslMode, tls::MakeTlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Place, failure::told, statements::Prepared};
use crate::{
    Network,
    modules::{
        pools::{State, Wire},
        tls,
    },
    session::OpError,
};

/// A connection.
pub(crate) struct Link {
    pub(super) driver: Driver,
    task: AbortHandle,
    tls: Option<MakeRustlsConnect>,
    place: Place,
    address: Address,
    pub(super) statements: HashMap<String, Arc<Prepared>>,
    pub(super) is_busy: bool,
    pub(super) is_dirty: bool,
}

#[derive(Clone)]
enum Address {
    Tcp(std::net::SocketAddr),
    Socket(PathBuf),
}

impl Address {
    fn word(&self) -> String {
        match self {
            Address::Tcp(address) => address.to_string(),
            Address::Socket(path) => path.display().to_string(),
        }
    }
}

impl Wire for Link {
    type Place = Place;

    fn patience(place: &Place) -> Option<Duration> {
        place.timeout.map(Duration::from_millis)
    }

    async fn dial(place: &Place, network: &Network, patience: Duration) -> Result<Link, OpError> {
        let tls = match place.ssl {
            true => Some(MakeRustlsConnect::new(tls::client(place.verify, place.ca.as_deref(), None)?)),
            false => None,
        };
        let mut config = Config::new();
        config.user(&place.user).dbname(&place.database);
        config.ssl_mode(if place.ssl { SslMode::Require } else { SslMode::Disable });
        if let Some(password) = &place.password {
            config.password(password);
        }
        if let Some(application) = &place.application {
            config.application_name(application);
        }
        let mut options = place.options.clone().unwrap_or_default();
        if let Some(limit) = place.statement {
            let _ = write!(options, " -c statement_timeout={limit}");
        }
        if !options.is_empty() {
            config.options(options.trim());
        }
        if place.host.starts_with('/') {
            let path = PathBuf::from(&place.host).join(format!(".s.PGSQL.{}", place.port));
            network.admit_socket(&path)?;
            let address = Address::Socket(path);
            return Link::start(address, &config, None, place).await;
        }
        let mut last = None;
        for address in network.resolve(&place.host, place.port, patience).await? {
            match Link::start(Address::Tcp(address), &config, tls.clone(), place).await {
                Err(error) if error.is("ECONNREFUSED") || error.is("ETIMEDOUT") => last = Some(error),
                other => return other,
            }
        }
        Err(last.unwrap_or_else(|| OpError::new("the host has no address").code("ENOTFOUND")))
    }

    fn state(&self) -> State {
        match self {
            Link { is_busy: true, .. } => State::Busy,
            link if link.driver.is_closed() => State::Closed,
            Link { is_dirty: true, .. } => State::Dirty,
            _ => State::Clean,
        }
    }

    async fn reset(&mut self) -> Result<(), OpError> {
        self.statements.clear();
        self.driver.batch_execute("ROLLBACK").await.map_err(|error| told(&error))?;
        self.driver.batch_execute("DISCARD ALL").await.map_err(|error| told(&error))?;
        self.is_dirty = false;
        Ok(())
    }

    async fn abandon(self) {
        let token = self.driver.cancel_token();
        let _ = match (&self.address, self.tls.clone()) {
            (Address::Socket(path), _) => match UnixStream::connect(path).await {
                Ok(stream) => token.cancel_query_raw(stream, NoTls).await,
                Err(_) => return,
            },
            (Address::Tcp(address), tls) => {
                let Ok(stream) = TcpStream::connect(address).await else { return };
                match tls {
                    None => token.cancel_query_raw(stream, NoTls).await,
                    Some(mut tls) => match MakeTlsConnect::<TcpStream>::make_tls_connect(&mut tls, &self.place.host) {
                        Ok(tls) => token.cancel_query_raw(stream, tls).await,
                        Err(_) => return,
                    },
                }
            }
        };
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Link {
    async fn start(
        address: Address,
        config: &Config,
        tls: Option<MakeRustlsConnect>,
        place: &Place,
    ) -> Result<Link, OpError> {
        let lost = |error: io::Error| OpError::connecting(&error, address.word());
        let (driver, task) = match &address {
            Address::Socket(path) => {
                let stream = UnixStream::connect(path).await.map_err(lost)?;
                let (driver, link) = config.connect_raw(stream, NoTls).await.map_err(|error| told(&error))?;
                (driver, tokio::spawn(link).abort_handle())
            }
            Address::Tcp(target) => {
                let stream = TcpStream::connect(target).await.map_err(lost)?;
                stream.set_nodelay(true).map_err(lost)?;
                match &tls {
                    None => {
                        let (driver, link) = config.connect_raw(stream, NoTls).await.map_err(|error| told(&error))?;
                        (driver, tokio::spawn(link).abort_handle())
                    }
                    Some(tls) => {
                        let secured = MakeTlsConnect::<TcpStream>::make_tls_connect(&mut tls.clone(), &place.host)
                            .map_err(|error| OpError::new(error.to_string()))?;
                        let (driver, link) = config.connect_raw(stream, secured).await.map_err(|error| told(&error))?;
                        (driver, tokio::spawn(link).abort_handle())
                    }
                }
            }
        };
        Ok(Link {
            driver,
            task,
            tls,
            place: place.clone(),
            address,
            statements: HashMap::new(),
            is_busy: false,
            is_dirty: false,
        })
    }
}
