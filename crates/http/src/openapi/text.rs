//! The serialized OpenAPI document, cached for all requests.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use arc_swap::ArcSwap;
use privet_application::Privet;
use privet_domain::catalogue::Catalogue;
use privet_http_core::conditional::static_answers::StaticContent;
use privet_http_core::endpoint::{Caller, Endpoint};
use privet_http_core::errors::ApiError;

use super::document;

/// The serialized document. Cloning is cheap.
#[derive(Clone)]
pub struct OpenApiText {
    public_url: Arc<str>,
    endpoints: &'static [Endpoint],
    written: Arc<ArcSwap<Written>>,
}

/// The serialized document and its catalogue.
struct Written {
    catalogue: Arc<Catalogue>,
    text: Arc<StaticContent>,
}

impl OpenApiText {
    /// Serializes the document. It is reused until another catalogue is in force.
    pub fn new(
        public_url: &str,
        endpoints: &'static [Endpoint],
        catalogue: Arc<Catalogue>,
    ) -> serde_json::Result<Self> {
        let written = Written::new(public_url, endpoints, catalogue)?;
        Ok(Self {
            public_url: public_url.into(),
            endpoints,
            written: Arc::new(ArcSwap::from_pointee(written)),
        })
    }

    /// The text for this catalogue.
    pub fn with(&self, catalogue: Arc<Catalogue>) -> serde_json::Result<Arc<StaticContent>> {
        let written = self.written.load();
        if Arc::ptr_eq(&written.catalogue, &catalogue) {
            return Ok(Arc::clone(&written.text));
        }
        let anew = Written::new(&self.public_url, self.endpoints, catalogue)?;
        let text = Arc::clone(&anew.text);
        self.written.store(Arc::new(anew));
        Ok(text)
    }
}

impl Written {
    fn new(
        public_url: &str,
        endpoints: &'static [Endpoint],
        catalogue: Arc<Catalogue>,
    ) -> serde_json::Result<Self> {
        let document = document(endpoints, public_url, &catalogue)?;
        let text = StaticContent::new(serde_json::to_vec(&document)?.into());
        Ok(Self {
            catalogue,
            text: Arc::new(text),
        })
    }
}

/// The endpoint of the document.
pub fn endpoint() -> Endpoint {
    Endpoint::new::<__path_get_openapi>(Caller::Anyone, |route| route.to(get_openapi))
}

/// Read the OpenAPI document
///
/// Returns this document for the catalogue in force, compressed if the client accepts gzip.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "get_openapi", tag = "operations",
    params(
        ("If-Match" = Option<String>, Header, description = "The entity tag of the requested version, or `*`."),
        ("If-None-Match" = Option<String>, Header, description = "The entity tag of the version that the client has."),
    ),
    responses(
        (status = 200, description = "This document.", body = Map<String, Value>, content_type = "application/json",
            example = json!({"openapi": "3.1.0"})),
        (status = 304, description = "The client has the current version."),
    ),
)]
pub async fn get_openapi(
    request: HttpRequest,
    privet: web::Data<Privet>,
    document: web::Data<OpenApiText>,
) -> Result<HttpResponse, ApiError> {
    let text = document.with(privet.catalogue.get());
    let text = text.map_err(|error| ApiError::Failed(error.into()))?;
    text.answer(&request, |response| {
        response
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .content_type("application/json");
    })
}
