//! rollbook
fn main(){}
