//! Rules for all endpoints: methods, headers, bodies, conditional requests, limits, connections, and the OpenAPI
//! document.

mod answer_headers;
mod bodies;
mod broken_off;
mod conditional;
mod connections;
mod cross_origin;
mod idle_connections;
mod limits;
mod methods;
mod openapi;
mod pages;
mod rate_limits;
mod request_ids;
