//! A MariaDB server of a test's own, from the programs that are installed.

use std::path::{Path, PathBuf};

use crate::{
    Address, Server, Which,
    own::{Home, Process, free_port, program},
};

/// A server that listens on a port and a socket of its own until it is dropped. Its user `root` has no password.
#[derive(Debug)]
pub struct Mariadb {
    // Dropped before the folder that it works in.
    process: Option<Process>,
    home: Home,
    server: Server,
    program: PathBuf,
    options: Vec<String>,
}

impl Mariadb {
    /// Whether one could be started.
    ///
    /// # Errors
    /// What is missing.
    pub fn installed() -> Result<(), String> {
        programs().map(drop)
    }

    /// With further options of the command line, such as `--max-allowed-packet=1M`.
    ///
    /// # Errors
    /// What is missing, or the last words of the server.
    pub fn try_start(options: &[&str]) -> Result<Mariadb, String> {
        let (install, program) = programs()?;
        let home = Home::new("mysql")?;
        let port = free_port()?;
        let data = format!("--datadir={}", home.path("data").display());
        let root = "--auth-root-authentication-method=normal";
        home.run(&install, &["--no-defaults", &data, root, "--skip-test-db", "--skip-name-resolve"])?;
        let server = Server {
            which: Which::Mysql,
            address: Address::Tcp("127.0.0.1".to_owned(), port),
            user: "root".to_owned(),
            password: None,
            database: None,
        };
        let mut all = vec![
            "--no-defaults".to_owned(),
            data,
            format!("--port={port}"),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--socket={}", home.path("mysql.sock").display()),
            format!("--pid-file={}", home.path("pid").display()),
            "--innodb-buffer-pool-size=64M".to_owned(),
            // What a crash of the machine would cost is not tested here.
            "--innodb-flush-log-at-trx-commit=0".to_owned(),
        ];
        all.extend(options.iter().map(|&option| option.to_owned()));
        let mut own = Mariadb { process: None, home, server, program, options: all };
        own.try_up()?;
        Ok(own)
    }

    /// As [`Mariadb::try_start`], for tests.
    pub fn start(options: &[&str]) -> Mariadb {
        Mariadb::try_start(options).unwrap()
    }

    /// Starts it again, and waits until it answers.
    pub fn up(&mut self) {
        self.try_up().unwrap();
    }

    fn try_up(&mut self) -> Result<(), String> {
        let mut command = self.home.command(&self.program)?;
        command.args(&self.options);
        self.process = Some(Process::start(command, &self.home, || self.server.probe())?);
        Ok(())
    }

    /// Stops it: sessions are ended, what was written is kept.
    pub fn down(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.stop("TERM");
        }
    }

    /// Ends it as a failure of the machine does.
    pub fn crash(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Sets further options of the command line, from the next start on.
    pub fn set(&mut self, options: &[&str]) {
        self.options.extend(options.iter().map(|&option| option.to_owned()));
    }

    /// The server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The server by its Unix socket.
    pub fn socket(&self) -> Server {
        Server { address: Address::Socket(self.home.path("mysql.sock")), ..self.server.clone() }
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

fn programs() -> Result<(PathBuf, PathBuf), String> {
    let found = program(&["mariadb-install-db"], &[]).zip(program(&["mariadbd"], &[]));
    found.ok_or_else(|| "MariaDB is not installed (mariadb-install-db and mariadbd)".to_owned())
}
