//! What servers of a test's own share: a folder, a free port, the user that they run as, and their end.

use std::{
    env, fs, io,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// How long a server may take to answer for the first time, or to stop, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The folder of a server, and who owns what is in it.
#[derive(Debug)]
pub(crate) struct Home {
    dir: TempDir,
    owner: Option<(u32, u32)>,
}

impl Home {
    /// Servers refuse to run as root: `service` (or else `nobody`) does it then.
    pub(crate) fn new(service: &str) -> Result<Home, String> {
        let owner = match own_id() {
            0 => Some(ids(service).or_else(|| ids("nobody")).ok_or("no user to run the server as")?),
            _ => None,
        };
        let dir = tempfile::Builder::new().prefix("crosswalk-").tempdir().map_err(|error| error.to_string())?;
        let home = Home { dir, owner };
        home.give(home.dir.path()).map_err(|error| error.to_string())?;
        Ok(home)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Makes the file the server's own.
    pub(crate) fn give(&self, path: &Path) -> io::Result<()> {
        match self.owner {
            Some((user, group)) => chown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }

    /// A program that runs as the server's user, in its folder, with its words in `log`.
    pub(crate) fn command(&self, program: &Path) -> Result<Command, String> {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.path("log"));
        let log = log.map_err(|error| error.to_string())?;
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .env("TMPDIR", self.dir.path());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        Ok(command)
    }

    /// Runs a program to its end.
    pub(crate) fn run(&self, program: &Path, arguments: &[&str]) -> Result<(), String> {
        let status = self.command(program)?.args(arguments).status();
        let status = status.map_err(|error| format!("{} cannot be run: {error}", program.display()))?;
        if status.success() { Ok(()) } else { Err(format!("{} failed: {}", program.display(), self.last_words())) }
    }

    /// The end of the server's log.
    pub(crate) fn last_words(&self) -> String {
        let log = fs::read(self.path("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(8)..].join("\n")
    }
}

/// A server at work; dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Process {
    /// Starts the program and waits until `answers`.
    pub(crate) fn start(
        mut command: Command,
        home: &Home,
        answers: impl Fn() -> Result<(), String>,
    ) -> Result<Process, String> {
        let mut process = Process(command.spawn().map_err(|error| error.to_string())?);
        let begun = Instant::now();
        loop {
            let silence = match answers() {
                Ok(()) => return Ok(process),
                Err(reason) => reason,
            };
            if process.0.try_wait().is_ok_and(|status| status.is_some()) {
                return Err(format!("the server ended at once: {}", home.last_words()));
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("the server does not answer ({silence}): {}", home.last_words()));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Sends a signal (`INT`, `TERM`) and waits for the end.
    pub(crate) fn stop(&mut self, signal: &str) {
        let told = Command::new("kill").args(["-s", signal, &self.0.id().to_string()]).status();
        let begun = Instant::now();
        while told.as_ref().is_ok_and(|status| status.success()) && begun.elapsed() < PATIENCE {
            if self.0.try_wait().is_ok_and(|status| status.is_some()) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        self.kill();
    }

    /// Ends it as a crash does.
    pub(crate) fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port that nobody uses at the moment.
pub(crate) fn free_port() -> Result<u16, String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}

/// The first of those programs in the folders of `PATH`, in those that hold servers, and in `others`.
pub(crate) fn program(names: &[&str], others: &[PathBuf]) -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = env::var_os("PATH").iter().flat_map(env::split_paths).collect();
    folders.extend(["/usr/sbin", "/usr/local/sbin", "/usr/libexec"].map(PathBuf::from));
    folders.extend_from_slice(others);
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()))
}

/// The name of whoever runs the tests.
pub(crate) fn user_name() -> Option<String> {
    let own = own_id().to_string();
    passwd(|parts| parts.get(2).is_some_and(|id| *id == own)).map(|(name, ..)| name)
}

fn own_id() -> u32 {
    fs::metadata("/proc/self").map_or(1, |process| process.uid())
}

fn ids(user: &str) -> Option<(u32, u32)> {
    passwd(|parts| parts.first() == Some(&user)).map(|(_, user, group)| (user, group))
}

fn passwd(wanted: impl Fn(&[&str]) -> bool) -> Option<(String, u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|parts| wanted(parts))?;
    Some(((*line.first()?).to_owned(), line.get(2)?.parse().ok()?, line.get(3)?.parse().ok()?))
}
