use std::fs;
use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::*;

/// A set with one new key.
fn set() -> String {
    let pair = Ed25519KeyPair::generate().unwrap();
    let x = BASE64_URL_SAFE_NO_PAD.encode(pair.public_key());
    format!(r#"{{"keys": [{{"kty": "OKP", "crv": "Ed25519", "kid": "one", "x": "{x}"}}]}}"#)
}

async fn jwks_in(file: &Path) -> Jwks {
    fs::write(file, set()).unwrap();
    Jwks::first(&JwksLocation::File(file.to_owned()))
        .await
        .unwrap()
}

/// The time until the set is read again by itself.
async fn wait_for_period(jwks: &Jwks) -> Duration {
    let begun = Instant::now();
    assert!(matches!(jwks.due().await, Reason::Period));
    begun.elapsed()
}

fn minutes(number: u64) -> Duration {
    Duration::from_mins(number)
}

#[tokio::test(start_paused = true)]
async fn a_set_is_read_again_after_five_to_six_minutes_and_after_one_where_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    let mut jwks = jwks_in(&file).await;
    for _ in 0..10 {
        let waited = wait_for_period(&jwks).await;
        assert!((minutes(5)..minutes(6)).contains(&waited), "{waited:?}");
        let before = jwks.keys().to_vec();
        fs::write(&file, set()).unwrap();
        jwks.refresh().await.unwrap();
        assert_ne!(jwks.keys(), before);
    }
    fs::remove_file(&file).unwrap();
    for _ in 0..10 {
        let before = jwks.keys().to_vec();
        assert!(jwks.refresh().await.is_err());
        assert_eq!(jwks.keys(), before);
        let waited = wait_for_period(&jwks).await;
        assert!(
            (minutes(1)..Duration::from_secs(72)).contains(&waited),
            "{waited:?}"
        );
    }
    fs::write(&file, set()).unwrap();
    jwks.refresh().await.unwrap();
    assert!(wait_for_period(&jwks).await >= minutes(5));
}

#[tokio::test(start_paused = true)]
async fn a_set_is_read_again_at_once_where_somebody_asks() {
    let folder = tempfile::tempdir().unwrap();
    let jwks = jwks_in(&folder.path().join("jwks.json")).await;
    let newer = jwks.newer_keys();
    let asking = tokio::spawn(async move { newer.ask().await });
    let begun = Instant::now();
    assert!(matches!(jwks.due().await, Reason::UnknownKey));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    jwks.finish_request();
    asking.await.unwrap();
    assert_eq!(begun.elapsed(), Duration::ZERO);
}
