//! Encryption by rustls, as far as the settings want it.

use std::{fs, path::Path};

use crosswalk_contract::{Error, ErrorKind, Result};
use crosswalk_tls::{Identity, TlsError, Trust};
use rustls::pki_types::CertificateDer;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::settings::{TlsMode, TlsSettings};

/// What connections are encrypted with. Relative paths start at `dir`.
///
/// # Errors
/// `Config` naming the file that cannot be read or used, never its content.
pub(crate) fn connector(settings: Option<&TlsSettings>, dir: &Path) -> Result<MakeRustlsConnect> {
    let trust = match settings {
        Some(TlsSettings { mode: TlsMode::VerifyFull, ca: Some(ca), .. }) => Trust::Only(certificates(&dir.join(ca))?),
        Some(TlsSettings { mode: TlsMode::VerifyFull, ca: None, .. }) => Trust::System,
        _ => Trust::Anybody,
    };
    let identity = match settings.and_then(|settings| settings.cert.as_ref().zip(settings.key.as_ref())) {
        None => None,
        Some((cert, key)) => Some(Identity {
            chain: certificates(&dir.join(cert))?,
            key: crosswalk_tls::private_key(key.resolve(dir)?.expose().as_bytes())
                .map_err(|_| config("the private key in `tls.key` is no private key in PEM"))?,
        }),
    };
    let mut client = crosswalk_tls::client(trust, identity).map_err(|error| match &error {
        TlsError::NobodyTrusted => {
            config("this system trusts no certificates").hint("name a file with them in `tls.ca`")
        }
        TlsError::BadAuthority(_) => config("a certificate in `tls.ca` cannot be used").source(error),
        TlsError::BadIdentity(_) => config("the client certificate cannot be used").source(error),
        _ => config("the TLS library cannot be set up").source(error),
    })?;
    // Servers that speak TLS at once (`sslnegotiation=direct`) insist on the name of the protocol; others do not mind.
    client.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(MakeRustlsConnect::new(client))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let failed = || config("the file is not there or holds no certificates in PEM").with("file", path.display());
    let text = fs::read(path).map_err(|error| failed().source(error))?;
    crosswalk_tls::certificates(&text).map_err(|error| failed().source(error))
}

fn config(message: &str) -> Error {
    Error::new(ErrorKind::Config, message)
}
