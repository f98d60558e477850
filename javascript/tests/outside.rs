//! What a script may reach, and what it may not: hosts, redirects, sockets, packages.

mod stage;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    thread,
};

use crosswalk_javascript::{Network, Outcome};
use stage::{Stage, made};
use tempfile::TempDir;

/// A server that sends everybody somewhere else.
fn redirecting(to: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(&stream).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let _ = write!(
                &stream,
                "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
        }
    });
    address
}

/// The error that a script got, by its code and words.
fn refusal(code: &str, allowed: &[&str]) -> (String, String) {
    let program = made(code, |parts| parts.network = Network::new(allowed.iter().copied()).expect("sound"));
    match Stage::new().run(&program, "[\"x\"]", 5.0).outcome {
        Outcome::Failed(thrown, _) => (thrown.code.unwrap_or_default(), thrown.message.unwrap_or_default()),
        other => panic!("{code}: {other:?}"),
    }
}

const CLIENTS: [&str; 6] = [
    "require('axios').get(URL).then(() => callback(null, 'in'), callback)",
    "fetch(URL).then(() => callback(null, 'in'), (error) => callback(error.cause || error))",
    "require('node-fetch')(URL).then(() => callback(null, 'in'), callback)",
    "require('request').get(URL, (error) => callback(error, 'in'))",
    "require('http').get(URL, () => callback(null, 'in')).on('error', callback)",
    "require('request')({ url: URL, json: true }, function (error) { callback(error, 'in'); })",
];

#[test]
fn an_address_that_is_not_listed_is_refused_with_the_line_to_add() {
    for client in CLIENTS {
        for place in [
            "127.0.0.1:1",
            "[::1]:1",
            "[::ffff:127.0.0.1]:1",
            "169.254.169.254",
            "10.0.0.1",
            "0.0.0.0:1",
            "2130706433:1",
            "0x7f.1:1",
        ] {
            let script = format!("function login(x, callback) {{ const URL = 'http://{place}/'; {client}; }}");
            let (code, message) = refusal(&script, &["example.com"]);
            assert_eq!(code, "EHOSTNOTALLOWED", "{client} {place}: {message}");
            assert!(message.contains("allow_hosts = ["), "{message}");
        }
    }
}

#[test]
fn a_redirect_leads_nowhere_that_is_not_listed() {
    let server = redirecting("http://169.254.169.254/latest/meta-data");
    let allowed = server.to_string();
    // http.get follows no redirects by itself.
    for client in CLIENTS.into_iter().filter(|client| !client.contains("'http'")) {
        let script = format!("function login(x, callback) {{ const URL = 'http://{server}/'; {client}; }}");
        let (code, message) = refusal(&script, &[&allowed]);
        assert_eq!(code, "EHOSTNOTALLOWED", "{client}: {message}");
        assert!(message.contains("169.254.169.254"), "{message}");
    }
}

#[test]
fn a_name_that_leads_to_a_private_address_is_refused() {
    // Listed by name alone; where it leads is this machine.
    let script = "function login(x, callback) { require('axios').get('http://localhost.localdomain:1/')
        .then(() => callback(null, 'in'), callback); }";
    let (code, message) = refusal(script, &["localhost.localdomain"]);
    assert!(matches!(code.as_str(), "EHOSTNOTALLOWED" | "ENOTFOUND"), "{message}");
}

#[test]
fn databases_and_sockets_are_hosts_like_any_other() {
    for client in [
        "const { Client } = require('pg'); new Client('postgres://u@127.0.0.1/x').connect(callback)",
        "const { Client } = require('pg'); new Client({ host: '/var/run/postgresql', user: 'u', database: 'x' }).connect(callback)",
        "require('mysql').createConnection({ host: '127.0.0.1', user: 'u' }).connect(callback)",
        "require('mysql2').createConnection({ socketPath: '/run/mysqld/mysqld.sock', user: 'u' }).connect(callback)",
    ] {
        let (code, message) = refusal(&format!("function login(x, callback) {{ {client}; }}"), &["example.com"]);
        assert_eq!(code, "EHOSTNOTALLOWED", "{client}: {message}");
    }
}

/// A folder with packages, and one beside it that nobody may see.
fn packages() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let put = |place: &str, text: &str| {
        let path = folder.path().join(place);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    put("secret.js", "module.exports = 'a secret';");
    put("scripts/node_modules/shout/package.json", r#"{ "name": "shout", "main": "lib/index.js" }"#);
    put(
        "scripts/node_modules/shout/lib/index.js",
        "const loud = require('./loud'); module.exports = (t) => loud(t) + require('mark');",
    );
    put("scripts/node_modules/shout/lib/loud.js", "exports = module.exports = (t) => t.toUpperCase();");
    put("scripts/node_modules/mark/index.js", "module.exports = '!';");
    put("scripts/node_modules/sneak/index.js", "module.exports = require('../../../secret.js');");
    put("scripts/node_modules/native/index.js", "module.exports = require('fs').readFileSync('/etc/passwd');");
    #[cfg(unix)]
    std::os::unix::fs::symlink("../../../secret.js", folder.path().join("scripts/node_modules/mark/link.js"))
        .expect("a link");
    folder
}

fn with_packages(body: &str) -> Outcome {
    let folder = packages();
    let program = made(&format!("function login(x, callback) {{ {body} }}"), |parts| {
        parts.packages = Some(folder.path().join("scripts"));
    });
    Stage::new().run(&program, "[\"x\"]", 5.0).outcome
}

#[test]
fn packages_beside_the_scripts_are_found() {
    let shouted = with_packages("callback(null, require('shout')('hello'))");
    assert_eq!(shouted, Outcome::Answered(Some("\"HELLO!\"".to_owned())));
    let current = with_packages("callback(null, require('shout@1.2.3')('hello'))");
    assert_eq!(current, Outcome::Answered(Some("\"HELLO!\"".to_owned())));
}

#[test]
fn packages_see_nothing_outside_their_folder() {
    for name in ["sneak", "mark/link.js", "../../secret.js", "/etc/hostname", "./secret.js", "child_process", "nothing"]
    {
        assert_eq!(code_of(name), "MODULE_NOT_FOUND", "{name}");
    }
    // Packages ask for it at their top and use it nowhere that matters.
    assert_eq!(code_of("native"), "ENOSYS");
}

/// The code of the error that `require` throws.
fn code_of(name: &str) -> String {
    let body = format!("try {{ callback(null, require('{name}')); }} catch (error) {{ callback(error); }}");
    match with_packages(&body) {
        Outcome::Failed(thrown, _) => thrown.code.unwrap_or_default(),
        other => panic!("{name}: {other:?}"),
    }
}
