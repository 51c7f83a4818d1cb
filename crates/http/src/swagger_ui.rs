//! Swagger UI: its page, and what the page loads, all of it from this process; and the way there.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use utoipa_swagger_ui::Config;

use crate::errors::ApiError;
use crate::openapi::PublicUrl;
use crate::routes::Path;

const PAGE: &str = "/swagger-ui/";
const INDEX: &str = "index.html";
const INITIALIZER: &str = "swagger-initializer.js";

pub fn configure(config: &mut web::ServiceConfig) {
    let shown = Config::new(["/openapi.json"])
        .persist_authorization(true)
        // The default sends the document's address to a server of Swagger's, for a badge.
        .validator_url("none")
        .try_it_out_enabled(true);
    config
        .app_data(web::Data::new(shown))
        .service(Path::new("/").get(|route| route.to(go_to_swagger_ui)))
        .service(Path::new(PAGE).get(|route| route.to(show_swagger_ui)))
        .service(Path::new("/swagger-ui/{file}").get(|route| route.to(get_file)));
}

async fn go_to_swagger_ui() -> HttpResponse {
    HttpResponse::Found()
        .insert_header((header::LOCATION, PAGE))
        .finish()
}

async fn show_swagger_ui(
    shown: web::Data<Config<'static>>,
    public_url: web::Data<PublicUrl>,
) -> Result<HttpResponse, ApiError> {
    file(INDEX, shown, &public_url)
}

async fn get_file(
    name: web::Path<String>,
    shown: web::Data<Config<'static>>,
    public_url: web::Data<PublicUrl>,
) -> Result<HttpResponse, ApiError> {
    file(&name, shown, &public_url)
}

fn file(
    name: &str,
    shown: web::Data<Config<'static>>,
    public_url: &PublicUrl,
) -> Result<HttpResponse, ApiError> {
    let found = utoipa_swagger_ui::serve(name, shown.into_inner())
        .map_err(|error| ApiError::Failed(error.to_string().into()))?;
    let file = found.ok_or(ApiError::NotFound)?;
    let mut response = HttpResponse::Ok();
    if file.gzpipped {
        response.insert_header(header::ContentEncoding::Gzip);
    }
    let content = match name {
        INDEX => from_anywhere(&file.bytes).into_bytes(),
        INITIALIZER if !public_url.is_configured => {
            asking_its_own_server(&file.bytes, &public_url.url).into_bytes()
        }
        _ => file.bytes.into_owned(),
    };
    Ok(response
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            page_policy(&public_url.url),
        ))
        .insert_header((header::CACHE_CONTROL, "max-age=3600"))
        .content_type(file.content_type)
        .body(web::Bytes::from(content)))
}

/// The page with the whole paths of its files. It names them from where it is: without the slash at its
/// own end a browser would look elsewhere.
fn from_anywhere(page: &[u8]) -> String {
    let page = String::from_utf8_lossy(page).replace("\"./", "\"");
    ["href=\"", "src=\""].iter().fold(page, |page, attribute| {
        page.replace(attribute, &format!("{attribute}{PAGE}"))
    })
}

/// The script that starts the page, which has it send its requests to where it came from instead of to the
/// address that was listened on: by another name that is another server to a browser, which sends nothing.
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

/// What the page may load: its own files and nobody else's, requests to where the API is reached, and the
/// styles that its script writes.
fn page_policy(public_url: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         connect-src 'self' {public_url}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}
