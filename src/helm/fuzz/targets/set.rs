//! The arguments of the `--set` family, over values that are there.
#![no_main]

use helm::chart::set::Kind;
use helm::chart::{Line, Profile, UserValues};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|argument: &str| {
    let read = |path: &str| Ok(path.to_owned());
    for profile in [Profile::HELM_3, Profile::HELM_4_3] {
        for kind in [
            Kind::Typed,
            Kind::Text,
            Kind::Json,
            Kind::Literal,
            Kind::File(&read),
        ] {
            let mut values = UserValues::default();
            let there = values.file("v", "a: {b: [1, {c: d}], e: null}\n", Line::Three);
            there.expect("values");
            let _ = values.set(kind, argument, &profile);
        }
    }
});
