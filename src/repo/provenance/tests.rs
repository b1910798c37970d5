//! Charts that `helm package --sign` and gpg signed: `fixtures/provenance/make.sh`. The verdicts
//! are those of `helm verify` 3.21.4, which takes SHA-1 as well.

use super::Verify;
use crate::diag::Diagnostic;
use crate::repo::{Content, Download};
use helm::chart::dir::Directory;
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("fixtures/provenance").join(name)
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

fn download(provenance: Option<&str>) -> Download {
    Download {
        content: Content::Archive(read("web-1.2.0.tgz").into()),
        origin: "web-1.2.0.tgz".to_owned(),
        file_name: "web-1.2.0.tgz".to_owned(),
        provenance: provenance.map(|name| read(name).into()),
        manifest: None,
    }
}

fn told(fault: &Diagnostic) -> String {
    crate::repo::tests::told(fault).replace(env!("CARGO_MANIFEST_DIR"), "ROOT")
}

fn always() -> Verify {
    Verify::Always(fixture("keys.gpg"))
}

#[test]
fn who_must_be_signed_and_is_not() {
    let ring = fixture("keys.gpg");
    assert_eq!(Verify::Never.check(&download(None)), Ok(None));
    assert_eq!(Verify::IfPossible(ring).check(&download(None)), Ok(None));
    insta::assert_snapshot!(told(&always().check(&download(None)).unwrap_err()), @r"
    web-1.2.0.tgz has no provenance file
    --verify takes only charts that are signed
    try: helm package --sign makes one
    ");
    let directory = Download {
        content: Content::Directory(Directory::default()),
        ..download(None)
    };
    insta::assert_snapshot!(told(&always().check(&directory).unwrap_err()), @r"
    web-1.2.0.tgz is a directory
    unpacked charts cannot be verified
    ");
}

#[cfg(not(feature = "provenance"))]
#[test]
fn without_openpgp_no_signature_is_good() {
    let fault = always().check(&download(Some("web-1.2.0.tgz.prov")));
    insta::assert_snapshot!(told(&fault.unwrap_err()), @r"
    web-1.2.0.tgz: this rollbook was built without OpenPGP
    try: cargo build --features provenance
    ");
}

#[cfg(feature = "provenance")]
#[test]
fn signatures_are_judged_as_helm_judges_them() {
    let mut verdicts = String::new();
    for name in [
        "web-1.2.0.tgz.prov",
        "elliptic.prov",
        "owner.prov",
        "revoked.prov",
        "expired.prov",
        "stranger.prov",
        "weak.prov",
        "other.prov",
    ] {
        let verdict = match always().check(&download(Some(name))) {
            Ok(signed) => format!("{:?}\n", signed.unwrap()),
            Err(fault) => told(&fault) + "\n",
        };
        verdicts += &format!("## {name}\n{verdict}\n");
    }
    insta::assert_snapshot!(verdicts);
}

#[cfg(feature = "provenance")]
#[test]
fn a_file_that_was_changed_or_is_no_signature_is_refused() {
    let signed = String::from_utf8(read("web-1.2.0.tgz.prov")).unwrap();
    let check = |text: String, name: &str| {
        let mut download = download(None);
        download.provenance = Some(text.into_bytes().into());
        name.clone_into(&mut download.file_name);
        told(&always().check(&download).unwrap_err())
    };
    let faults = [
        check(
            signed.replace("version: 1.2.0", "version: 1.2.1"),
            "web-1.2.0.tgz",
        ),
        check(signed.clone(), "web-1.2.1.tgz"),
        check("files: {}".to_owned(), "web-1.2.0.tgz"),
        check(String::new(), "web-1.2.0.tgz"),
    ];
    insta::assert_snapshot!(faults.join("\n\n"));
}

#[cfg(feature = "provenance")]
#[test]
fn a_ring_that_is_none_is_told() {
    let signed = download(Some("web-1.2.0.tgz.prov"));
    let faults = ["nowhere.gpg", "web-1.2.0.tgz", "make.sh"]
        .map(|name| told(&Verify::Always(fixture(name)).check(&signed).unwrap_err()));
    insta::assert_snapshot!(faults.join("\n\n"));
}
