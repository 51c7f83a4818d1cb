//! Swagger UI: its page, and what the page loads, all of it from this process; and the way there.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa_swagger_ui::Config;

use crate::errors::ApiError;
use crate::routes::Path;

const PAGE: &str = "/swagger-ui/";

pub fn configure(config: &mut web::ServiceConfig) {
    let shown = Config::new(["/openapi.json"])
        .persist_authorization(true)
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
    request: HttpRequest,
    shown: web::Data<Config<'static>>,
) -> Result<HttpResponse, ApiError> {
    // The page names its files from where it is: without the slash a browser would look elsewhere.
    if request.path().ends_with('/') {
        file("index.html", shown)
    } else {
        Ok(go_to_swagger_ui().await)
    }
}

async fn get_file(
    name: web::Path<String>,
    shown: web::Data<Config<'static>>,
) -> Result<HttpResponse, ApiError> {
    file(&name, shown)
}

fn file(name: &str, shown: web::Data<Config<'static>>) -> Result<HttpResponse, ApiError> {
    let found = utoipa_swagger_ui::serve(name, shown.into_inner()).map_err(|error| {
        tracing::error!(%error, "a file of Swagger UI cannot be made");
        ApiError::Internal
    })?;
    let file = found.ok_or(ApiError::NotFound)?;
    let mut response = HttpResponse::Ok();
    if file.gzpipped {
        response.insert_header(header::ContentEncoding::Gzip);
    }
    Ok(response
        .content_type(file.content_type)
        .body(web::Bytes::from(file.bytes.into_owned())))
}
