//! Authentication and authorization: which tokens and keys are accepted, and who may call which operation.

mod authorization;
mod identity;
mod jwks;
mod rfc8725;
mod rotation;
