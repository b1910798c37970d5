use super::super::tests::{RandomHost, call_with};
use crate::value::{Object, Value};
use std::rc::Rc;
use x509_parser::prelude::*;

fn made(name: &str, args: &[Value]) -> Rc<dyn Object> {
    match call_with(&RandomHost, name, args) {
        Ok(Value::Object(object)) => object,
        Ok(other) => panic!("{}", other.print()),
        Err(error) => panic!("{error}"),
    }
}

fn text(object: &Rc<dyn Object>, field: &str) -> String {
    object.field(field).unwrap().print()
}

#[test]
fn an_authority_signs_a_server() {
    let authority = made("genCA", &["my-ca".into(), Value::Int(365)]);
    assert!(text(&authority, "Key").starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    let addresses = Value::from(vec!["127.0.0.1".into()]);
    let names = Value::from(vec!["svc.ns".into(), "*.svc".into()]);
    let server = made(
        "genSignedCert",
        &[
            "svc".into(),
            addresses,
            names,
            Value::Int(30),
            Value::Object(Rc::clone(&authority)),
        ],
    );
    let (ca_pem, pem) = (text(&authority, "Cert"), text(&server, "Cert"));
    let ca_pem = parse_x509_pem(ca_pem.as_bytes()).unwrap().1;
    let pem = parse_x509_pem(pem.as_bytes()).unwrap().1;
    let (ca, cert) = (ca_pem.parse_x509().unwrap(), pem.parse_x509().unwrap());
    assert!(ca.is_ca() && !cert.is_ca());
    assert_eq!(cert.subject().to_string(), "CN=svc");
    assert_eq!(cert.issuer(), ca.subject());
    assert_eq!(
        cert.subject_alternative_name()
            .unwrap()
            .unwrap()
            .value
            .general_names
            .len(),
        3
    );
    let validity = cert.validity().not_after - cert.validity().not_before;
    assert_eq!(validity.unwrap().whole_days(), 30);
    let usage = cert.key_usage().unwrap().unwrap().value;
    assert!(usage.digital_signature() && usage.key_encipherment() && !usage.key_cert_sign());
}

#[test]
fn private_keys_come_in_gos_forms_and_serve_again() {
    for (kind, label) in [("ecdsa", "EC PRIVATE KEY"), ("ed25519", "PRIVATE KEY")] {
        let key = call_with(&RandomHost, "genPrivateKey", &[kind.into()]).unwrap();
        assert!(
            key.print()
                .starts_with(&format!("-----BEGIN {label}-----\n"))
        );
        let authority = made("genCAWithKey", &["ca".into(), Value::Int(1), key.clone()]);
        assert_eq!(text(&authority, "Key"), key.print());
    }
    let unknown = call_with(&RandomHost, "genPrivateKey", &["x".into()]).unwrap();
    assert_eq!(unknown.print(), "Unknown type x");
}

#[test]
fn what_is_not_a_name_or_an_address_is_refused() {
    let request = |addresses: Value, names: Value| {
        let args = ["a".into(), addresses, names, Value::Int(1)];
        call_with(&RandomHost, "genSelfSignedCert", &args)
            .err()
            .unwrap()
    };
    let one = |value: Value| Value::from(vec![value]);
    assert_eq!(request(one("x".into()), Value::Nil), "error parsing ip: x");
    assert_eq!(
        request(one(Value::Int(1)), Value::Nil),
        "error parsing ip: 1 is not a string"
    );
    assert_eq!(
        request(Value::Nil, one(Value::Int(1))),
        "error processing alternate dns name: 1 is not a string"
    );
}
