//! Encryption by rustls, as far as the settings want it.

use std::{path::Path, sync::Arc};

use crosswalk_contract::{Error, ErrorKind, Result};
use rustls::{
    ClientConfig, RootCertStore,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::settings::{TlsMode, TlsSettings};

/// What connections are encrypted with. Relative paths start at `dir`.
///
/// # Errors
/// `Config` naming the file that cannot be read or used, never its content.
pub(crate) fn connector(settings: Option<&TlsSettings>, dir: &Path) -> Result<MakeRustlsConnect> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| config("the TLS library cannot be set up").source(error))?;
    let builder = match settings {
        Some(TlsSettings { mode: TlsMode::VerifyFull, ca, .. }) => {
            builder.with_root_certificates(roots(ca.as_deref().map(|ca| dir.join(ca)).as_deref())?)
        }
        _ => builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider))),
    };
    let client = settings.and_then(|settings| settings.cert.as_ref().zip(settings.key.as_ref()));
    let mut config = match client {
        None => builder.with_no_client_auth(),
        Some((cert, key)) => {
            let chain = certificates(&dir.join(cert))?;
            let key = PrivateKeyDer::from_pem_slice(key.resolve(dir)?.expose().as_bytes())
                .map_err(|_| config("the private key in `tls.key` is no private key in PEM"))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| config("the client certificate cannot be used").source(error))?
        }
    };
    // Servers that speak TLS at once (`sslnegotiation=direct`) insist on the name of the protocol; others do not mind.
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

fn roots(ca: Option<&Path>) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(path) => {
            for certificate in certificates(path)? {
                roots.add(certificate).map_err(|error| {
                    config("a certificate in `tls.ca` cannot be used").with("file", path.display()).source(error)
                })?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err(config("this system trusts no certificates").hint("name a file with them in `tls.ca`"));
            }
        }
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let failed = |error: rustls::pki_types::pem::Error| {
        config("the file is not there or holds no certificates in PEM").with("file", path.display()).source(error)
    };
    let certificates: Result<Vec<_>> =
        CertificateDer::pem_file_iter(path).map_err(failed)?.map(|one| one.map_err(failed)).collect();
    let certificates = certificates?;
    if certificates.is_empty() {
        return Err(config("the file holds no certificates in PEM").with("file", path.display()));
    }
    Ok(certificates)
}

fn config(message: &str) -> Error {
    Error::new(ErrorKind::Config, message)
}

/// Takes any certificate, for the modes that say so. The handshake itself is still checked.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
