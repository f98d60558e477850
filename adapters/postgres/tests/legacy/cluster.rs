//! A PostgreSQL server of a test's own, from the programs that are installed.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// The folder of `initdb` and `pg_ctl`, or why there is none.
pub fn binaries() -> Result<PathBuf, String> {
    let mut folders: Vec<PathBuf> = std::env::var_os("PATH").iter().flat_map(std::env::split_paths).collect();
    let mut packaged: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    packaged.sort();
    folders.extend(packaged.into_iter().rev());
    folders
        .into_iter()
        .find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
        .ok_or_else(|| "no initdb and pg_ctl are installed, so no server of its own can be started".to_owned())
}

/// A server that listens on a port of its own until it is dropped.
pub struct Cluster {
    dir: TempDir,
    bin: PathBuf,
    owner: Option<(u32, u32)>,
    pub port: u16,
}

impl Cluster {
    /// With the superuser `postgres` and his password; `settings` are lines of postgresql.conf.
    pub fn start(password: &str, settings: &str) -> Cluster {
        let dir = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let cluster = Cluster { bin: binaries().unwrap(), owner: owner(), port, dir };
        fs::write(cluster.path("password"), password).unwrap();
        cluster.give(cluster.dir.path());
        cluster.give(&cluster.path("password"));
        let (data, file) = (cluster.path("data"), cluster.path("password"));
        cluster.run(
            "initdb",
            &["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync", "-D"],
            &[&data, Path::new("--pwfile"), &file],
        );
        let settings = format!(
            "port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\nfsync = off\n{settings}\n",
            cluster.dir.path().display()
        );
        let conf = data.join("postgresql.conf");
        fs::write(&conf, fs::read_to_string(&conf).unwrap() + &settings).unwrap();
        cluster.up();
        cluster
    }

    pub fn up(&self) {
        let (data, log) = (self.path("data"), self.path("log"));
        self.run("pg_ctl", &["start", "-w", "-D"], &[&data, Path::new("-l"), &log]);
    }

    pub fn down(&self) {
        self.run("pg_ctl", &["stop", "-w", "-m", "fast", "-D"], &[&self.path("data")]);
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Makes the file the server's own.
    pub fn give(&self, path: &Path) {
        if let Some((user, group)) = self.owner {
            chown(path, Some(user), Some(group)).unwrap();
        }
    }

    fn run(&self, program: &str, arguments: &[&str], paths: &[&Path]) {
        let mut command = Command::new(self.bin.join(program));
        command.args(arguments).args(paths).current_dir(self.dir.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        assert!(command.status().unwrap().success(), "{program} failed");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut command = Command::new(self.bin.join("pg_ctl"));
        command
            .args(["stop", "-m", "immediate", "-D"])
            .arg(self.path("data"))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        let _ = command.status();
    }
}

/// PostgreSQL refuses to run as root; the packages' own user does it then.
fn owner() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    let own = fs::metadata("/proc/self").map(|process| process.uid()).unwrap_or(1);
    if own != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:")).unwrap();
    let parts: Vec<&str> = line.split(':').collect();
    Some((parts[2].parse().unwrap(), parts[3].parse().unwrap()))
}
