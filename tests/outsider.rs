//! An adapter in one file, outside the workspace, compiles against the library without its default features and keeps
//! the laws.

use std::{fs, path::Path, process::Command};

#[test]
fn an_adapter_from_outside_compiles_and_keeps_the_laws() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = root.join("target").join("outsider");
    // A copy, so that neither its lock file nor its workspace stands in this one's folders.
    let krate = built.join("crate");
    fs::create_dir_all(krate.join("src")).expect("a folder below target");
    let manifest = fs::read_to_string(root.join("tests/outsider/Cargo.toml")).expect("the outsider's manifest");
    let manifest = manifest.replace("@ROOT@", root.to_str().expect("a path that is text"));
    fs::write(krate.join("Cargo.toml"), manifest).expect("a writable folder");
    fs::copy(root.join("tests/outsider/src/main.rs"), krate.join("src/main.rs")).expect("the outsider's source");
    // The same releases as here, so that nothing has to be fetched.
    fs::copy(root.join("Cargo.lock"), krate.join("Cargo.lock")).expect("the lock file");

    let folder = tempfile::tempdir().expect("a folder to work in");
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--manifest-path"])
        .arg(krate.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&built)
        .arg("--")
        .arg(folder.path())
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo can be run");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("passed, 0 broken, 0 left behind"), "{out}");
    // A store that hardly any law was tried on would keep them all.
    let kept = out.lines().filter(|line| line.starts_with("ok ")).count();
    assert!(kept >= 25, "only {kept} laws were tried:\n{out}");
}
