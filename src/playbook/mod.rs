//! Playbooks as data. The main type here is `Playbook`.
