//! Folds of a CI's log: each wave can be opened and closed. The main type here is [`Fold`].
//!
//! Only where the CI's own variable says that it reads the log; elsewhere a marker would be a line
//! that nobody understands.

use jiff::Timestamp;

/// Who folds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI.
    GitLab,
}

impl Fold {
    /// As the environment says.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Fold> {
        let is = |name: &str| variable(name).as_deref() == Some("true");
        match () {
            () if is("GITHUB_ACTIONS") => Some(Fold::GitHub),
            () if is("GITLAB_CI") => Some(Fold::GitLab),
            () => None,
        }
    }

    /// The line before wave `number`.
    pub fn open(self, number: usize, title: &str, now: Timestamp) -> String {
        match self {
            Fold::GitHub => format!("::group::{title}\n"),
            Fold::GitLab => {
                let at = now.as_second();
                format!("\x1b[0Ksection_start:{at}:wave_{number}\r\x1b[0K{title}\n")
            }
        }
    }

    /// The line after it.
    pub fn close(self, number: usize, now: Timestamp) -> String {
        match self {
            Fold::GitHub => "::endgroup::\n".to_owned(),
            Fold::GitLab => {
                let at = now.as_second();
                format!("\x1b[0Ksection_end:{at}:wave_{number}\r\x1b[0K\n")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_where_the_ci_says_that_it_reads_them() {
        let of =
            |known: &str, value: &str| Fold::of(|name| (name == known).then(|| value.to_owned()));
        assert_eq!(of("GITHUB_ACTIONS", "true"), Some(Fold::GitHub));
        assert_eq!(of("GITLAB_CI", "true"), Some(Fold::GitLab));
        assert_eq!(of("GITLAB_CI", ""), None);
        assert_eq!(of("CI", "true"), None);
    }

    #[test]
    fn in_the_words_of_each() {
        let at = |fold: Fold| {
            let [open, close] = [1_772_000_000, 1_772_000_380].map(Timestamp::from_second);
            fold.open(2, "wave 2 of 4", open.unwrap()) + &fold.close(2, close.unwrap())
        };
        assert_eq!(at(Fold::GitHub), "::group::wave 2 of 4\n::endgroup::\n");
        let gitlab = "\x1b[0Ksection_start:1772000000:wave_2\r\x1b[0Kwave 2 of 4\n\
                      \x1b[0Ksection_end:1772000380:wave_2\r\x1b[0K\n";
        assert_eq!(at(Fold::GitLab), gitlab);
    }
}
