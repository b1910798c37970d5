//! Programs that keep passwords: `docker-credential-NAME get`, run without a shell.

use super::logins::Account;
use crate::diag::Diagnostic;
use crate::sensitive::Sensitive;
use serde::Deserialize;
use std::io;
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// The longest that a program may think.
const PATIENCE: Duration = Duration::from_secs(60);

/// The user of a secret that is no password but a token.
const TOKEN: &str = "<token>";

/// What every such program says where it knows nothing; the code is 1 then as for any fault.
const UNKNOWN: &str = "credentials not found";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reply {
    username: String,
    secret: Sensitive<String>,
}

/// The login for a server that the program `docker-credential-NAME` keeps.
pub async fn get(name: &str, server: &str) -> Result<Option<Account>, Diagnostic> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !name.chars().all(plain) {
        let what = format!("{name:?} is not the name of a credential helper");
        return Err(Diagnostic::error(what).hint("the NAME of a program docker-credential-NAME"));
    }
    let program = format!("docker-credential-{name}");
    let fault = |why: String| Diagnostic::error(format!("{program} gives no login")).note(why);
    let ran = tokio::time::timeout(PATIENCE, run(&program, server)).await;
    let output = match ran {
        Ok(Ok(output)) => output,
        Ok(Err(e)) => return Err(fault(e.to_string())),
        Err(_) => return Err(fault(format!("no answer for {} s", PATIENCE.as_secs()))),
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stdout);
        return match said.contains(UNKNOWN) {
            true => Ok(None),
            false => Err(fault(output.status.to_string())),
        };
    }
    // The parser's own words may quote the secret.
    let reply = serde_json::from_slice(&output.stdout);
    reply
        .map(known)
        .map_err(|_| fault("it did not answer in JSON".to_owned()))
}

fn known(reply: Reply) -> Option<Account> {
    match reply.username.as_str() {
        "" => None,
        TOKEN => Some(Account::Refresh(reply.secret)),
        user => Some(Account::Password {
            user: user.to_owned(),
            password: reply.secret,
        }),
    }
}

async fn run(program: &str, server: &str) -> io::Result<Output> {
    let mut child = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        match input.write_all(server.as_bytes()).await {
            // A program may answer without reading.
            Err(e) if e.kind() != io::ErrorKind::BrokenPipe => return Err(e),
            _ => {}
        }
    }
    child.wait_with_output().await
}
