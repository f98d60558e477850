//! What a program may reach. A name is not enough: the address that it leads to is checked at every connect, so that a
//! name that is pointed somewhere else later does not open a door.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use ipnet::IpNet;
use tokio::{net, time};

use crate::session::OpError;

/// The hosts that may be reached.
#[derive(Clone, Debug, Default)]
pub struct Network {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    place: Place,
    port: Option<u16>,
}

#[derive(Clone, Debug)]
enum Place {
    /// Every public address.
    Any,
    Name(String),
    /// `*.example.com`
    Below(String),
    Net(IpNet),
    Socket(PathBuf),
}

/// An entry that says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadHost(String);

impl fmt::Display for BadHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no host: write a name (`db.example.com`, `*.example.com`), an address or network (`10.0.0.5`, \
             `10.0.0.0/8`), each with `:port` if only that port is meant, or `unix:/path`",
            self.0
        )
    }
}

impl std::error::Error for BadHost {}

impl Network {
    /// Reads the entries of `allow_hosts`.
    ///
    /// # Errors
    /// The first that says nothing.
    pub fn new<'e>(allow_hosts: impl IntoIterator<Item = &'e str>) -> Result<Network, BadHost> {
        Ok(Network { entries: allow_hosts.into_iter().map(Entry::parse).collect::<Result<_, _>>()? })
    }

    /// Whether that socket may be opened.
    pub(crate) fn admit_socket(&self, path: &Path) -> Result<(), OpError> {
        let is_listed = |entry: &Entry| matches!(&entry.place, Place::Socket(known) if known == path);
        if self.entries.iter().any(is_listed) {
            return Ok(());
        }
        Err(refused(format!("the socket {}", path.display()), &[format!("unix:{}", path.display())]))
    }

    /// The addresses of a host that may be reached.
    pub(crate) async fn resolve(&self, host: &str, port: u16, patience: Duration) -> Result<Vec<SocketAddr>, OpError> {
        let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase();
        let literal: Option<IpAddr> = host.parse().ok();
        if literal.is_none() {
            self.admit_name(&host, port)?;
        }
        let found: Vec<SocketAddr> = match literal {
            Some(address) => vec![SocketAddr::new(address, port)],
            None => match time::timeout(patience, net::lookup_host((host.as_str(), port))).await {
                Ok(Ok(found)) => found.collect(),
                Ok(Err(_)) => {
                    return Err(OpError::new(format!("getaddrinfo ENOTFOUND {host}"))
                        .code("ENOTFOUND")
                        .with("errno", -3008)
                        .with("syscall", "getaddrinfo")
                        .with("hostname", host.as_str()));
                }
                Err(_) => return Err(OpError::new(format!("connect ETIMEDOUT {host}:{port}")).code("ETIMEDOUT")),
            },
        };
        let admitted: Vec<SocketAddr> =
            found.iter().copied().filter(|address| self.admits(&host, canonical(address.ip()), port)).collect();
        if admitted.is_empty() {
            let addresses: Vec<String> = found.iter().map(|address| canonical(address.ip()).to_string()).collect();
            let mut lines = addresses.clone();
            if literal.is_none() {
                lines.insert(0, host.clone());
            }
            return Err(refused(format!("{host} ({})", addresses.join(", ")), &lines));
        }
        Ok(admitted)
    }

    /// Whether that name may be asked for at all; where it leads is another question.
    pub(crate) fn admit_name(&self, host: &str, port: u16) -> Result<(), OpError> {
        if self.entries.iter().any(|entry| entry.is_for(port) && entry.names(host)) {
            return Ok(());
        }
        Err(refused(format!("{host}:{port}"), &[host.to_owned()]))
    }

    /// A public address is open to whatever led there by name. One of a private network needs an entry of its own, since
    /// whoever owns a name decides where it leads; `localhost` means this machine.
    fn admits(&self, host: &str, address: IpAddr, port: u16) -> bool {
        let named = self.entries.iter().filter(|entry| entry.is_for(port));
        let literal: Option<IpAddr> = host.parse().ok();
        let mut is_named = false;
        for entry in named {
            match &entry.place {
                Place::Net(network) if network.contains(&address) => return true,
                Place::Name(name) if name == "localhost" && host == "localhost" && address.is_loopback() => {
                    return true;
                }
                _ => is_named |= entry.names(host) && (literal.is_none() || matches!(entry.place, Place::Any)),
            }
        }
        is_named && is_public(address)
    }
}

impl Entry {
    fn parse(text: &str) -> Result<Entry, BadHost> {
        let wrong = || BadHost(text.to_owned());
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.starts_with('/') {
                Ok(Entry { place: Place::Socket(PathBuf::from(path)), port: None })
            } else {
                Err(wrong())
            };
        }
        if let Some(place) = network(text) {
            return Ok(Entry { place, port: None });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?)),
            None => (text, None),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let Some(place) = network(host) {
            return Ok(Entry { place, port });
        }
        if host == "*" {
            return Ok(Entry { place: Place::Any, port });
        }
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let (place, name) = match host.strip_prefix("*.") {
            Some(parent) => (Place::Below(format!(".{parent}")), parent),
            None => (Place::Name(host.clone()), host.as_str()),
        };
        let is_name = !name.is_empty()
            && name.split('.').all(|label| {
                !label.is_empty()
                    && label.len() <= 63
                    && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            })
            // What looks like an address and is none would be a name nobody can have.
            && !name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if is_name { Ok(Entry { place, port }) } else { Err(wrong()) }
    }

    fn is_for(&self, port: u16) -> bool {
        self.port.is_none_or(|own| own == port)
    }

    fn names(&self, host: &str) -> bool {
        match &self.place {
            Place::Any => true,
            Place::Name(name) => name == host,
            Place::Below(end) => host.len() > end.len() && host.ends_with(end.as_str()),
            Place::Net(_) | Place::Socket(_) => false,
        }
    }
}

