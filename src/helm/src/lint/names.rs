//! Which names Kubernetes takes for which kinds, in the words of its API server.

use crate::value::quote;

/// A rule for names: at most so many bytes, of a form.
struct Form {
    most: usize,
    says: &'static str,
    examples: &'static str,
    pattern: &'static str,
    fits: fn(&str) -> bool,
}

const SUBDOMAIN: Form = Form {
    most: 253,
    says: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    examples: "'example.com'",
    pattern: "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
    fits: is_subdomain,
};

const LABEL: Form = Form {
    most: 63,
    says: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    examples: "'my-name',  or '123-abc'",
    pattern: "[a-z0-9]([-a-z0-9]*[a-z0-9])?",
    fits: is_label,
};

const OLD_LABEL: Form = Form {
    most: 63,
    says: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    examples: "'my-name',  or 'abc-123'",
    pattern: "[a-z]([-a-z0-9]*[a-z0-9])?",
    fits: |name| is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase()),
};

/// Whether an object of `kind` may have this name.
pub(super) fn check(kind: &str, name: &str) -> Result<(), String> {
    let faults = match kind.to_lowercase().as_str() {
        "service" => OLD_LABEL.faults(name),
        "namespace" => namespace_faults(name),
        "certificatesigningrequest" => Vec::new(),
        "role" | "clusterrole" | "rolebinding" | "clusterrolebinding" => path_faults(name),
        _ => SUBDOMAIN.faults(name),
    };
    let shown = quote(name);
    let told = |fault: &String| format!("metadata.name: Invalid value: {shown}: {fault}");
    let told: Vec<String> = faults.iter().map(told).collect();
    let told = match told.as_slice() {
        [] => return Ok(()),
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    Err(format!(
        "object name does not conform to Kubernetes naming requirements: {shown}: {told}"
    ))
}

impl Form {
    fn faults(&self, name: &str) -> Vec<String> {
        let mut faults = self.too_long(name);
        if !(self.fits)(name) {
            faults.push(self.misfit());
        }
        faults
    }

    fn too_long(&self, name: &str) -> Vec<String> {
        let most = self.most;
        let text = || format!("must be no more than {most} characters");
        (name.len() > most).then(text).into_iter().collect()
    }

    fn misfit(&self) -> String {
        let Form {
            says,
            examples,
            pattern,
            ..
        } = self;
        format!("{says} (e.g. {examples}, regex used for validation is '{pattern}')")
    }
}

fn namespace_faults(name: &str) -> Vec<String> {
    let mut faults = LABEL.too_long(name);
    if !is_label(name) {
        faults.push(match is_subdomain(name) {
            true => "must not contain dots".to_owned(),
            false => LABEL.misfit(),
        });
    }
    faults
}

/// What can stand as one part of a path.
fn path_faults(name: &str) -> Vec<String> {
    if matches!(name, "." | "..") {
        return vec![format!("may not be '{name}'")];
    }
    let forbidden = ["/", "%"].into_iter().filter(|part| name.contains(part));
    forbidden
        .map(|part| format!("may not contain '{part}'"))
        .collect()
}

fn is_label(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !name.is_empty() && name.bytes().all(inner) && !name.starts_with('-') && !name.ends_with('-')
}

fn is_subdomain(name: &str) -> bool {
    name.split('.').all(is_label)
}
