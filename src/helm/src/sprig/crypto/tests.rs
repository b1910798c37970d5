use super::super::tests::{call, printed};

#[test]
fn hashes() {
    assert_eq!(
        printed("sha1sum", &["abc".into()]),
        "a9993e364706816aba3e25717850c26c9cd0d89d"
    );
    assert_eq!(printed("adler32sum", &["Wikipedia".into()]), "300286872");
    assert_eq!(
        printed("sha256sum", &["".into()]),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

#[test]
fn aes_reads_what_it_wrote() {
    for plain in ["x", "exactly sixteen.", "more than sixteen bytes"] {
        let sealed = call("encryptAES", &["secret".into(), plain.into()]).unwrap();
        assert_eq!(printed("decryptAES", &["secret".into(), sealed]), plain);
    }
}

#[test]
fn passwords() {
    let derived = ["long", "password", "user", "example.com"].map(Into::into);
    let args = [&[crate::value::Value::Int(1)][..], &derived].concat();
    assert_eq!(printed("derivePassword", &args), "ZedaFaxcZaso9*");
    assert_eq!(
        printed("htpasswd", &["a:b".into(), "x".into()]),
        "invalid username: a:b"
    );
    let line = printed("htpasswd", &["user".into(), "password".into()]);
    let hash = line.strip_prefix("user:").unwrap();
    assert!(hash.starts_with("$2a$10$") && bcrypt::verify("password", hash).unwrap());
}
