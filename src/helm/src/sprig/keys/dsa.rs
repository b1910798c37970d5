//! DSA keys of 2048 and 256 bits, which only `genPrivateKey "dsa"` asks for.

use super::{HostRng, pem};
use crate::Host;
use num_bigint_dig::prime::probably_prime;
use num_bigint_dig::{BigUint, RandBigInt, RandPrime};

/// A new key as a PEM block.
pub(in super::super) fn generate(host: &dyn Host) -> String {
    let mut rng = HostRng(host);
    let one = BigUint::from(1u8);
    let q = rng.gen_prime(256);
    let p = loop {
        let candidate = rng.gen_biguint(2048) | (BigUint::from(1u8) << 2047usize);
        let excess = &candidate % (&q << 1usize);
        let candidate = candidate - excess + &one;
        if candidate.bits() == 2048 && probably_prime(&candidate, 20) {
            break candidate;
        }
    };
    let cofactor = (&p - &one) / &q;
    let g = (2u8..)
        .map(|base| BigUint::from(base).modpow(&cofactor, &p))
        .find(|g| *g != one)
        .unwrap_or(one.clone());
    let x = rng.gen_biguint_range(&one, &q);
    let y = g.modpow(&x, &p);
    let numbers = [BigUint::from(0u8), p, q, g, y, x];
    let body: Vec<u8> = numbers.iter().flat_map(integer).collect();
    pem("DSA PRIVATE KEY", &tagged(0x30, &body))
}

/// A DER INTEGER.
fn integer(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes.first().is_none_or(|first| *first >= 0x80) {
        bytes.insert(0, 0);
    }
    tagged(2, &bytes)
}

fn tagged(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = body.len().to_be_bytes();
    let length = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let mut out = vec![tag];
    if body.len() >= 0x80 {
        out.push(0x80 | length.len() as u8);
    }
    out.extend_from_slice(length);
    out.extend_from_slice(body);
    out
}
