//! What a script says about certificates, as the client wants it.

use crosswalk_tls::{Identity, TlsError, Trust};
use rustls::ClientConfig;

use crate::session::OpError;

/// `rejectUnauthorized`, `ca`, and `cert` with `key` (one PEM text with both).
pub(crate) fn client(verify: bool, ca: Option<&str>, identity: Option<&str>) -> Result<ClientConfig, OpError> {
    let trust = match (verify, ca) {
        (false, _) => Trust::Anybody,
        (true, Some(ca)) => Trust::Only(crosswalk_tls::certificates(ca.as_bytes()).map_err(told)?),
        (true, None) => Trust::System,
    };
    let identity = match identity {
        Some(pem) => Some(Identity {
            chain: crosswalk_tls::certificates(pem.as_bytes()).map_err(told)?,
            key: crosswalk_tls::private_key(pem.as_bytes()).map_err(told)?,
        }),
        None => None,
    };
    crosswalk_tls::client(trust, identity).map_err(told)
}

fn told(error: TlsError) -> OpError {
    OpError::new(error.to_string()).code("ERR_TLS_CERT")
}
