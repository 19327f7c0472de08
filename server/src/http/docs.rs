//! The contract to read: the OpenAPI document, and a page written from it. No script, nothing from elsewhere.

use super::Handlers;
use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde_json::{Map, Value};
use std::{
    fmt::Write,
    sync::{Arc, OnceLock},
};
use twinline_api::openapi;

pub(super) fn add(all: &mut Handlers) {
    all.insert("openapi", get(document));
    all.insert("docs", get(page));
}

async fn document() -> Response {
    static DOCUMENT: OnceLock<Arc<str>> = OnceLock::new();
    let text = DOCUMENT.get_or_init(|| openapi::document().to_string().into());
    ([(header::CONTENT_TYPE, "application/json")], text.to_string()).into_response()
}

async fn page() -> Html<String> {
    static PAGE: OnceLock<String> = OnceLock::new();
    Html(PAGE.get_or_init(|| write_page(&openapi::document())).clone())
}

fn write_page(document: &Value) -> String {
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Twinline API</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"/icon.svg\"><link rel=\"stylesheet\" href=\"/api/docs.css\"></head>\
         <body><h1>Twinline API</h1>",
    );
    let text = |value: &Value| escape(value.as_str().unwrap_or_default());
    // Writing to a String cannot fail.
    let _ = write!(
        page,
        "<p>{}</p><p><a href=\"/api/v1/openapi.json\">openapi.json</a></p>",
        text(&document["info"]["description"])
    );
    let empty = Map::new();
    let mut tag = String::new();
    let mut operations: Vec<(&String, &String, &Value)> = document["paths"]
        .as_object()
        .unwrap_or(&empty)
        .iter()
        .flat_map(|(path, methods)| methods.as_object().into_iter().flatten().map(move |(m, o)| (path, m, o)))
        .collect();
    operations.sort_by_key(|(path, _, operation)| (operation["tags"][0].to_string(), *path));
    for (path, method, operation) in operations {
        let here = text(&operation["tags"][0]);
        if here != tag {
            let _ = write!(page, "<h2>{here}</h2>");
            tag = here;
        }
        let method = method.to_uppercase();
        let roles = operation["x-roles"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let roles = roles.collect::<Vec<_>>().join(", ");
        let _ = write!(
            page,
            "<details><summary><span class=\"method\">{method}</span> <code>{}</code> {} \
             <span class=\"roles\">({})</span></summary><pre>{}</pre></details>",
            escape(path),
            text(&operation["summary"]),
            escape(&roles),
            escape(&serde_json::to_string_pretty(operation).unwrap_or_default())
        );
    }
    page.push_str("<h2>Shapes</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().unwrap_or(&empty) {
        let schema = serde_json::to_string_pretty(schema).unwrap_or_default();
        let _ = write!(
            page,
            "<details id=\"{0}\"><summary><code>{0}</code></summary><pre>{1}</pre></details>",
            escape(name),
            escape(&schema)
        );
    }
    page.push_str("</body></html>");
    page
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_every_path_and_runs_nothing() {
        let document = openapi::document();
        let page = write_page(&document);
        for path in document["paths"].as_object().unwrap().keys() {
            assert!(page.contains(&escape(path)), "{path}");
        }
        assert!(!page.contains("<script") && !page.contains("://cdn"));
        assert_eq!(escape("<script>\"&'"), "&lt;script&gt;&quot;&amp;&#39;");
    }
}
