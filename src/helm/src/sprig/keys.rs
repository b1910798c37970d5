//! Private keys: made, read and written as Go's `crypto/x509` does.
//! The main type here is [`PrivateKey`].

mod dsa;

use crate::Host;
use p256::elliptic_curve::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use p256::elliptic_curve::sec1::ToEncodedPoint;
use rsa::RsaPrivateKey;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use rsa::pkcs8::LineEnding;
use rsa::rand_core::{self, CryptoRng, RngCore};

pub(super) use dsa::generate as generate_dsa;

/// What stands before the 32 bytes of an Ed25519 key in PKCS #8.
const ED25519_HEAD: [u8; 16] = [
    0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
];

/// A key that can sign certificates.
pub(super) enum PrivateKey {
    /// Written as PKCS #1.
    Rsa(Box<RsaPrivateKey>),
    /// On the curve P-256, written as SEC 1.
    Ec(p256::SecretKey),
    /// Written as PKCS #8.
    Ed25519([u8; 32]),
}

impl PrivateKey {
    pub(super) fn rsa(host: &dyn Host, bits: usize) -> Result<PrivateKey, String> {
        RsaPrivateKey::new(&mut HostRng(host), bits)
            .map(|key| PrivateKey::Rsa(Box::new(key)))
            .map_err(|error| error.to_string())
    }

    pub(super) fn ec(host: &dyn Host) -> PrivateKey {
        PrivateKey::Ec(p256::SecretKey::random(&mut HostRng(host)))
    }

    pub(super) fn ed25519(host: &dyn Host) -> PrivateKey {
        let mut seed = [0; 32];
        host.random(&mut seed);
        PrivateKey::Ed25519(seed)
    }

    /// Reads a PEM block; the error is sprig's text.
    pub(super) fn from_pem(text: &str) -> Result<PrivateKey, String> {
        let label = pem_label(text).ok_or("no PEM data in input")?;
        match label {
            "PRIVATE KEY" => from_pkcs8(text),
            "RSA PRIVATE KEY" => RsaPrivateKey::from_pkcs1_pem(text.trim())
                .map(|key| PrivateKey::Rsa(Box::new(key)))
                .map_err(|error| format!("parsing RSA private key from PEM: {error}")),
            "EC PRIVATE KEY" => p256::SecretKey::from_sec1_pem(text.trim())
                .map(PrivateKey::Ec)
                .map_err(|error| format!("parsing EC private key from PEM: {error}")),
            label => Err(match label.strip_suffix(" PRIVATE KEY") {
                Some(kind) => format!("invalid private key type {kind}"),
                None => format!("no private key data in PEM block of type {label}"),
            }),
        }
    }

    /// The PEM block that Go would write.
    pub(super) fn to_pem(&self) -> Result<String, String> {
        match self {
            PrivateKey::Rsa(key) => key.to_pkcs1_pem(LineEnding::LF).map_err(|e| e.to_string()),
            PrivateKey::Ec(key) => return Ok(pem("EC PRIVATE KEY", &ec_der(key))),
            PrivateKey::Ed25519(seed) => return Ok(pem("PRIVATE KEY", &ed25519_der(seed))),
        }
        .map(|text| text.to_string())
    }

    /// PKCS #8, which the signer wants.
    pub(super) fn to_pkcs8(&self) -> Result<Vec<u8>, String> {
        match self {
            PrivateKey::Rsa(key) => key.to_pkcs8_der().map_err(|e| e.to_string()),
            PrivateKey::Ec(key) => key.to_pkcs8_der().map_err(|e| e.to_string()),
            PrivateKey::Ed25519(seed) => return Ok(ed25519_der(seed)),
        }
        .map(|der| der.as_bytes().to_vec())
    }
}

/// SEC 1 with the name of the curve and the public key, as Go writes it.
fn ec_der(key: &p256::SecretKey) -> Vec<u8> {
    const HEAD: [u8; 7] = [0x30, 0x77, 2, 1, 1, 4, 0x20];
    const CURVE: [u8; 17] = [
        0xa0, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7, 0xa1, 0x44, 3, 0x42, 0,
    ];
    let public = key.public_key().to_encoded_point(false);
    [&HEAD[..], &key.to_bytes(), &CURVE, public.as_bytes()].concat()
}

fn ed25519_der(seed: &[u8; 32]) -> Vec<u8> {
    [&ED25519_HEAD[..], seed].concat()
}

fn from_pkcs8(text: &str) -> Result<PrivateKey, String> {
    if let Ok(key) = RsaPrivateKey::from_pkcs8_pem(text.trim()) {
        return Ok(PrivateKey::Rsa(Box::new(key)));
    }
    if let Ok(key) = p256::SecretKey::from_pkcs8_pem(text.trim()) {
        return Ok(PrivateKey::Ec(key));
    }
    let der = pem_bytes(text).unwrap_or_default();
    der.strip_prefix(&ED25519_HEAD)
        .and_then(|seed| seed.try_into().ok())
        .map(PrivateKey::Ed25519)
        .ok_or_else(|| "decoding PEM as PKCS#8: unknown key type".to_owned())
}

/// What the first PEM block says it holds.
pub(super) fn pem_label(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    rest.contains(&format!("-----END {label}-----"))
        .then_some(label)
}

/// The bytes of the first PEM block.
pub(super) fn pem_bytes(text: &str) -> Option<Vec<u8>> {
    let label = pem_label(text)?;
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once("-----END ")?;
    let body: String = body.split_whitespace().collect();
    super::encoding::base64_decode(&body).ok()
}

/// A PEM block with lines of 64 characters.
pub(super) fn pem(label: &str, bytes: &[u8]) -> String {
    use base64::Engine;
    let body = base64::engine::general_purpose::STANDARD.encode(bytes);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in body.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out + &format!("-----END {label}-----\n")
}

/// The host's randomness for the key generators.
pub(super) struct HostRng<'a>(pub(super) &'a dyn Host);

impl RngCore for HostRng<'_> {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        self.0.random(out);
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for HostRng<'_> {}
