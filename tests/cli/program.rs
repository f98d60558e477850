//! Running the program, and a shop of its own for each test.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use serde_json::Value;
use tempfile::TempDir;

pub const ANNA: &str = "Anna.Lindstroem@example.com";
pub const RENEE: &str = "renee@darc.example";

/// What a run of the program came to.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// A demo's folder, as fresh as `crosswalk demo` leaves it.
pub struct Shop {
    folder: TempDir,
}

/// Runs the program with those arguments and that standard input, without a terminal.
pub fn crosswalk(arguments: &[&str], input: &str) -> Run {
    run(Command::new(env!("CARGO_BIN_EXE_crosswalk")).args(arguments), input)
}

impl Run {
    /// Standard output as one JSON value.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in: {}{}", self.out, self.err))
    }

    /// The error object on standard error.
    pub fn error(&self) -> Value {
        let last = self.err.lines().last().unwrap_or_default();
        let error: Value = serde_json::from_str(last).unwrap_or_else(|error| panic!("{error} in: {}", self.err));
        for key in ["kind", "code", "message", "hint", "context"] {
            assert!(error["error"].get(key).is_some(), "no `{key}` in {last}");
        }
        error["error"].clone()
    }

    /// Whatever was printed anywhere.
    pub fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

impl Shop {
    pub fn new() -> Shop {
        let folder = TempDir::new().expect("the test's own files");
        let made = made_once();
        for name in ["shop.db", "shop-moving.db", "crosswalk.toml", "passwords.txt", "anna.password"] {
            std::fs::copy(made.join(name), folder.path().join(name)).expect("the test's own files");
        }
        Shop { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command on this shop's configuration.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, "")
    }

    pub fn run_with(&self, arguments: &[&str], input: &str) -> Run {
        let config = self.path("crosswalk.toml");
        run(Command::new(env!("CARGO_BIN_EXE_crosswalk")).arg("--config").arg(config).args(arguments), input)
    }

    pub fn login(&self, connection: &str, identifier: &str, password: &str) -> Run {
        self.run_with(&["try", connection, "login", identifier, "--password-stdin", "--json"], password)
    }

    /// A customer's password, from the demo's list.
    pub fn password(&self, email: &str) -> String {
        let list = std::fs::read_to_string(self.path("passwords.txt")).expect("the test's own files");
        let line = list.lines().find(|line| line.split('\t').nth(1) == Some(email)).expect("the test's own files");
        line.split('\t').next_back().expect("the test's own files").to_owned()
    }

    /// Changes the configuration's text.
    pub fn edit_config(&self, from: &str, to: &str) {
        let path = self.path("crosswalk.toml");
        let text = std::fs::read_to_string(&path).expect("the test's own files");
        assert!(text.contains(from), "the configuration has no `{from}`");
        std::fs::write(path, text.replacen(from, to, 1)).expect("the test's own files");
    }

    pub fn sql(&self, sql: &str) -> rusqlite::Connection {
        let store = rusqlite::Connection::open(self.path("shop.db")).expect("the test's own files");
        store.execute_batch(sql).expect("the test's own files");
        store
    }
}

/// Hashing a shop takes a second, so it is made once and copied.
fn made_once() -> &'static Path {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let folder = MADE.get_or_init(|| {
        let folder = TempDir::new().expect("the test's own files");
        let made = crosswalk(&["demo", "--no-tour", "--dir", &folder.path().to_string_lossy()], "");
        assert_eq!(made.code, 0, "{}", made.all());
        folder
    });
    folder.path()
}

fn run(command: &mut Command, input: &str) -> Run {
    let mut child = command
        .env_remove("CROSSWALK_CONFIG")
        .env_remove("CROSSWALK_LOG")
        .env_remove("COLUMNS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the test's own files");
    // A program that does not read its input may be gone already.
    let _ = child.stdin.take().expect("the test's own files").write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the test's own files");
    Run {
        code: status.code().expect("the program ends by itself"),
        out: String::from_utf8(stdout).expect("the test's own files"),
        err: String::from_utf8(stderr).expect("the test's own files"),
    }
}
