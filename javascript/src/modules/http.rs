//! HTTP for scripts. Redirects are followed here and not by the library, so that every hop is held to what the program
//! may reach; and a connection goes to an address that was checked, not to a name that may lead somewhere else by then.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use moka::sync::Cache;
use reqwest::{
    Client, Method, Response, StatusCode, Url,
    header::{
        AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue,
        LOCATION,
    },
    redirect::Policy,
};
use serde::Deserialize;
use serde_json::json;
use tokio::time;

use super::{argument, tls};
use crate::{
    Network,
    session::{Done, OpError, Session},
};

mod resolver;

use resolver::Checked;

/// Clients for so many programs and ways to trust are kept.
const MOST_CLIENTS: u64 = 256;

/// A script may say more.
const USER_AGENT: &str = concat!("crosswalk/", env!("CARGO_PKG_VERSION"));

/// One client for each program, port and way to trust; each has connections of its own.
pub(crate) struct Clients(Cache<(u64, Trusting), Client>);

#[derive(Clone, PartialEq, Eq, Hash)]
struct Trusting {
    verify: bool,
    ca: Option<String>,
    identity: Option<String>,
    decompress: bool,
    /// The resolver is not told the port, and an entry may be for one only.
    port: u16,
}

impl Default for Clients {
    fn default() -> Clients {
        Clients(Cache::builder().max_capacity(MOST_CLIENTS).time_to_idle(Duration::from_secs(600)).build())
    }
}

#[derive(Deserialize)]
struct Request {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    follow: u32,
    timeout: Option<f64>,
    verify: bool,
    ca: Option<String>,
    identity: Option<String>,
    decompress: bool,
}

pub(crate) async fn request(session: Arc<Session>, json: String, body: Option<Vec<u8>>) -> Result<Done, OpError> {
    let request: Request = argument(&json)?;
    let started = Instant::now();
    let what = format!("{} {}", request.method, without_secrets(&request.url));
    let limit =
        request.timeout.filter(|limit| *limit >= 1.0 && *limit < 1e9).map(|limit| Duration::from_millis(limit as u64));
    let result = match limit {
        Some(limit) => time::timeout(limit, exchange(&session, &request, body)).await.unwrap_or_else(|_| {
            Err(OpError::new(format!("timeout of {}ms exceeded", limit.as_millis())).code("ETIMEDOUT"))
        }),
        None => exchange(&session, &request, body).await,
    };
    let outcome = match &result {
        Ok((status, _)) => status.to_string(),
        Err(error) => error.word(),
    };
    session.trace("http", &what, outcome, started.elapsed());
    result.map(|(_, done)| done)
}

async fn exchange(session: &Session, request: &Request, body: Option<Vec<u8>>) -> Result<(u16, Done), OpError> {
    let network = &session.program.parts.network;
    let mut hop = Hop::first(request, body)?;
    let mut left = request.follow;
    loop {
        let port = admit(network, &hop.url, session.patience()).await?;
        let mut call =
            client(session, request, port)?.request(hop.method.clone(), hop.url.clone()).headers(hop.headers.clone());
        if let Some(body) = hop.body.clone() {
            call = call.body(body);
        }
        let response = call.send().await.map_err(|error| told(&error, &hop.url))?;
        match hop.next(&response) {
            Some(next) if request.follow > 0 => {
                if left == 0 {
                    return Err(
                        OpError::new("Exceeded maxRedirects: too many redirects").code("ERR_TOO_MANY_REDIRECTS")
                    );
                }
                left -= 1;
                hop = next?;
            }
            _ => return answer(response, left != request.follow, session.program.parts.limits.memory).await,
        }
    }
}

fn client(session: &Session, request: &Request, port: u16) -> Result<Client, OpError> {
    let trusting = Trusting {
        verify: request.verify,
        ca: request.ca.clone(),
        identity: request.identity.clone(),
        decompress: request.decompress,
        port,
    };
    let key = (session.program.id, trusting);
    if let Some(known) = session.services.http.0.get(&key) {
        return Ok(known);
    }
    let trusting = &key.1;
    let tls = tls::client(trusting.verify, trusting.ca.as_deref(), trusting.identity.as_deref())?;
    let client = Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .dns_resolver(Arc::new(Checked::new(session.program.parts.network.clone(), port)))
        .no_proxy()
        .gzip(trusting.decompress)
        .deflate(trusting.decompress)
        .user_agent(USER_AGENT)
        .connect_timeout(session.program.parts.limits.connect)
        .build()
        .map_err(|error| OpError::new(format!("the HTTP client cannot be made: {error}")))?;
    session.services.http.0.insert(key, client.clone());
    Ok(client)
}

/// The port, if the host may be asked. A connection to a literal address does not ask the resolver, and one that is kept
/// alive asks nobody.
async fn admit(network: &Network, url: &Url, patience: Duration) -> Result<u16, OpError> {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(OpError::new(format!("`{}` is no address to send a request to", without_secrets(url.as_str())))
            .code("ERR_INVALID_URL"));
    };
    match url.domain() {
        // The resolver does the rest, at the connect itself.
        Some(name) => network.admit_name(&name.trim_end_matches('.').to_ascii_lowercase(), port)?,
        None => drop(network.resolve(host, port, patience).await?),
    }
    Ok(port)
}

