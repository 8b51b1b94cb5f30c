//! A database behind TLS and a password.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use hallmark_testing::postgres::Server;
use serde_json::Value;

use crate::{program::hallmark, world::OPERATOR};

const PASSWORD: &str = "correct-horse";

/// What `hallmark queue` says to an address and a file of passwords: the status, the kind and the message of the error.
fn ask(address: &str, passwords: &Path) -> (Option<i32>, String, String) {
    let mut command = hallmark(OPERATOR, &format!("queue --json --queue {address}"));
    let output = command.env("PGPASSFILE", passwords).env("HOME", "/nonexistent").output().unwrap();
    let all = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!all.contains(PASSWORD), "{all}");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let field = |name: &str| json["error"][name].as_str().unwrap().to_owned();
    (output.status.code(), field("kind"), field("message"))
}

#[test]
fn a_password_comes_from_a_file_and_a_certificate_is_checked() {
    let server = Server::guarded();
    let database = server.database();
    let role = format!("guarded_{}", std::process::id());
    database.run(&format!("CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'"));
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, password: &str, mode: u32| {
        let path = folder.path().join(name);
        fs::write(&path, format!("localhost:*:*:{role}:{password}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    };
    let (right, wrong) = (file("right", PASSWORD, 0o600), file("wrong", "battery", 0o600));
    let [server, other] = ["server.crt", "other.crt"].map(|name| database.file(name).display().to_string());
    let address = |mode: &str| format!("{}?sslmode={mode}", database.remote(&role));
    let checked = address(&format!("verify-full&sslrootcert={server}"));
    // The database answers, and no service has been there.
    for address in [&checked, &address("require"), &address("prefer")] {
        let (code, kind, message) = ask(address, &right);
        assert!(code == Some(3) && kind == "queue" && message.contains("no service"), "{address}: {message}");
    }
    for (address, passwords, reason) in [
        (&checked, &wrong, "password authentication failed"),
        (&checked, &folder.path().join("absent"), "password"),
        (&checked, &file("open", PASSWORD, 0o644), "password"),
        (&address(&format!("verify-full&sslrootcert={other}")), &right, "certificate"),
        // The system's authorities do not know this certificate.
        (&address("verify-full"), &right, "certificate"),
        (&checked.replace("localhost", "127.0.0.1"), &right, "certificate"),
    ] {
        let (code, kind, message) = ask(address, passwords);
        assert!(code == Some(3) && kind == "queue" && message.contains(reason), "{address}: {message}");
    }
}
