//! Makes users for `scripts/bench`: `make_tokens COUNT` prints one line for each, their id and a token
//! that is good for a day, signed with `PRIVET_JWT_SECRET`.

use std::io::{self, BufWriter, Write};

use anyhow::Context;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde::Serialize;
use uuid::Uuid;

const DAY: u64 = 86_400;

#[derive(Serialize)]
struct Claims {
    sub: Uuid,
    exp: u64,
}

#[expect(
    clippy::disallowed_methods,
    reason = "load tests need users, not reproducible ones"
)]
fn new_user_id() -> Uuid {
    Uuid::new_v4()
}

fn main() -> anyhow::Result<()> {
    let count = std::env::args()
        .nth(1)
        .context("usage: make_tokens COUNT")?;
    let secret = std::env::var("PRIVET_JWT_SECRET").context("PRIVET_JWT_SECRET is not set")?;
    let key = EncodingKey::from_secret(secret.as_bytes());
    let exp = jsonwebtoken::get_current_timestamp() + DAY;
    let mut out = BufWriter::new(io::stdout().lock());
    for _ in 0..count.parse().context("COUNT is not a number")? {
        let sub = new_user_id();
        let token = encode(&Header::default(), &Claims { sub, exp }, &key)?;
        writeln!(out, "{sub} {token}")?;
    }
    Ok(out.flush()?)
}
