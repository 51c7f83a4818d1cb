//! The pages for people: the privacy centre, and the page of the support staff. `web/` makes their files, which are in
//! the program. The pages use the API as any client does; the server tells them only how to sign in.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use privet_http_core::conditional::static_answers::StaticContent;
use privet_http_core::endpoint::Path;
use privet_http_core::errors::ApiError;

/// The path of the privacy centre.
pub const CENTRE: &str = "/privacy/";
const STAFF: &str = "/admin/";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

const CENTRE_PAGE: &str = include_str!("../../../../web/dist/privacy.html");
const STAFF_PAGE: &str = include_str!("../../../../web/dist/admin.html");
const CENTRE_SCRIPT: &str = include_str!("../../../../web/dist/privacy.js");
const STAFF_SCRIPT: &str = include_str!("../../../../web/dist/admin.js");
const PAGE_STYLE: &str = include_str!("../../../../web/dist/page.css");

/// How people sign in on the pages, and which other pages may frame them.
#[derive(Debug, Clone, Default)]
pub struct PagesConfig {
    /// The issuer of OpenID Connect, as its tokens name it.
    pub issuer: Option<String>,
    /// The origin of the issuer, to which the pages send requests.
    pub issuer_origin: Option<String>,
    /// The id by which the issuer knows the pages.
    pub client_id: Option<String>,
    /// The audience that tokens must have.
    pub audience: Option<String>,
    /// Whether a token can be pasted, because the key is one for development.
    pub is_development: bool,
    /// Origins whose pages may show these in a frame, besides their own.
    pub frame_ancestors: Vec<String>,
}

/// The pages with their files, made once.
pub struct PeoplePages {
    files: [PageFile; 6],
    policy: String,
}

struct PageFile {
    page: &'static str,
    /// Empty for the page itself.
    name: &'static str,
    content_type: &'static str,
    content: StaticContent,
}

impl PeoplePages {
    /// The pages that are told this configuration.
    pub fn new(config: &PagesConfig) -> Self {
        let file = |page, name, content_type, text: &'static str| PageFile {
            page,
            name,
            content_type,
            content: StaticContent::new(Bytes::from_static(text.as_bytes())),
        };
        let page = |page, text| PageFile {
            page,
            name: "",
            content_type: HTML,
            content: StaticContent::new(told(text, config).into()),
        };
        Self {
            files: [
                page(CENTRE, CENTRE_PAGE),
                file(CENTRE, "privacy.js", SCRIPT, CENTRE_SCRIPT),
                file(CENTRE, "page.css", STYLE, PAGE_STYLE),
                page(STAFF, STAFF_PAGE),
                file(STAFF, "admin.js", SCRIPT, STAFF_SCRIPT),
                file(STAFF, "page.css", STYLE, PAGE_STYLE),
            ],
            policy: policy(config),
        }
    }

    fn answer(
        &self,
        request: &HttpRequest,
        page: &str,
        name: &str,
    ) -> Result<HttpResponse, ApiError> {
        let mut files = self.files.iter();
        let file = files.find(|file| file.page == page && file.name == name);
        let file = file.ok_or(ApiError::NotFound)?;
        file.content.answer(request, |response| {
            response
                .insert_header((header::CONTENT_SECURITY_POLICY, self.policy.as_str()))
                // The page and its script change together with the program.
                .insert_header((header::CACHE_CONTROL, "no-cache"))
                .content_type(file.content_type);
        })
    }
}

/// Registers the pages.
pub fn configure(config: &mut web::ServiceConfig, pages: &web::Data<PeoplePages>) {
    config
        .app_data(pages.clone())
        .service(Path::new("/privacy/").get(|route| route.to(show_centre)))
        .service(Path::new("/privacy/{file}").get(|route| route.to(get_file_of_centre)))
        .service(Path::new("/admin/").get(|route| route.to(show_staff)))
        .service(Path::new("/admin/{file}").get(|route| route.to(get_file_of_staff)));
}

async fn show_centre(
    request: HttpRequest,
    pages: web::Data<PeoplePages>,
) -> Result<HttpResponse, ApiError> {
    pages.answer(&request, CENTRE, "")
}

async fn get_file_of_centre(
    request: HttpRequest,
    name: web::Path<String>,
    pages: web::Data<PeoplePages>,
) -> Result<HttpResponse, ApiError> {
    pages.answer(&request, CENTRE, &name)
}

