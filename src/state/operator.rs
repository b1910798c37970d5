//! Who runs this, and as which process. The main type here is [`Operator`].
//!
//! A process is named so that another one on the same machine can tell for certain whether it
//! still lives: boot, PID namespace, PID, and when it began (PIDs are given out again).

use crate::release::Holder;
use std::fs;
use std::sync::Arc;

/// A person on a machine, and the process at work for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operator {
    /// `maria@bastion-2`.
    pub by: Arc<str>,
    /// `BOOT/NAMESPACE/PID/BEGAN`; empty where the system does not tell.
    pub process: Arc<str>,
}

impl Operator {
    /// Whoever runs this.
    pub fn here() -> Operator {
        Operator {
            by: by().into(),
            process: process().unwrap_or_default().into(),
        }
    }
}

/// Whether the process with this name is certainly gone: it ran here, and does so no more.
pub fn is_gone(process: &str) -> bool {
    let (Some(machine), Some((there, pid))) = (machine(), split(process)) else {
        return false;
    };
    machine == there && began(pid.0).is_none_or(|began| began != pid.1)
}

/// Whether the process with this name certainly lives: it runs here.
pub fn is_alive(process: &str) -> bool {
    let (Some(machine), Some((there, pid))) = (machine(), split(process)) else {
        return false;
    };
    machine == there && began(pid.0).is_some_and(|began| began == pid.1)
}

/// Whether a holder is certainly gone: it ran here and does no more, or let its lease run out.
pub fn is_free(holder: &Holder) -> bool {
    is_gone(&holder.process) || holder.has_expired(jiff::Timestamp::now())
}

/// `BOOT/NAMESPACE` and `(PID, BEGAN)`.
fn split(process: &str) -> Option<(&str, (&str, &str))> {
    let (rest, began) = process.rsplit_once('/')?;
    let (machine, pid) = rest.rsplit_once('/')?;
    Some((machine, (pid, began)))
}

fn process() -> Option<String> {
    let pid = std::process::id().to_string();
    Some(format!("{}/{pid}/{}", machine()?, began("self")?))
}

/// This boot of this machine, and this PID namespace: the same numbers mean the same processes.
fn machine() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    let namespace = namespace.to_string_lossy();
    let number: String = namespace.chars().filter(char::is_ascii_digit).collect();
    Some(format!("{}/{number}", boot.trim()))
}

/// When a process began, in clock ticks since the boot.
fn began(pid: &str) -> Option<String> {
    let numeric = pid == "self" || pid.bytes().all(|byte| byte.is_ascii_digit());
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .filter(|_| numeric)?;
    // The second field is a name in parentheses that may hold anything; a zombie counts as gone.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let dead = matches!(fields.next()?, "Z" | "X");
    fields.nth(18).filter(|_| !dead).map(str::to_owned)
}

fn by() -> String {
    let user = ["USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok());
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = match host.trim() {
        "" => "localhost",
        host => host,
    };
    format!("{}@{host}", user.as_deref().unwrap_or("unknown"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_gone_only_when_it_ran_here_and_does_no_more() {
        let here = Operator::here();
        assert!(!is_gone(&here.process), "{}", here.process);
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let pid = child.id().to_string();
        let name = format!("{}/{pid}/{}", machine().unwrap(), began(&pid).unwrap());
        assert!(!is_gone(&name));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_gone(&name));
        let elsewhere = name.replace(&machine().unwrap(), "other-boot/4026531836");
        assert!(!is_gone(&elsewhere));
        assert!(!is_gone(""));
    }
}
