//! The first page of the help: the verbs in groups, by what they are for.

use clap::Command;
use std::fmt::Write;

/// The groups in their order, each with its verbs.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Change", &["plan", "apply", "backout"]),
    (
        "Look",
        &["status", "history", "runs", "inventory", "preview"],
    ),
    ("Repair", &["resume", "stop", "recover"]),
    ("Author", &["chart", "record"]),
];

const EXITS: &str = "\
Exit codes: 0 done, 1 input error or a \"no\" (nothing was changed), 2 targets failed,
3 changes are pending, 4 a cluster did not answer, 5 something was refused or is still open,
130 and 143 stopped by a signal after an orderly end";

/// The command with the page.
pub fn grouped(command: Command) -> Command {
    let verbs = verbs(&command);
    command
        .help_template(format!(
            "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{verbs}Options:\n{{options}}{{after-help}}"
        ))
        .after_help(EXITS)
}

fn verbs(command: &Command) -> String {
    let mut text = String::new();
    for (title, names) in GROUPS {
        let _ = writeln!(text, "{title}:");
        for verb in names
            .iter()
            .filter_map(|name| command.find_subcommand(name))
        {
            let about = verb
                .get_about()
                .map(ToString::to_string)
                .unwrap_or_default();
            let _ = writeln!(text, "  {:<10} {about}", verb.get_name());
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_verb_is_in_one_group() {
        let command = crate::cli::Cli::command();
        let mut verbs: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        let mut grouped: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        verbs.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(grouped, verbs);
    }
}
