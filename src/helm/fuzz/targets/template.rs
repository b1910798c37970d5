//! Lexer and parser of templates.
#![no_main]

use helm::sprig::chapters;
use helm::template::TemplateSet;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(error) = TemplateSet::parse([("c/templates/t", text)], chapters()) {
        assert!(!error.to_string().is_empty());
        assert!(!error.explain().is_empty());
    }
});
