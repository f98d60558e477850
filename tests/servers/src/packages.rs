//! Installing servers with `apt-get`, as root.

use std::{env, process::Command};

use crosswalk_test_servers::Which;

/// Installs what a server of its own needs.
///
/// # Errors
/// Why it cannot, or what failed.
pub(crate) fn install(which: Which) -> Result<(), String> {
    let packages: &[&str] = match which {
        Which::Postgres => &["postgresql"],
        Which::Mysql => &["mariadb-server"],
    };
    if env::var_os("CROSSWALK_TEST_INSTALL").is_some_and(|wish| wish == "no") {
        return Err("CROSSWALK_TEST_INSTALL=no forbids apt-get".to_owned());
    }
    apt(&["update", "-qq"])?;
    apt(&[&["install", "-y", "-qq", "--no-install-recommends"], packages].concat())
}

fn apt(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        // The packages' own servers are not needed, and not wanted on a usual port.
        .env("RUNLEVEL", "1")
        .output()
        .map_err(|error| format!("apt-get cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("apt-get {} failed: {}", arguments.join(" "), said.lines().last().unwrap_or_default()))
}
