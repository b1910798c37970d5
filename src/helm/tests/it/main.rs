//! The tests that see the crate from outside: the cases that a real Helm answered, limits, and
//! mutated templates.

mod case;
mod functions;
mod golden;
mod layout;
mod limits;
mod lint;
mod mutation;
mod support;
