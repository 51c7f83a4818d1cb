//! Makes tokens for `scripts/bench`, one line for each user of `load_users` by their number: the user's id
//! and a token that is good for a day.
//!
//! - `make_tokens COUNT` signs with `PRIVET_JWT_SECRET` (HS256);
//! - `make_tokens COUNT PUBLIC_KEY_FILE` signs with a new key (ES256) and leaves its public half there.

use std::io::{self, BufWriter, Write};

use anyhow::Context;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;
use uuid::Uuid;

const DAY: u64 = 86_400;
/// Of `load_users`.
const SCATTER: u64 = 2_654_435_761;

#[derive(Serialize)]
struct Claims {
    sub: Uuid,
    exp: u64,
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let count = arguments
        .next()
        .context("usage: make_tokens COUNT [PUBLIC_KEY_FILE]")?;
    let (algorithm, key) = match arguments.next() {
        Some(file) => (Algorithm::ES256, new_key(&file)?),
        None => (Algorithm::HS256, shared_secret()?),
    };
    let exp = jsonwebtoken::get_current_timestamp() + DAY;
    let mut out = BufWriter::new(io::stdout().lock());
    for number in 0..count.parse().context("COUNT is not a number")? {
        let sub = user_id(number);
        let token = encode(&Header::new(algorithm), &Claims { sub, exp }, &key)?;
        writeln!(out, "{sub} {token}")?;
    }
    Ok(out.flush()?)
}

fn user_id(number: u64) -> Uuid {
    let scattered = (number * SCATTER) % (1 << 32);
    Uuid::from_u64_pair((scattered << 32) | 0x4000, (0x8000 << 48) | number)
}

fn shared_secret() -> anyhow::Result<EncodingKey> {
    let secret = std::env::var("PRIVET_JWT_SECRET").context("PRIVET_JWT_SECRET is not set")?;
    Ok(EncodingKey::from_secret(secret.as_bytes()))
}

fn new_key(public_key_file: &str) -> anyhow::Result<EncodingKey> {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
    let public: PublicKeyX509Der = key.public_key().as_der()?;
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        STANDARD.encode(public.as_ref())
    );
    std::fs::write(public_key_file, pem).context("the public key cannot be written")?;
    Ok(EncodingKey::from_ec_der(key.to_pkcs8v1()?.as_ref()))
}