fn network(text: &str) -> Option<Place> {
    if let Ok(network) = text.parse::<IpNet>() {
        return Some(Place::Net(network));
    }
    text.parse::<IpAddr>().ok().map(|address| Place::Net(IpNet::from(canonical(address))))
}

fn refused(what: String, lines: &[String]) -> OpError {
    let list: Vec<String> = lines.iter().map(|line| format!("\"{line}\"")).collect();
    OpError::new(format!(
        "{what} may not be reached by this script; to allow it, write: allow_hosts = [{}]",
        list.join(", ")
    ))
    .code("EHOSTNOTALLOWED")
}

/// An IPv4 address that is written as one of IPv6 is that IPv4 address.
fn canonical(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else { return address };
    let parts = six.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        // ::ffff:a.b.c.d and the well-known prefix of NAT64.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        // 6to4 and the old compatible form, which `::` and `::1` are not.
        [0x2002, high, low, ..] => embedded(high, low),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => embedded(high, low),
        _ => address,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => is_public_v4(four),
        IpAddr::V6(six) => is_public_v6(six),
    }
}

/// IANA's registry of special-purpose addresses.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
        || (a == 192 && b == 0 && c == 0))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    !(address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || (first & 0xfe00) == 0xfc00
        || (first & 0xffc0) == 0xfe80
        || (first & 0xffc0) == 0xfec0
        || (first == 0x2001 && second == 0x0db8)
        || (first == 0x2001 && second < 0x0200)
        || (first == 0x64 && second == 0xff9b)
        || first == 0x100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(allowed: &[&str], host: &str, address: &str, port: u16) -> bool {
        let network = Network::new(allowed.iter().copied()).unwrap();
        let address = canonical(address.parse().unwrap());
        (host.parse::<IpAddr>().is_ok() || network.admit_name(host, port).is_ok())
            && network.admits(host, address, port)
    }

    #[test]
    fn a_name_opens_public_addresses_and_no_private_ones() {
        assert!(admits(&["db.example.com"], "db.example.com", "93.184.216.34", 5432));
        assert!(admits(&["*.example.com"], "db.example.com", "2606:2800:220:1::1", 5432));
        assert!(!admits(&["*.example.com"], "example.com", "93.184.216.34", 5432));
        assert!(!admits(&["*.example.com"], "evilexample.com", "93.184.216.34", 5432));
        assert!(!admits(&["db.example.com"], "other.example.com", "93.184.216.34", 5432));
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "::127.0.0.1",
            "224.0.0.1",
            "255.255.255.255",
        ] {
            assert!(!admits(&["db.example.com"], "db.example.com", private, 5432), "{private}");
            assert!(!admits(&["*"], "db.example.com", private, 5432), "{private}");
        }
    }

    #[test]
    fn a_private_address_opens_with_an_entry_of_its_own() {
        assert!(admits(&["db.internal", "10.0.0.0/8"], "db.internal", "10.0.0.5", 5432));
        assert!(admits(&["10.0.0.5"], "10.0.0.5", "10.0.0.5", 5432));
        assert!(admits(&["10.0.0.5:5432"], "10.0.0.5", "::ffff:10.0.0.5", 5432));
        assert!(!admits(&["10.0.0.5:5432"], "10.0.0.5", "10.0.0.5", 22));
        assert!(admits(&["localhost"], "localhost", "127.0.0.1", 5432));
        assert!(admits(&["localhost"], "localhost", "::1", 5432));
        assert!(!admits(&["localhost"], "127.0.0.1", "127.0.0.1", 5432));
        assert!(!admits(&["localhost"], "localhost", "10.0.0.1", 5432));
    }

    #[test]
    fn an_address_is_no_name() {
        assert!(!admits(&["db.example.com"], "93.184.216.34", "93.184.216.34", 80));
        assert!(admits(&["*"], "93.184.216.34", "93.184.216.34", 80));
        assert!(admits(&["93.184.216.0/24"], "93.184.216.34", "93.184.216.34", 80));
    }

    #[test]
    fn what_says_nothing_is_refused() {
        for text in
            ["", "*.", "http://a.b", "a b", "10.0.0.300", "host:0", "host:99999", "unix:relative", "a..b", "1.2.3"]
        {
            assert!(Network::new([text]).is_err(), "{text:?}");
        }
        assert!(Network::new(["unix:/run/postgresql/.s.PGSQL.5432", "[::1]:5432", "2001:db8::/32"]).is_ok());
    }
}
