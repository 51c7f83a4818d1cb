//! TLS for libpq. libpq is written for OpenSSL, whose interface AWS-LC has: this crate builds the libssl of AWS-LC
//! (`build/main.rs`) and links it. It offers nothing to Rust.

// Its libcrypto comes after this crate's libssl when the program is linked.
use aws_lc_sys as _;
