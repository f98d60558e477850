//! TLS by rustls for whoever connects to something: whom to trust, and who one is.

mod anybody;

use std::{fmt, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use anybody::Anybody;

/// Whose certificates are good enough.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Whoever answers; the way is encrypted, and nobody knows to whom.
    Anybody,
    /// The authorities that this system trusts; the certificate must be valid for the host's name.
    System,
    /// These authorities and no others.
    Only(Vec<CertificateDer<'static>>),
}

/// The client's own certificate and its private key.
#[derive(Debug)]
pub struct Identity {
    /// The certificate, then those that lead to its authority.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key.
    pub key: PrivateKeyDer<'static>,
}

/// Why there is no encryption. The text never holds what was in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsError {
    /// The library refused to be set up.
    Library(String),
    /// There is no certificate in the text.
    NoCertificates,
    /// There is no private key in the text.
    NoKey,
    /// An authority's certificate cannot be used.
    BadAuthority(String),
    /// The client's certificate or key cannot be used.
    BadIdentity(String),
    /// The system trusts nobody.
    NobodyTrusted,
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TlsError::Library(why) => write!(f, "the TLS library cannot be set up: {why}"),
            TlsError::NoCertificates => f.write_str("there are no certificates in PEM"),
            TlsError::NoKey => f.write_str("there is no private key in PEM"),
            TlsError::BadAuthority(why) => write!(f, "an authority's certificate cannot be used: {why}"),
            TlsError::BadIdentity(why) => write!(f, "the client certificate cannot be used: {why}"),
            TlsError::NobodyTrusted => f.write_str("this system trusts no certificates"),
        }
    }
}

impl std::error::Error for TlsError {}

/// What connections are made with.
///
/// # Errors
/// Where certificates or keys are not usable.
pub fn client(trust: Trust, identity: Option<Identity>) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Library(error.to_string()))?;
    let builder = match trust {
        Trust::Anybody => builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider))),
        Trust::System => builder.with_root_certificates(system()?),
        Trust::Only(certificates) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates {
                roots.add(certificate).map_err(|error| TlsError::BadAuthority(error.to_string()))?;
            }
            builder.with_root_certificates(roots)
        }
    };
    match identity {
        None => Ok(builder.with_no_client_auth()),
        Some(Identity { chain, key }) => {
            builder.with_client_auth_cert(chain, key).map_err(|error| TlsError::BadIdentity(error.to_string()))
        }
    }
}

fn system() -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { Err(TlsError::NobodyTrusted) } else { Ok(roots) }
}

/// The certificates in a PEM text.
///
/// # Errors
/// Where there is none, or one cannot be read.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or(TlsError::NoCertificates)
}

/// The first private key in a PEM text.
///
/// # Errors
/// Where there is none.
pub fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| TlsError::NoKey)
}
