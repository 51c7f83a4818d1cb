//! URLs for messages, without possible secrets: credentials and values of parameters.

/// Scheme and host. The text in place of a port may be a password if the host is missing.
pub fn place(url: &str) -> String {
    let (place, rest) = split(url);
    if rest.len() > 1 {
        format!("{place}/…")
    } else {
        place
    }
}

/// The same with the path and the names of parameters.
pub fn without_secrets(url: &str) -> String {
    let (place, rest) = split(url);
    // If the credentials may be anywhere, the path may be a part of them.
    if place.ends_with('…') {
        return place;
    }
    let Some((path, parameters)) = rest.split_once('?') else {
        return place + rest;
    };
    let names = parameters.split('&').map(|parameter| {
        let (name, _) = parameter.split_once('=').unwrap_or_default();
        format!("{name}=…")
    });
    format!("{place}{path}?{}", names.collect::<Vec<_>>().join("&"))
}

/// Scheme and host without secrets, and the unchanged rest.
fn split(url: &str) -> (String, &str) {
    let (scheme, rest) = match url.find("://") {
        Some(end) => url.split_at(end + "://".len()),
        None => ("", url),
    };
    let (credentials, rest) = match rest.rsplit_once('@') {
        Some((_, rest)) => ("…@", rest),
        None => ("", rest),
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, rest) = rest.split_at(end);
    let is_host = !credentials.is_empty() || host.split(':').skip(1).all(is_port);
    let host = if is_host { host } else { "…" };
    (format!("{scheme}{credentials}{host}"), rest)
}

fn is_port(text: &str) -> bool {
    text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_shown_that_may_be_a_secret() {
        for (url, shown) in [
            ("postgres://u:hunter2@h:1/d", "postgres://…@h:1/d"),
            ("postgres://u:hunter2/d", "postgres://…"),
            ("postgres://u:hun/ter2@h/d", "postgres://…@h/d"),
            (
                "postgresql://u:hunter2@h/d?sslmode=hunter2&password=hunter2&hunter2",
                "postgresql://…@h/d?sslmode=…&password=…&=…",
            ),
            ("u:hunter2@redis:6379", "…@redis:6379"),
            ("u:hunter2", "…"),
            ("redis:6379", "redis:6379"),
            ("foo", "foo"),
            ("", ""),
        ] {
            assert_eq!(without_secrets(url), shown, "{url}");
        }
    }

    #[test]
    fn a_place_is_shown_without_a_path() {
        for (url, shown) in [
            ("ftp://x/y", "ftp://x/…"),
            ("ftp://x/", "ftp://x"),
            ("https://u@x?key=hunter2", "https://…@x/…"),
            ("https://hunter2:port/", "https://…"),
            ("file:///hunter2", "file:///…"),
        ] {
            assert_eq!(place(url), shown, "{url}");
        }
    }
}
