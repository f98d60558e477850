//! A PostgreSQL server of a test's own, from the programs that are installed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    Address, Server, Which,
    own::{Home, Process, free_port, program},
};

/// A server that listens on a port and a socket of its own until it is dropped. Its superuser is `postgres`.
#[derive(Debug)]
pub struct Postgres {
    // Dropped before the folder that it works in.
    process: Option<Process>,
    home: Home,
    server: Server,
    program: PathBuf,
}

impl Postgres {
    /// Whether one could be started.
    ///
    /// # Errors
    /// What is missing.
    pub fn installed() -> Result<(), String> {
        programs().map(drop)
    }

    /// With that password for the superuser; `settings` are lines of postgresql.conf.
    ///
    /// # Errors
    /// What is missing, or the last words of the server.
    pub fn try_start(password: &str, settings: &str) -> Result<Postgres, String> {
        let (initdb, postgres) = programs()?;
        let home = Home::new("postgres")?;
        let port = free_port()?;
        let failed = |error: std::io::Error| error.to_string();
        let (data, secret) = (home.path("data"), home.path("password"));
        fs::write(&secret, password).map_err(failed)?;
        home.give(&secret).map_err(failed)?;
        let pwfile = format!("--pwfile={}", secret.display());
        let text = data.display().to_string();
        let initial = ["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"];
        home.run(&initdb, &[&initial[..], &[&pwfile, "-D", &text]].concat())?;
        let settings = format!(
            "port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\nfsync = off\n{settings}\n",
            home.path("").display().to_string().trim_end_matches('/')
        );
        append(&data.join("postgresql.conf"), &settings).map_err(failed)?;
        let server = Server {
            which: Which::Postgres,
            address: Address::Tcp("127.0.0.1".to_owned(), port),
            user: "postgres".to_owned(),
            password: Some(password.to_owned()),
            database: Some("postgres".to_owned()),
        };
        let mut own = Postgres { process: None, home, server, program: postgres };
        own.try_up()?;
        Ok(own)
    }

    /// As [`Postgres::try_start`], for tests.
    pub fn start(password: &str, settings: &str) -> Postgres {
        Postgres::try_start(password, settings).unwrap()
    }

    /// Starts it again, and waits until it answers.
    pub fn up(&mut self) {
        self.try_up().unwrap();
    }

    fn try_up(&mut self) -> Result<(), String> {
        let mut command = self.home.command(&self.program)?;
        command.arg("-D").arg(self.home.path("data"));
        // Whatever it says to somebody whom it does not let in, it says something.
        let silence = ["error connecting", "connection closed", "the database system is", "it does not answer"];
        let answers = || match self.server.probe() {
            Err(reason) if silence.iter().any(|start| reason.starts_with(start)) => Err(reason),
            _ => Ok(()),
        };
        self.process = Some(Process::start(command, &self.home, answers)?);
        Ok(())
    }

    /// Stops it: sessions are ended, what was written is kept.
    pub fn down(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.stop("INT");
        }
    }

    /// Ends it as a failure of the machine does.
    pub fn crash(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.stop("QUIT");
        }
    }

    /// Writes lines at the end of postgresql.conf, or of another file of its data folder.
    pub fn append(&self, file: &str, lines: &str) {
        append(&self.home.path("data").join(file), lines).unwrap();
    }

    /// The server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// A file in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path(name)
    }

    /// Makes the file the server's own.
    pub fn give(&self, path: &Path) {
        self.home.give(path).unwrap();
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.crash();
    }
}

fn append(file: &Path, lines: &str) -> std::io::Result<()> {
    fs::write(file, fs::read_to_string(file).unwrap_or_default() + lines)
}

/// `initdb` and `postgres`, of the newest release that is installed.
fn programs() -> Result<(PathBuf, PathBuf), String> {
    let mut packaged: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    packaged.sort();
    packaged.reverse();
    let found = program(&["initdb"], &packaged).and_then(|initdb| {
        // A link in a folder of programs leads to the folder that has both.
        let folder = fs::canonicalize(&initdb).ok()?.parent()?.to_owned();
        Some((initdb, program(&["postgres"], &[folder])?))
    });
    found.ok_or_else(|| "PostgreSQL is not installed (initdb and postgres)".to_owned())
}
