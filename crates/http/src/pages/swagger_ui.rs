//! Swagger UI: its page and its files. All files are in the program.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use privet_http_core::PublicUrl;
use privet_http_core::conditional::static_answers::StaticContent;
use privet_http_core::endpoint::Path;
use privet_http_core::errors::ApiError;
use utoipa_swagger_ui::{Config, SwaggerFile};

/// The path of the page.
pub const PAGE: &str = "/swagger-ui/";
const INDEX: &str = "index.html";
const INITIALIZER: &str = "swagger-initializer.js";

pub fn configure(config: &mut web::ServiceConfig) {
    let shown = Config::new(["/openapi.json"])
        // A token in the browser's storage would remain after the page is closed, and every script of this origin
        // could read it.
        .persist_authorization(false)
        .doc_expansion("none")
        // The default sends the address of the document to a server of Swagger, for a badge.
        .validator_url("none")
        .try_it_out_enabled(true);
    config
        .app_data(web::Data::new(shown))
        .service(Path::new(PAGE).get(|route| route.to(show_swagger_ui)))
        .service(Path::new("/swagger-ui/{file}").get(|route| route.to(get_file)));
}

async fn show_swagger_ui(
    request: HttpRequest,
    shown: web::Data<Config<'static>>,
    public_url: web::Data<PublicUrl>,
) -> Result<HttpResponse, ApiError> {
    file(&request, INDEX, shown, &public_url)
}

async fn get_file(
    request: HttpRequest,
    name: web::Path<String>,
    shown: web::Data<Config<'static>>,
    public_url: web::Data<PublicUrl>,
) -> Result<HttpResponse, ApiError> {
    file(&request, &name, shown, &public_url)
}

fn file(
    request: &HttpRequest,
    name: &str,
    shown: web::Data<Config<'static>>,
    public_url: &PublicUrl,
) -> Result<HttpResponse, ApiError> {
    let found = utoipa_swagger_ui::serve(name, shown.into_inner())
        .map_err(|error| ApiError::Failed(error.to_string().into()))?;
    let file = found.ok_or(ApiError::NotFound)?;
    let content_type = file.content_type.clone();
    let content = content(name, file, public_url);
    let policy = page_policy(&public_url.url);
    content.answer(request, |response| {
        response
            .insert_header((header::CONTENT_SECURITY_POLICY, policy.as_str()))
            .insert_header((header::CACHE_CONTROL, "max-age=3600"))
            .content_type(content_type.as_str());
    })
}

fn content(name: &str, file: SwaggerFile<'static>, public_url: &PublicUrl) -> Arc<StaticContent> {
    let of_text = |text: String| Arc::new(StaticContent::new(text.into()));
    match name {
        INDEX => of_text(titled(&from_anywhere(&file.bytes))),
        INITIALIZER if public_url.is_configured => {
            of_text(String::from_utf8_lossy(&file.bytes).into_owned())
        }
        INITIALIZER => of_text(asking_its_own_server(&file.bytes, &public_url.url)),
        _ => unchanged(name, file),
    }
}

/// Files by name. All servers and workers share them, so that each is compressed only once. Their number is fixed.
static UNCHANGED: LazyLock<Mutex<HashMap<String, Arc<StaticContent>>>> =
    LazyLock::new(Mutex::default);

fn unchanged(name: &str, file: SwaggerFile<'static>) -> Arc<StaticContent> {
    let mut files = UNCHANGED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = files.get(name) {
        return Arc::clone(known);
    }
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    let content = Arc::new(StaticContent::new(bytes));
    files.insert(name.to_owned(), Arc::clone(&content));
    content
}

/// The page with absolute paths of its files. Its relative paths would not work without the slash at the end of
/// the page's path.
fn from_anywhere(page: &[u8]) -> String {
    let page = String::from_utf8_lossy(page).replace("\"./", "\"");
    ["href=\"", "src=\""].iter().fold(page, |page, attribute| {
        page.replace(attribute, &format!("{attribute}{PAGE}"))
    })
}

/// The page with a title that names this service.
fn titled(page: &str) -> String {
    page.replace(
        "<title>Swagger UI</title>",
        "<title>Privet API - Swagger UI</title>",
    )
}

/// The start script of the page. Requests go to the origin of the page instead of the listening address, which the
/// browser would treat as another origin.
fn asking_its_own_server(initializer: &[u8], listening: &str) -> String {
    let own = format!(
        "requestInterceptor: (request) => {{
      const listening = \"{listening}/\";
      if (request.url.startsWith(listening)) {{
        request.url = `${{location.origin}}/${{request.url.slice(listening.length)}}`;
      }}
      return request;
    }},
    presets: ["
    );
    String::from_utf8_lossy(initializer).replace("presets: [", &own)
}

/// The content security policy of the page: its own files, requests to the public URL, and the styles that its
/// script writes.
fn page_policy(public_url: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         connect-src 'self' {public_url}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}
