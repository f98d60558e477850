//! The rival: Node with the real packages.

use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    ROWS,
    asking::{CALLERS, TIME},
};

/// Node, and a folder with the packages.
pub(crate) struct Node {
    folder: TempDir,
}

impl Node {
    pub(crate) fn with_packages() -> Node {
        let folder = TempDir::new().unwrap();
        let package = concat!(env!("CARGO_MANIFEST_DIR"), "/javascript/tests/node/package.json");
        std::fs::copy(package, folder.path().join("package.json")).unwrap();
        let install = Command::new("npm")
            .args(["install", "--silent", "--no-audit", "--no-fund"])
            .current_dir(folder.path())
            .status()
            .unwrap();
        assert!(install.success(), "npm cannot install the packages");
        Node { folder }
    }

    /// Look-ups per second.
    pub(crate) fn look_ups(&self, script: &str, configuration: &Value) -> f64 {
        let runner = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/scripts/node.js");
        let numbers = [CALLERS, TIME.as_secs(), ROWS].map(|number| number.to_string());
        let output = Command::new("node")
            .args([runner, script, &configuration.to_string()])
            .args(numbers)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.trim().parse().unwrap_or_else(|_| panic!("node: {text}{}", String::from_utf8_lossy(&output.stderr)))
    }
}
