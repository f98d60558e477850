//! Names become addresses that the program may reach, or a refusal.

use std::{fmt, time::Duration};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::{Network, session::OpError};

/// Asks the system, and lets only what may be reached through.
pub(crate) struct Checked {
    network: Network,
    port: u16,
}

const PATIENCE: Duration = Duration::from_secs(10);

impl Checked {
    /// For requests to that port.
    pub(crate) fn new(network: Network, port: u16) -> Checked {
        Checked { network, port }
    }
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (network, port) = (self.network.clone(), self.port);
        Box::pin(async move {
            match network.resolve(name.as_str(), port, PATIENCE).await {
                Ok(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
                Err(error) => Err(Box::new(Refusal(error)) as Box<dyn std::error::Error + Send + Sync>),
            }
        })
    }
}

/// Why a name leads nowhere, on its way through the library.
#[derive(Debug)]
pub(crate) struct Refusal(OpError);

impl Refusal {
    pub(crate) fn told(&self) -> OpError {
        self.0.clone()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name leads nowhere that may be reached")
    }
}

impl std::error::Error for Refusal {}