/// One request of a chain of redirects.
struct Hop {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
}

impl Hop {
    fn first(request: &Request, body: Option<Vec<u8>>) -> Result<Hop, OpError> {
        let url = address(&request.url)?;
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| OpError::new(format!("`{}` is no HTTP method", request.method)))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let wrong = || {
                OpError::new(format!("the header `{name}` has a name or value that HTTP does not allow"))
                    .code("ERR_INVALID_CHAR")
            };
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
            // The library counts for itself.
            if name == CONTENT_LENGTH {
                continue;
            }
            headers.append(name, HeaderValue::from_bytes(&latin1(value).ok_or_else(wrong)?).map_err(|_| wrong())?);
        }
        Ok(Hop { method, url, headers, body })
    }

    /// Where the answer sends on to, by the rules of Fetch: what is not safe to be repeated becomes a GET, and what was
    /// for one host is not told to another.
    fn next(&self, response: &Response) -> Option<Result<Hop, OpError>> {
        let status = response.status();
        let is_redirect = matches!(
            status,
            StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT
        );
        let location = response.headers().get(LOCATION).filter(|_| is_redirect)?;
        let target = std::str::from_utf8(location.as_bytes()).ok().and_then(|text| self.url.join(text).ok());
        let Some(url) = target.filter(|url| matches!(url.scheme(), "http" | "https")) else {
            return Some(Err(
                OpError::new("the server redirects to something that is no address").code("ERR_INVALID_REDIRECT")
            ));
        };
        let mut headers = self.headers.clone();
        if url.origin() != self.url.origin() {
            headers.remove(AUTHORIZATION);
            headers.remove(COOKIE);
        }
        let becomes_get = status == StatusCode::SEE_OTHER && self.method != Method::HEAD
            || matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND) && self.method == Method::POST;
        let (method, body) = if becomes_get {
            headers.remove(CONTENT_TYPE);
            headers.remove(CONTENT_ENCODING);
            (Method::GET, None)
        } else {
            (self.method.clone(), self.body.clone())
        };
        Some(Ok(Hop { method, url, headers, body }))
    }
}

async fn answer(mut response: Response, redirected: bool, most: usize) -> Result<(u16, Done), OpError> {
    let status = response.status();
    let url = response.url().clone();
    let text = |value: &HeaderValue| value.as_bytes().iter().map(|byte| char::from(*byte)).collect::<String>();
    let headers: Vec<(String, String)> =
        response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| told(&error, &url))? {
        if body.len() + chunk.len() > most / 2 {
            return Err(
                OpError::new("the answer is larger than the memory that this script may have").code("ERR_TOO_LARGE")
            );
        }
        body.extend_from_slice(&chunk);
    }
    let told = json!({
        "status": status.as_u16(),
        "statusText": status.canonical_reason().unwrap_or(""),
        "headers": headers,
        "url": url.as_str(),
        "redirected": redirected,
    });
    Ok((status.as_u16(), Done { json: Some(told.to_string()), bytes: Some(body) }))
}

fn address(text: &str) -> Result<Url, OpError> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        Ok(url) => Err(OpError::new(format!("Protocol \"{}:\" not supported. Expected \"http:\"", url.scheme()))
            .code("ERR_INVALID_PROTOCOL")),
        Err(_) => Err(OpError::new("Invalid URL").code("ERR_INVALID_URL")),
    }
}

/// Headers are bytes; scripts have them as characters up to 255.
fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect()
}

/// Name, password and query of an address are nobody's business in a report.
fn without_secrets(address: &str) -> String {
    match Url::parse(address) {
        Ok(mut url) => {
            let _ = url.set_username("");
            let _ = url.set_password(None);
            let has_query = url.query().is_some();
            url.set_query(None);
            url.set_fragment(None);
            if has_query { format!("{url}?…") } else { url.to_string() }
        }
        Err(_) => "(no address)".to_owned(),
    }
}

/// What Node would have called it.
fn told(error: &reqwest::Error, url: &Url) -> OpError {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if let Some(refusal) = cause.downcast_ref::<resolver::Refusal>() {
            return refusal.told();
        }
        if let Some(io) = cause.downcast_ref::<std::io::Error>()
            && !matches!(io.kind(), std::io::ErrorKind::Other | std::io::ErrorKind::InvalidData)
        {
            let port = url.port_or_known_default().unwrap_or(0);
            return OpError::connecting(io, format!("{}:{port}", url.host_str().unwrap_or("")));
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            let code = match tls {
                rustls::Error::InvalidCertificate(
                    rustls::CertificateError::Expired | rustls::CertificateError::ExpiredContext { .. },
                ) => "CERT_HAS_EXPIRED",
                rustls::Error::InvalidCertificate(
                    rustls::CertificateError::NotValidForName | rustls::CertificateError::NotValidForNameContext { .. },
                ) => "ERR_TLS_CERT_ALTNAME_INVALID",
                rustls::Error::InvalidCertificate(_) => "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
                _ => "EPROTO",
            };
            return OpError::new(tls.to_string()).code(code);
        }
        source = cause.source();
    }
    if error.is_timeout() {
        return OpError::new("the server did not answer in time").code("ETIMEDOUT");
    }
    OpError::new("socket hang up").code("ECONNRESET")
}
