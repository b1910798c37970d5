//! Vault passwords: of files, of programs, and of whoever sits at the terminal. The main type here
//! is [`Typed`].

use super::fleet::FleetArgs;
use crate::diag::{Diagnostic, Location};
use crate::files::Files;
use crate::sensitive::Sensitive;
use crate::state::DiskFiles;
use crate::terminal::{Prompter, Terminal};
use crate::vars::Vault;
use std::path::{Path, PathBuf};

/// The source of a password that is asked for, as Ansible names it.
const PROMPT: &str = "prompt";

/// A password with its vault id.
type Password = (Option<String>, Sensitive<Vec<u8>>);

/// Passwords that were typed, or given to the command that applies a plan. They are in no file:
/// whoever applies a plan that was made with one gives it again.
#[derive(Clone, Debug, Default)]
pub struct Typed(Option<Vec<Password>>);

/// Where a password comes from: `LABEL@SOURCE`, or a source alone.
struct Wanted<'a> {
    label: Option<&'a str>,
    source: &'a str,
}

impl<'a> Wanted<'a> {
    fn parse(given: &'a str) -> Wanted<'a> {
        match given.split_once('@') {
            Some((label, source)) => Wanted {
                label: Some(label).filter(|label| !label.is_empty()),
                source,
            },
            None => Wanted {
                label: None,
                source: given,
            },
        }
    }
}

impl FleetArgs {
    /// Everything that is named, in Ansible's order.
    fn wanted(&self) -> impl Iterator<Item = Wanted<'_>> {
        let list = self.environment.vault_identity_list.iter();
        let given = list
            .chain(&self.vault_password_file)
            .chain(&self.environment.default_vault_password_file);
        let given = given.map(|given| given.trim());
        let asked = self.ask_vault_pass.then_some(PROMPT);
        let given = given.filter(|given| !given.is_empty());
        given.chain(asked).map(Wanted::parse)
    }

    /// Asks for the passwords that have to be typed, before anything else is done.
    pub(super) async fn ask_passwords(&mut self) -> Result<(), Diagnostic> {
        if self.typed.0.is_some() {
            return Ok(());
        }
        let mut typed = Vec::new();
        for wanted in self.wanted().filter(|wanted| wanted.source == PROMPT) {
            typed.push((wanted.label.map(str::to_owned), ask(wanted.label).await?));
        }
        self.typed = Typed(Some(typed));
        Ok(())
    }

    /// Takes the passwords that `now` gives in the place of those that would be asked for again;
    /// asks where it gives none.
    pub(super) async fn answer_passwords(&mut self, now: &FleetArgs) -> Result<(), Diagnostic> {
        let given = now.passwords(&DiskFiles)?;
        if !given.is_empty() && self.wanted().any(|wanted| wanted.source == PROMPT) {
            self.typed = Typed(Some(given));
        }
        self.ask_passwords().await
    }

    /// The vault passwords that are named.
    pub(super) fn vault(&self, files: &dyn Files) -> Result<Vault, Diagnostic> {
        let mut vault = Vault::telling(super::known().clone());
        for (label, password) in self.passwords(files)? {
            vault.add(label.as_deref(), &password);
        }
        Ok(vault)
    }

    fn passwords(&self, files: &dyn Files) -> Result<Vec<Password>, Diagnostic> {
        let kept = self.wanted().filter(|wanted| wanted.source != PROMPT);
        let kept = kept.map(|Wanted { label, source }| {
            Ok((label.map(str::to_owned), read(label, source, files)?))
        });
        let typed = self.typed.0.iter().flatten().cloned().map(Ok);
        kept.chain(typed).collect()
    }
}

/// Asks, as Ansible words it; nothing that is typed is shown.
async fn ask(label: Option<&str>) -> Result<Sensitive<Vec<u8>>, Diagnostic> {
    let terminal = Terminal::default();
    let question = match label {
        Some(label) => format!("Vault password ({label}): "),
        None => "Vault password: ".to_owned(),
    };
    if !terminal.attended() {
        let what = format!(
            "this run would ask \"{}\" and there is no terminal",
            question.trim_end()
        );
        let hint = "--vault-password-file FILE, a file or a program that prints the password";
        return Err(Diagnostic::error(what).hint(hint));
    }
    let typed = terminal.unseen(&question).await;
    let nothing = || Diagnostic::error("no vault password was typed");
    typed.ok_or_else(nothing)
}

/// What a password file holds, or a password program prints.
fn read(
    label: Option<&str>,
    path: &str,
    files: &dyn Files,
) -> Result<Sensitive<Vec<u8>>, Diagnostic> {
    let fault = |why: String| Diagnostic::error(why).at(Location::file(path));
    let file = home(path);
    if !files.is_executable(&file) {
        let content = files.read(&file);
        let content =
            content.map_err(|e| fault(format!("the vault password can't be read: {e}")))?;
        return Ok(Sensitive::new(content.to_vec()));
    }
    let args: Vec<&str> = match label.filter(|_| is_client(&file)) {
        Some(label) => vec!["--vault-id", label],
        None => Vec::new(),
    };
    let ran = files.run(&file, &args);
    let ran = ran.map_err(|e| {
        fault(format!("the vault password program can't be run: {e}"))
            .hint("remove the executable bit if it holds the password itself")
    })?;
    match ran.failed {
        // What it says of itself may hold what it was asked for.
        Some(why) => Err(fault(format!("the vault password program failed: {why}"))),
        None => Ok(Sensitive::new(ran.stdout.to_vec())),
    }
}

/// `something-client` and `something-client.py` are told which password is wanted.
fn is_client(file: &Path) -> bool {
    let stem = file.file_stem().unwrap_or_default();
    stem.to_string_lossy().ends_with("-client")
}

/// `~` is the home directory, as in Ansible's environment.
fn home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}