async fn show_staff(
    request: HttpRequest,
    pages: web::Data<PeoplePages>,
) -> Result<HttpResponse, ApiError> {
    pages.answer(&request, STAFF, "")
}

async fn get_file_of_staff(
    request: HttpRequest,
    name: web::Path<String>,
    pages: web::Data<PeoplePages>,
) -> Result<HttpResponse, ApiError> {
    pages.answer(&request, STAFF, &name)
}

/// The page with the configuration in its `meta` elements.
fn told(page: &str, config: &PagesConfig) -> String {
    let settings = [
        ("issuer", config.issuer.clone().unwrap_or_default()),
        ("client-id", config.client_id.clone().unwrap_or_default()),
        ("audience", config.audience.clone().unwrap_or_default()),
        ("development", config.is_development.to_string()),
    ];
    settings
        .into_iter()
        .fold(page.to_owned(), |page, (name, value)| {
            let empty = format!("<meta name=\"privet-{name}\" content=\"\"");
            let filled = format!(
                "<meta name=\"privet-{name}\" content=\"{}\"",
                escaped(&value)
            );
            page.replace(&empty, &filled)
        })
}

/// The text as the value of an attribute in quotes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The content security policy of the pages: their own files, requests to their own server and the issuer, and its
/// sign-in page in a hidden frame for renewal.
fn policy(config: &PagesConfig) -> String {
    let issuer = config.issuer_origin.as_deref().unwrap_or_default();
    let connected = ["'self'", issuer].join(" ");
    // The issuer's answer in a frame leads back to the page itself.
    let framed = match config.issuer_origin {
        Some(_) => connected.as_str(),
        None => "'none'",
    };
    let ancestors: Vec<&str> = std::iter::once("'self'")
        .chain(config.frame_ancestors.iter().map(String::as_str))
        .collect();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src {}; frame-src {framed}; base-uri 'none'; form-action 'none'; frame-ancestors {}",
        connected.trim_end(),
        ancestors.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn config() -> PagesConfig {
        PagesConfig {
            issuer: Some("https://login.example.com/realms/x".to_owned()),
            issuer_origin: Some("https://login.example.com".to_owned()),
            client_id: Some("\"><script>".to_owned()),
            audience: None,
            is_development: false,
            frame_ancestors: vec!["https://app.example.com".to_owned()],
        }
    }

    #[test]
    fn the_page_is_told_how_to_sign_in() {
        let page = told(CENTRE_PAGE, &config());
        for expected in [
            "<meta name=\"privet-issuer\" content=\"https://login.example.com/realms/x\"",
            "<meta name=\"privet-client-id\" content=\"&quot;&gt;&lt;script&gt;\"",
            "<meta name=\"privet-audience\" content=\"\"",
            "<meta name=\"privet-development\" content=\"false\"",
        ] {
            assert!(page.contains(expected), "{expected}: {page}");
        }
    }

    #[test]
    fn requests_go_to_the_own_server_and_the_issuer_only() {
        let with_issuer = policy(&config());
        assert!(with_issuer.contains(
            "connect-src 'self' https://login.example.com; frame-src 'self' https://login.example.com;"
        ));
        assert!(with_issuer.ends_with("frame-ancestors 'self' https://app.example.com"));
        let without = policy(&PagesConfig::default());
        assert!(without.contains("connect-src 'self'; frame-src 'none';"));
        assert!(without.ends_with("frame-ancestors 'self'"));
        for policy in [with_issuer, without] {
            assert!(!policy.contains("unsafe"), "{policy}");
        }
    }

    #[test]
    fn pages_have_no_script_or_style_of_their_own() {
        for page in [CENTRE_PAGE, STAFF_PAGE] {
            assert!(
                !page.contains("<style") && !page.contains(" style="),
                "{page}"
            );
            for script in page.split("<script").skip(1) {
                assert!(script.contains(" src=\"/"), "{page}");
            }
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_not_found() {
        let pages = PeoplePages::new(&PagesConfig::default());
        let request = TestRequest::default().to_http_request();
        for (page, name, is_there) in [
            (CENTRE, "", true),
            (CENTRE, "privacy.js", true),
            (STAFF, "admin.js", true),
            (CENTRE, "admin.js", false),
            (CENTRE, "..", false),
        ] {
            assert_eq!(
                pages.answer(&request, page, name).is_ok(),
                is_there,
                "{page}{name}"
            );
        }
    }
}
