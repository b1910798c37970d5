use super::super::tests::printed;

#[test]
fn decoding_finds_fault_where_go_does() {
    let cases = [
        ("b64dec", "aGk=", "hi"),
        ("b64dec", "aG\r\nk=", "hi"),
        ("b64dec", "", ""),
        ("b64dec", "!", "illegal base64 data at input byte 0"),
        ("b64dec", "aGk", "illegal base64 data at input byte 0"),
        ("b64dec", "aGk=x", "illegal base64 data at input byte 4"),
        ("b64dec", "aG=k", "illegal base64 data at input byte 2"),
        ("b32dec", "NBUQ====", "hi"),
        ("b32dec", "nbuq", "illegal base32 data at input byte 0"),
    ];
    for (name, text, expected) in cases {
        assert_eq!(printed(name, &[text.into()]), expected, "{name} {text:?}");
    }
}

#[test]
fn base32_pads() {
    assert_eq!(printed("b32enc", &["hi".into()]), "NBUQ====");
    assert_eq!(printed("b32enc", &["hello".into()]), "NBSWY3DP");
}
