//! X.509 certificates and private keys, shaped as sprig shapes them: RSA-2048,
//! the common name as subject, server and client use.

mod issue;

use super::arguments::{Answer, any, fixed, int, items, text};
use super::encoding::base64_decode;
use super::keys::{PrivateKey, generate_dsa, pem_bytes, pem_label};
use crate::template::Param::{Int, List, Object as Certificate, Str};
use crate::template::{Call, Function};
use crate::value::{Object, Value};
use issue::Request;
use std::any::Any;
use std::rc::Rc;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("genCA", &[Str, Int], |call, a| authority(call, a, None)),
    fixed("genCAWithKey", &[Str, Int, Str], |call, a| {
        authority(call, a, Some(2))
    }),
    fixed("genSelfSignedCert", &[Str, List, List, Int], |call, a| {
        self_signed(call, a, None)
    }),
    fixed(
        "genSelfSignedCertWithKey",
        &[Str, List, List, Int, Str],
        |call, a| self_signed(call, a, Some(4)),
    ),
    fixed(
        "genSignedCert",
        &[Str, List, List, Int, Certificate],
        |call, a| signed(call, a, None),
    ),
    fixed(
        "genSignedCertWithKey",
        &[Str, List, List, Int, Certificate, Str],
        |call, a| signed(call, a, Some(5)),
    ),
    fixed("buildCustomCert", &[Str, Str], build_custom),
    fixed("genPrivateKey", &[Str], |call, a| {
        let made = private_key(call, text(a, 0)?);
        Ok(made.unwrap_or_else(|error| error).into())
    }),
];

/// sprig's `certificate`: two PEM texts.
struct Pair {
    cert: String,
    key: String,
}

impl Object for Pair {
    fn type_name(&self) -> &str {
        "sprig.certificate"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(self.cert.as_str().into()),
            "Key" => Some(self.key.as_str().into()),
            _ => None,
        }
    }

    fn print(&self) -> String {
        format!("{{{} {}}}", self.cert, self.key)
    }

    fn to_json(&self) -> serde_json::Value {
        serde_json::json!({"Cert": self.cert, "Key": self.key})
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn answer(cert: String, key: &PrivateKey) -> Answer {
    let key = key.to_pem()?;
    Ok(Value::Object(Rc::new(Pair { cert, key })))
}

/// The key given as argument `at`, or a new one.
fn key(call: &Call<'_>, args: &[Value], at: Option<usize>) -> Result<PrivateKey, String> {
    match at {
        Some(at) => PrivateKey::from_pem(text(args, at)?)
            .map_err(|error| format!("parsing private key: {error}")),
        None => PrivateKey::rsa(call.host, 2048)
            .map_err(|error| format!("error generating rsa key: {error}")),
    }
}

fn authority(call: &mut Call<'_>, args: &[Value], key_at: Option<usize>) -> Answer {
    let key = key(call, args, key_at)?;
    let request = Request::authority(text(args, 0)?, int(args, 1)?);
    answer(request.self_signed(call.host, &key)?, &key)
}

/// Name, addresses, names and days of a server's certificate.
fn request<'a>(args: &'a [Value]) -> Result<Request<'a>, String> {
    let addresses = items(any(args, 1)).unwrap_or_default();
    let names = items(any(args, 2)).unwrap_or_default();
    Request::server(text(args, 0)?, &addresses, &names, int(args, 3)?)
}

fn self_signed(call: &mut Call<'_>, args: &[Value], key_at: Option<usize>) -> Answer {
    let key = key(call, args, key_at)?;
    answer(request(args)?.self_signed(call.host, &key)?, &key)
}

fn signed(call: &mut Call<'_>, args: &[Value], key_at: Option<usize>) -> Answer {
    let key = key(call, args, key_at)?;
    let authority = match any(args, 4) {
        Value::Object(object) => object.as_any().downcast_ref::<Pair>(),
        _ => None,
    };
    let wrong = || {
        let found = any(args, 4).type_name();
        format!("wrong type for value; expected sprig.certificate; got {found}")
    };
    let authority = authority.ok_or_else(wrong)?;
    if pem_label(&authority.cert).is_none() {
        return Err("unable to decode certificate".to_owned());
    }
    issue::check_certificate(&authority.cert)?;
    let authority_key = PrivateKey::from_pem(&authority.key)
        .map_err(|error| format!("error parsing private key: {error}"))?;
    let request = request(args)?;
    let cert = request.signed(call.host, &key, &authority.cert, &authority_key)?;
    answer(cert, &key)
}

fn build_custom(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let decoded = |at: usize, what: &str| {
        base64_decode(text(args, at)?)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .map_err(|_| format!("unable to decode base64 {what}"))
    };
    let cert = decoded(0, "certificate")?;
    let key = decoded(1, "private key")?;
    if pem_bytes(&cert).is_none() {
        return Err("unable to decode certificate".to_owned());
    }
    issue::check_certificate(&cert)?;
    PrivateKey::from_pem(&key).map_err(|error| format!("error parsing private key: {error}"))?;
    Ok(Value::Object(Rc::new(Pair { cert, key })))
}

fn private_key(call: &Call<'_>, kind: &str) -> Result<String, String> {
    let key = match kind {
        "" | "rsa" => PrivateKey::rsa(call.host, 4096),
        "ecdsa" => Ok(PrivateKey::ec(call.host)),
        "ed25519" => Ok(PrivateKey::ed25519(call.host)),
        "dsa" => return Ok(generate_dsa(call.host)),
        other => return Err(format!("Unknown type {other}")),
    };
    key.and_then(|key| key.to_pem())
        .map_err(|error| format!("failed to generate private key: {error}"))
}

#[cfg(test)]
mod tests;
