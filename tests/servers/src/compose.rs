//! Servers from `docker-compose.yml`, on free ports and under a project name of their own.

use std::process::Command;

use crosswalk_test_servers::{Address, Server, Which};

/// The file at the top of the repository.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docker-compose.yml");

/// A service that is taken down when it is dropped.
pub(crate) struct Compose {
    project: String,
}

impl Compose {
    /// Starts the service of that kind and waits until it is healthy.
    ///
    /// # Errors
    /// Why it cannot.
    pub(crate) fn up(which: Which) -> Result<(Compose, Server), String> {
        let engine = Command::new("docker").args(["info", "--format", "{{.ServerVersion}}"]).output();
        if !engine.is_ok_and(|answer| answer.status.success()) {
            return Err("no Docker engine answers".to_owned());
        }
        let compose = Compose { project: format!("crosswalk-{}-{}", which.name(), std::process::id()) };
        let (service, port, user) = match which {
            Which::Postgres => ("postgres", 5432, "postgres"),
            Which::Mysql => ("mariadb", 3306, "root"),
        };
        compose.docker(&["up", "--detach", "--wait", service])?;
        let published = compose.docker(&["port", service, &port.to_string()])?;
        let port = published.trim().rsplit(':').next().and_then(|port| port.parse().ok());
        let server = Server {
            which,
            address: Address::Tcp("127.0.0.1".to_owned(), port.ok_or("the service has no port")?),
            user: user.to_owned(),
            password: Some("crosswalk".to_owned()),
            database: (which == Which::Postgres).then(|| "postgres".to_owned()),
        };
        server.probe()?;
        Ok((compose, server))
    }

    fn docker(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new("docker")
            .args(["compose", "--file", FILE, "--project-name", &self.project])
            .args(arguments)
            // 0 is any free port.
            .env("CROSSWALK_POSTGRES_PORT", "0")
            .env("CROSSWALK_MARIADB_PORT", "0")
            .output()
            .map_err(|error| format!("docker cannot be run: {error}"))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("docker compose failed: {}", said.lines().last().unwrap_or_default()))
    }
}

impl Drop for Compose {
    fn drop(&mut self) {
        let _ = self.docker(&["down", "--volumes", "--timeout", "1"]);
    }
}
