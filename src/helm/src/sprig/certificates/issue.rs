//! Issuing certificates with `rcgen`. The main type here is [`Request`].

use super::super::keys::{PrivateKey, pem};
use crate::Host;
use crate::value::Value;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};
use std::net::IpAddr;
use std::time::Duration;

/// The last second of the year 9999, the end of certificate time.
const LAST_SECOND: i64 = 253_402_300_799;
const DAY: i64 = 86_400;

/// What a certificate shall say.
pub(super) struct Request<'a> {
    name: &'a str,
    alternatives: Vec<SanType>,
    days: i64,
    authority: bool,
}

impl<'a> Request<'a> {
    /// A certificate authority.
    pub(super) fn authority(name: &'a str, days: i64) -> Request<'a> {
        Request {
            name,
            alternatives: Vec::new(),
            days,
            authority: true,
        }
    }

    /// A server, with its addresses and further names.
    pub(super) fn server(
        name: &'a str,
        addresses: &[Value],
        names: &[Value],
        days: i64,
    ) -> Result<Request<'a>, String> {
        let addresses: Vec<SanType> = addresses.iter().map(address).collect::<Result<_, _>>()?;
        let mut alternatives: Vec<SanType> =
            names.iter().map(dns_name).collect::<Result<_, _>>()?;
        alternatives.extend(addresses);
        Ok(Request {
            name,
            alternatives,
            days,
            authority: false,
        })
    }

    /// Signs with the key that the certificate is for.
    pub(super) fn self_signed(&self, host: &dyn Host, key: &PrivateKey) -> Result<String, String> {
        let params = self.params(host);
        params
            .self_signed(&key_pair(key)?)
            .map(to_pem)
            .map_err(creating)
    }

    /// Signs with the key of an authority.
    pub(super) fn signed(
        &self,
        host: &dyn Host,
        key: &PrivateKey,
        authority: &str,
        authority_key: &PrivateKey,
    ) -> Result<String, String> {
        let issuer =
            Issuer::from_ca_cert_pem(authority, key_pair(authority_key)?).map_err(creating)?;
        let mut params = self.params(host);
        params.use_authority_key_identifier_extension = true;
        params
            .signed_by(&key_pair(key)?, &issuer)
            .map(to_pem)
            .map_err(creating)
    }

    fn params(&self, host: &dyn Host) -> CertificateParams {
        let mut params = CertificateParams::default();
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, self.name);
        params.distinguished_name = name;
        params.serial_number = Some(serial_number(host));
        params.subject_alt_names = self.alternatives.clone();
        let now = host.now().timestamp().as_second();
        let end = now.saturating_add(self.days.saturating_mul(DAY));
        params.not_before += since_start(now, params.not_before.unix_timestamp());
        params.not_after = params.not_before;
        params.not_after += since_start(end.max(now), now);
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
        ];
        params.is_ca = IsCa::ExplicitNoCa;
        if self.authority {
            params.key_usages.push(KeyUsagePurpose::KeyCertSign);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        params
    }
}

/// Seconds from `start` to `moment`, neither before it nor past the year 9999.
fn since_start(moment: i64, start: i64) -> Duration {
    let seconds = moment.min(LAST_SECOND).saturating_sub(start);
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

/// 128 random bits, positive.
fn serial_number(host: &dyn Host) -> SerialNumber {
    let mut bytes = [0; 16];
    host.random(&mut bytes);
    bytes[0] &= 0x7f;
    SerialNumber::from_slice(&bytes)
}

fn address(value: &Value) -> Result<SanType, String> {
    let Some(text) = value.as_str() else {
        return Err(format!(
            "error parsing ip: {} is not a string",
            value.print()
        ));
    };
    text.parse::<IpAddr>()
        .map(SanType::IpAddress)
        .map_err(|_| format!("error parsing ip: {text}"))
}

fn dns_name(value: &Value) -> Result<SanType, String> {
    let Some(text) = value.as_str() else {
        let shown = value.print();
        return Err(format!(
            "error processing alternate dns name: {shown} is not a string"
        ));
    };
    let name = text.try_into().map_err(|_| {
        format!("error creating certificate: x509: {text:?} cannot be encoded as an IA5String")
    })?;
    Ok(SanType::DnsName(name))
}

fn key_pair(key: &PrivateKey) -> Result<KeyPair, String> {
    KeyPair::try_from(key.to_pkcs8()?).map_err(creating)
}

fn creating(error: rcgen::Error) -> String {
    format!("error creating certificate: {error}")
}

fn to_pem(certificate: Certificate) -> String {
    pem("CERTIFICATE", certificate.der())
}

/// Whether the PEM text holds a certificate.
pub(super) fn check_certificate(text: &str) -> Result<(), String> {
    let der = super::pem_bytes(text).unwrap_or_default();
    match x509_parser::parse_x509_certificate(&der) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!(
            "error parsing certificate: decodedCert.Bytes: {error}"
        )),
    }
}
