//! HTML pages, and where `/` leads.

pub mod people;
pub mod swagger_ui;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use privet_http_core::endpoint::Path;

use people::PeoplePages;

/// Registers the pages. `/` leads to the privacy centre if it is served, otherwise to Swagger UI.
pub fn configure(config: &mut web::ServiceConfig, people: Option<&web::Data<PeoplePages>>) {
    let home = match people {
        Some(_) => people::CENTRE,
        None => swagger_ui::PAGE,
    };
    config.service(Path::new("/").get(|route| route.to(move || std::future::ready(go_to(home)))));
    swagger_ui::configure(config);
    if let Some(pages) = people {
        people::configure(config, pages);
    }
}

fn go_to(home: &'static str) -> HttpResponse {
    HttpResponse::Found()
        .insert_header((header::LOCATION, home))
        .finish()
}
